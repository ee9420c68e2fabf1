using System.Text;
using Google.Protobuf;
using Grpc.Core;
using Keystone.Grpc;
using Keystone.Grpc.Messages;
using Keystone.Model;
using Keystone.Model.Items;
using Keystone.Model.Keys;
using Keystone.Model.Requests;
using Keystone.Model.Schema;
using Xunit;
using Item = Keystone.Grpc.Messages.Item;
using ModelCondition = Keystone.Model.Requests.SortKeyCondition;
using QueryRequest = Keystone.Grpc.Messages.QueryRequest;
using ScanRequest = Keystone.Grpc.Messages.ScanRequest;
using SortKeyCondition = Keystone.Grpc.Messages.SortKeyCondition;

namespace Keystone.Tests.Grpc;

public class WireRequestTests
{
    private static readonly ByteString Pk = ByteString.CopyFromUtf8("p");

    [Fact]
    public void A_query_takes_its_condition_direction_limit_and_start_along()
    {
        Keystone.Model.Requests.QueryRequest query = WireRequest.ToModel(new QueryRequest
        {
            PartitionKey = Pk,
            SortKeyCondition = new SortKeyCondition
            {
                Between = new BetweenCondition { Lower = new Value { StringValue = "a" }, Upper = new Value { NumberValue = "9" } },
            },
            Limit = 7,
            ScanForward = false,
            ExclusiveStartKey = new LastKey { PartitionKey = Pk, SortKey = Pk },
        });

        Assert.Equal(ModelCondition.Between(Encoding.UTF8.GetBytes("a"), Encoding.UTF8.GetBytes("9")), query.SortKey);
        Assert.Equal((true, 7), (query.Backward, query.Limit));
        Assert.Equal(WireKey.ToModel(Pk, Pk), query.ExclusiveStartKey);
    }

    [Fact]
    public void What_is_not_sent_has_the_defaults_of_the_contract()
    {
        Keystone.Model.Requests.QueryRequest query = WireRequest.ToModel(new QueryRequest { PartitionKey = Pk });
        Keystone.Model.Requests.ScanRequest scan = WireRequest.ToModel(new ScanRequest());

        Assert.Null(query.SortKey);
        Assert.Null(query.Limit);
        Assert.False(query.Backward);
        Assert.Equal((null, 0, 1), (scan.Limit, scan.Segment, scan.TotalSegments));
    }

    public static TheoryData<SortKeyCondition, SortKeyOperator> Comparisons()
    {
        var value = new Value { BinaryValue = Pk };
        return new TheoryData<SortKeyCondition, SortKeyOperator>
        {
            { new SortKeyCondition { EqualTo = value }, SortKeyOperator.EqualTo },
            { new SortKeyCondition { LessThan = value }, SortKeyOperator.LessThan },
            { new SortKeyCondition { LessThanOrEqual = value }, SortKeyOperator.LessThanOrEqualTo },
            { new SortKeyCondition { GreaterThan = value }, SortKeyOperator.GreaterThan },
            { new SortKeyCondition { GreaterThanOrEqual = value }, SortKeyOperator.GreaterThanOrEqualTo },
            { new SortKeyCondition { BeginsWith = value }, SortKeyOperator.BeginsWith },
        };
    }

    [Theory]
    [MemberData(nameof(Comparisons))]
    public void Every_comparison_is_the_one_that_was_sent(SortKeyCondition message, SortKeyOperator comparison)
        => Assert.Equal(new ModelCondition(comparison, Pk.ToByteArray()), WireCondition.ToModel(message));

    public static TheoryData<SortKeyCondition, string> Refusals() => new()
    {
        { new SortKeyCondition(), "Sort key condition is required" },
        { new SortKeyCondition { EqualTo = new Value() }, "Value field is missing" },
        { new SortKeyCondition { EqualTo = new Value { BoolValue = true } }, "Sort key must be binary, string, or number" },
        { new SortKeyCondition { Between = new BetweenCondition() }, "Between lower value required" },
        {
            new SortKeyCondition { Between = new BetweenCondition { Lower = new Value { StringValue = "a" } } },
            "Between upper value required"
        },
    };

    [Theory]
    [MemberData(nameof(Refusals))]
    public void A_bad_condition_is_refused_with_the_text_of_the_contract(SortKeyCondition message, string text)
        => Assert.Equal(text, Assert.Throws<KeystoneException>(() => WireCondition.ToModel(message)).Message);

    [Fact]
    public void An_answer_that_no_message_holds_is_refused_with_what_to_do()
    {
        EncodedItem row = Keystone.Model.Items.Item.Of(("a", new string('x', 300_000)));
        Assert.Equal(13u, WireStatement.ToMessage(new ExecuteStatementResult([.. Enumerable.Repeat(row, 13)])).Select.Count);
        KeystoneException refused = Assert.Throws<KeystoneException>(
            () => WireStatement.ToMessage(new ExecuteStatementResult([.. Enumerable.Repeat(row, 14)])));
        Assert.Equal(KeystoneErrorCode.LimitExceeded, refused.Code);
        Assert.Contains("smaller limit", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Expressions_names_and_values_are_taken_along()
    {
        Value one = new() { NumberValue = "1" };
        PutItemRequest put = WireRequest.ToModel(new PutRequest
        {
            PartitionKey = Pk,
            Item = new Item(),
            ConditionExpression = "#a = :a",
            ExpressionNames = { ["#a"] = "a" },
            ExpressionValues = { [":a"] = one },
        });
        Assert.Equal(("#a = :a", 1), (put.ConditionExpression, OneOf(put.ExpressionAttributeValues)));
        Assert.Equal("a", put.ExpressionAttributeNames!["#a"]);
        DeleteItemRequest delete = WireRequest.ToModel(
            new DeleteRequest { PartitionKey = Pk, ConditionExpression = "a = :a", ExpressionValues = { [":a"] = one } });
        Assert.Equal(("a = :a", 1), (delete.ConditionExpression, OneOf(delete.ExpressionAttributeValues)));
        Assert.Null(delete.ExpressionAttributeNames);
        Assert.Equal("b = c", WireRequest.ToModel(new QueryRequest { PartitionKey = Pk, FilterExpression = "b = c" }).FilterExpression);
        Keystone.Model.Requests.ScanRequest scan = WireRequest.ToModel(new ScanRequest { FilterExpression = "b = c", IndexName = "i" });
        Assert.Equal(("b = c", "i"), (scan.FilterExpression, scan.IndexName));
    }

    [Fact]
    public void An_index_is_read_by_values_of_its_types_and_never_passed_over()
    {
        IndexDefinition index = IndexDefinition.Global(
            "by-n", new KeyAttribute("n", KeyType.Number), new KeyAttribute("name", KeyType.String));
        QueryRequest message = new()
        {
            PartitionKey = ByteString.CopyFromUtf8("12"),
            IndexName = "by-n",
            SortKeyCondition = new SortKeyCondition { LessThan = new Value { StringValue = "m" } },
        };
        Keystone.Model.Requests.QueryRequest request = WireRequest.ToModel(message, index);
        Assert.Equal((12, "by-n"), ((int)request.PartitionKey!.AsNumber(), request.IndexName));
        Assert.Equal("m", request.SortKey!.Value.AsString());
        Assert.Throws<ArgumentException>(() => WireRequest.ToModel(message));
        IndexDefinition wide = IndexDefinition.Global(
            "wide", [new KeyAttribute("a", KeyType.String), new KeyAttribute("b", KeyType.String)]);
        Assert.Throws<KeystoneException>(() => WireRequest.ToModel(message, wide));
    }

    private static int OneOf(IReadOnlyDictionary<string, AttributeValue>? values) => (int)values![":a"].AsNumber();

    [Theory]
    [InlineData(KeystoneErrorCode.ValidationFailed, StatusCode.InvalidArgument)]
    [InlineData(KeystoneErrorCode.ConditionalCheckFailed, StatusCode.FailedPrecondition)]
    [InlineData(KeystoneErrorCode.ResourceNotFound, StatusCode.NotFound)]
    [InlineData(KeystoneErrorCode.ResourceInUse, StatusCode.AlreadyExists)]
    [InlineData(KeystoneErrorCode.TransactionCanceled, StatusCode.Aborted)]
    [InlineData(KeystoneErrorCode.NotSupported, StatusCode.Unimplemented)]
    [InlineData(KeystoneErrorCode.Overloaded, StatusCode.ResourceExhausted)]
    [InlineData(KeystoneErrorCode.Corrupt, StatusCode.DataLoss)]
    [InlineData(KeystoneErrorCode.StripeUnavailable, StatusCode.Unavailable)]
    [InlineData(KeystoneErrorCode.OutcomeUnknown, StatusCode.Unknown)]
    [InlineData(KeystoneErrorCode.Io, StatusCode.Internal)]
    [InlineData(KeystoneErrorCode.Poisoned, StatusCode.Internal)]
    public void An_error_has_the_status_of_the_contract(KeystoneErrorCode code, StatusCode status)
        => Assert.Equal(status, WireStatus.ToRpc(new KeystoneException(code, "why"), "Put").StatusCode);

    [Fact]
    public void Every_error_comes_back_to_a_client_as_it_was_thrown()
    {
        foreach (KeystoneErrorCode code in Enum.GetValues<KeystoneErrorCode>())
        {
            RpcException sent = WireStatus.ToRpc(new KeystoneException(code, "why"), "Put");

            Assert.Equal(code, WireStatus.ToModel(sent, isWrite: true).Code);
        }
    }

    [Fact]
    public void A_lost_write_is_of_unknown_outcome_and_a_lost_read_can_be_repeated()
    {
        var lost = new RpcException(new Status(StatusCode.Unavailable, "the connection is gone"));

        Assert.Equal(KeystoneErrorCode.OutcomeUnknown, WireStatus.ToModel(lost, isWrite: true).Code);
        Assert.True(WireStatus.ToModel(lost, isWrite: false).IsRetryable);
    }

    [Fact]
    public void Texts_that_clients_match_are_those_of_the_contract()
    {
        Assert.Equal("Delete condition failed", WireStatus.ToRpc(KeystoneException.ConditionFailed(), "Delete").Status.Detail);
        Assert.Equal(
            "Transaction canceled: why",
            WireStatus.ToRpc(new KeystoneException(KeystoneErrorCode.TransactionCanceled, "why"), "TransactWrite").Status.Detail);
    }
}
