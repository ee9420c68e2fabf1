using Keystone.Model;
using Keystone.Model.Requests;
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
        Refused(() => AnswerReader.ToScanResult(new PageAnswer { ScannedCount = 3 }, hasExpressions: true));
        Refused(() => AnswerReader.ToQueryResult(new PageAnswer { ScannedCount = 3 }, hasExpressions: true));
        Refused(() => AnswerReader.ToResult(new ItemAnswer(), hasExpressions: true));
        Assert.Equal(3, AnswerReader.ToScanResult(new PageAnswer { ScannedCount = 3 }, hasExpressions: false).ScannedCount);
        Assert.Null(AnswerReader.ToResult(AnswerWriter.ToAnswer(GetItemResult.NotFound, hasExpressions: true), hasExpressions: true).Item);
    }

    private static void Refused(Func<object> read)
    {
        KeystoneException refusal = Assert.Throws<KeystoneException>(read);
        Assert.Equal(KeystoneErrorCode.NotSupported, refusal.Code);
    }
}
