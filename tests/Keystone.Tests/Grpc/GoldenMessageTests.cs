using Google.Protobuf;
using Google.Protobuf.Reflection;
using Keystone.Grpc.Messages;
using Xunit;

namespace Keystone.Tests.Grpc;

/// <summary>
/// The bytes of the contract. What stands here was written down from KeystoneDB's own contract, field by field, not from what this code
/// makes: a change of a number or a type turns it red.
/// </summary>
public class GoldenMessageTests
{
    [Theory]
    [InlineData("Key", "1 partition_key bytes; 2 sort_key? bytes")]
    [InlineData("LastKey", "1 partition_key bytes; 2 sort_key? bytes")]
    [InlineData("DeleteKey", "1 partition_key bytes; 2 sort_key? bytes")]
    [InlineData("GetRequest", "1 partition_key bytes; 2 sort_key? bytes")]
    [InlineData("Value", "1 string_value string; 2 number_value string; 3 binary_value bytes; 4 bool_value bool; 5 null_value NullValue; "
        + "6 list_value ListValue; 7 map_value MapValue; 8 vector_value VectorValue; 9 timestamp_value uint64")]
    [InlineData("ListValue", "1 items* Value")]
    [InlineData("MapValue", "1 fields map Value")]
    [InlineData("VectorValue", "1 values* float")]
    [InlineData("Item", "1 attributes map Value")]
    [InlineData("PutRequest", "1 partition_key bytes; 2 sort_key? bytes; 3 item Item; 4 condition_expression? string; "
        + "5 expression_values map Value; "
        + "6 expression_names map string")]
    [InlineData("DeleteRequest", "1 partition_key bytes; 2 sort_key? bytes; 3 condition_expression? string; 4 expression_values map Value; "
        + "5 expression_names map string")]
    [InlineData("PutResponse", "1 success bool; 2 error? string")]
    [InlineData("DeleteResponse", "1 success bool; 2 error? string")]
    [InlineData("BatchWriteResponse", "1 success bool; 2 error? string")]
    [InlineData("TransactWriteResponse", "1 success bool; 2 error? string")]
    [InlineData("GetResponse", "1 item? Item; 2 error? string")]
    [InlineData("QueryRequest", "1 partition_key bytes; 2 sort_key_condition? SortKeyCondition; 3 filter_expression? string; "
        + "4 expression_values map Value; 5 index_name? string; 6 limit? uint32; 7 exclusive_start_key? LastKey; 8 scan_forward? bool; "
        + "9 expression_names map string; 10 exclusive_start_index_key? Item")]
    [InlineData("SortKeyCondition", "1 equal_to Value; 2 between BetweenCondition; 3 less_than Value; 4 less_than_or_equal Value; "
        + "5 greater_than Value; 6 greater_than_or_equal Value; 7 begins_with Value")]
    [InlineData("BetweenCondition", "1 lower Value; 2 upper Value")]
    [InlineData("QueryResponse", "1 items* Item; 2 count uint32; 3 scanned_count uint32; 4 last_evaluated_key? LastKey; 5 error? string; "
        + "6 keys* Key; "
        + "7 last_evaluated_index_key? Item")]
    [InlineData("ScanResponse", "1 items* Item; 2 count uint32; 3 scanned_count uint32; 4 last_evaluated_key? LastKey; 5 error? string; "
        + "6 keys* Key; "
        + "7 last_evaluated_index_key? Item")]
    [InlineData("ScanRequest", "1 filter_expression? string; 2 expression_values map Value; 3 limit? uint32; "
        + "4 exclusive_start_key? LastKey; 5 index_name? string; 6 segment? uint32; 7 total_segments? uint32; "
        + "8 expression_names map string; 9 exclusive_start_index_key? Item")]
    [InlineData("BatchGetRequest", "1 keys* Key")]
    [InlineData("TransactGetRequest", "1 keys* Key")]
    [InlineData("BatchGetResponse", "1 items* Item; 2 count uint32; 3 error? string; 4 keys* Key")]
    [InlineData("BatchWriteRequest", "1 writes* WriteRequest")]
    [InlineData("WriteRequest", "1 put PutItem; 2 delete DeleteKey")]
    [InlineData("PutItem", "1 partition_key bytes; 2 sort_key? bytes; 3 item Item")]
    [InlineData("TransactGetResponse", "1 items* TransactGetItem; 2 error? string")]
    [InlineData("TransactGetItem", "1 item? Item")]
    [InlineData("TransactWriteRequest", "1 items* TransactWriteItem; "
        + "2 client_request_token? string")]
    [InlineData("TransactWriteItem", "1 put TransactPut; 2 update TransactUpdate; 3 delete TransactDelete; "
        + "4 condition_check ConditionCheck")]
    [InlineData("TransactPut", "1 partition_key bytes; 2 sort_key? bytes; 3 item Item; 4 condition_expression? string; "
        + "5 expression_values map Value; 6 expression_names map string")]
    [InlineData("TransactUpdate", "1 partition_key bytes; 2 sort_key? bytes; 3 update_expression string; 4 condition_expression? string; "
        + "5 expression_values map Value; 6 expression_names map string")]
    [InlineData("TransactDelete", "1 partition_key bytes; 2 sort_key? bytes; 3 condition_expression? string; "
        + "4 expression_values map Value; 5 expression_names map string")]
    [InlineData("ConditionCheck", "1 partition_key bytes; 2 sort_key? bytes; 3 condition_expression string; "
        + "4 expression_values map Value; 5 expression_names map string")]
    [InlineData("UpdateRequest", "1 partition_key bytes; 2 sort_key? bytes; 3 update_expression string; 4 condition_expression? string; "
        + "5 expression_values map Value; "
        + "6 expression_names map string")]
    [InlineData("UpdateResponse", "1 item Item; 2 error? string")]
    [InlineData("ExecuteStatementRequest", "1 statement string; "
        + "2 parameters* Value; 3 limit? uint32; 4 next_token? string")]
    [InlineData("ExecuteStatementResponse", "1 select SelectResult; 2 insert InsertResult; 3 update UpdateResult; 4 delete DeleteResult; "
        + "5 error? string")]
    [InlineData("SelectResult", "1 items* Item; 2 count uint32; 3 scanned_count uint32; 4 last_key? LastKey; "
        + "5 next_token? string")]
    [InlineData("InsertResult", "1 success bool")]
    [InlineData("DeleteResult", "1 success bool")]
    [InlineData("UpdateResult", "1 item Item")]
    public void A_message_has_the_fields_of_the_contract(string message, string fields)
    {
        MessageDescriptor descriptor = KeystoneReflection.Descriptor.MessageTypes.Single(type => type.Name == message);

        Assert.Equal(fields, string.Join("; ", descriptor.Fields.InFieldNumberOrder().Select(Describe)));
    }

    [Fact]
    public void The_service_has_the_calls_of_the_contract()
    {
        ServiceDescriptor service = Assert.Single(KeystoneReflection.Descriptor.Services);

        Assert.Equal("keystone.KeystoneDB", service.FullName);
        Assert.Equal(
            "Put Get Delete Query Scan> BatchGet BatchWrite TransactGet TransactWrite Update ExecuteStatement",
            string.Join(' ', service.Methods.Select(method => method.Name + (method.IsServerStreaming ? ">" : ""))));
        Assert.All(service.Methods, method =>
        {
            Assert.Equal(method.Name + "Request", method.InputType.Name);
            Assert.Equal(method.Name + "Response", method.OutputType.Name);
        });
    }

    [Fact]
    public void A_put_has_the_bytes_of_the_contract()
    {
        var put = new PutRequest
        {
            PartitionKey = ByteString.CopyFromUtf8("k"),
            SortKey = ByteString.CopyFromUtf8("s"),
            Item = new Item { Attributes = { ["n"] = new Value { NumberValue = "7" } } },
        };

        // 1: "k", 2: "s", 3: { 1: { 1: "n", 2: { 2: "7" } } }
        Assert.Equal("0A016B1201731A0A0A080A016E1203120137", Convert.ToHexString(put.ToByteArray()));
    }

    [Theory]
    [InlineData("0A0161", Value.ValueOneofCase.StringValue)]
    [InlineData("120137", Value.ValueOneofCase.NumberValue)]
    [InlineData("1A01FF", Value.ValueOneofCase.BinaryValue)]
    [InlineData("2001", Value.ValueOneofCase.BoolValue)]
    [InlineData("2800", Value.ValueOneofCase.NullValue)]
    [InlineData("32040A022001", Value.ValueOneofCase.ListValue)]
    [InlineData("3A090A070A016112022001", Value.ValueOneofCase.MapValue)]
    [InlineData("42060A040000803F", Value.ValueOneofCase.VectorValue)]
    [InlineData("48FFFFFFFFFFFFFFFFFF01", Value.ValueOneofCase.TimestampValue)]
    public void A_value_has_the_bytes_of_the_contract(string bytes, Value.ValueOneofCase kind)
    {
        Value value = Value.Parser.ParseFrom(Convert.FromHexString(bytes));

        Assert.Equal(kind, value.ValueCase);
        Assert.Equal(bytes, Convert.ToHexString(value.ToByteArray()));
    }

    private static string TypeOf(FieldDescriptor field) => field.FieldType switch
    {
        FieldType.Message when field.IsMap => $"map {TypeOf(field.MessageType.FindFieldByNumber(2))}",
        FieldType.Message => field.MessageType.Name,
        FieldType.Enum => field.EnumType.Name,
        _ => field.FieldType.ToString().ToLowerInvariant(),
    };

    private static string Describe(FieldDescriptor field)
    {
        string type = TypeOf(field);
        bool isRepeated = field.IsRepeated && !field.IsMap;
        bool isOptional = field.RealContainingOneof is null && field.ContainingOneof is not null;
        return $"{field.FieldNumber} {field.Name}{(isRepeated ? "*" : isOptional ? "?" : "")} {type}";
    }
}
