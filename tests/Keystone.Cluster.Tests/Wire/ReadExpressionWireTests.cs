using Keystone.Model;
using Keystone.Model.Keys;
using Keystone.Model.Requests;
using Keystone.Model.Schema;
using Keystone.Orleans.Client.Translation;
using Keystone.Orleans.Client.Wire;
using Xunit;

namespace Keystone.Cluster.Tests.Wire;

/// <summary>Silos of several versions: one that skips the expressions of a read must not be believed.</summary>
public sealed class ReadExpressionWireTests
{
    [Fact]
    public void The_answer_of_a_silo_that_skipped_the_expressions_is_refused()
    {
        Refused(() => AnswerReader.ToScanResult(new PageAnswer { ScannedCount = 3 }, isShaped: true));
        Refused(() => AnswerReader.ToQueryResult(new PageAnswer { ScannedCount = 3 }, isShaped: true));
        Refused(() => AnswerReader.ToResult(new ItemAnswer(), hasExpressions: true));
        Assert.Equal(3, AnswerReader.ToScanResult(new PageAnswer { ScannedCount = 3 }, isShaped: false).ScannedCount);
        Assert.Null(AnswerReader.ToResult(AnswerWriter.ToAnswer(GetItemResult.NotFound, hasExpressions: true), hasExpressions: true).Item);
    }

    [Fact]
    public void A_table_that_was_made_without_its_indexes_or_its_stream_is_told()
    {
        TableDefinition asked = new("tab", new KeySchema("id"))
        {
            Indexes = [IndexDefinition.Global("idx", new KeyAttribute("n", KeyType.Number))],
            Stream = StreamViewType.KeysOnly,
        };
        TableAnswer whole = TableShapes.ToAnswer(new TableDescription(asked, 300, TableStatus.Active)
        {
            Indexes = [new IndexDescription(asked.Indexes[0], 301, IndexStatus.Active)],
        });
        TableDescription made = IndexShapes.RequireWhole(TableShapes.ToDescription(whole), asked);
        Assert.Equal(asked, made.Definition);
        Assert.Equal(301u, made.Indexes.Single().Id);
        TableAnswer without = whole with { Table = whole.Table! with { Indexes = null }, IndexIds = null, IndexStates = null };
        Refused(() => IndexShapes.RequireWhole(TableShapes.ToDescription(without), asked));
        TableAnswer silent = whole with { Table = whole.Table! with { Stream = 0 } };
        Refused(() => IndexShapes.RequireWhole(TableShapes.ToDescription(silent), asked));
    }

    private static void Refused(Func<object> read)
    {
        KeystoneException refusal = Assert.Throws<KeystoneException>(read);
        Assert.Equal(KeystoneErrorCode.NotSupported, refusal.Code);
    }
}
