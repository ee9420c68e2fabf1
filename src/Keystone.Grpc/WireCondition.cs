using System.Text;
using Keystone.Grpc.Messages;
using Keystone.Model;
using Keystone.Model.Items;
using SortKeyCondition = Keystone.Model.Requests.SortKeyCondition;
using WireSortKeyCondition = Keystone.Grpc.Messages.SortKeyCondition;

namespace Keystone.Grpc;

/// <summary>
/// Conditions on sort keys. Sort keys of the default table are bytes, so texts are compared by their UTF-8 and numbers by their text.
/// </summary>
public static class WireCondition
{
    /// <summary>The condition of a message; null for null. Throws <see cref="KeystoneErrorCode.ValidationFailed"/>.</summary>
    public static SortKeyCondition? ToModel(WireSortKeyCondition? message) => ToModel(message, SortKey);

    /// <summary>The condition of a message on the sort key of an index, whose values have types.</summary>
    public static SortKeyCondition? OfIndex(WireSortKeyCondition? message) => ToModel(message, WireValue.ToModel);

    private static SortKeyCondition? ToModel(
        WireSortKeyCondition? message, Func<Value, AttributeValue> read) => message?.ConditionCase switch
        {
            null => null,
            WireSortKeyCondition.ConditionOneofCase.EqualTo => SortKeyCondition.EqualTo(read(message.EqualTo)),
            WireSortKeyCondition.ConditionOneofCase.Between => Between(message.Between, read),
            WireSortKeyCondition.ConditionOneofCase.LessThan => SortKeyCondition.LessThan(read(message.LessThan)),
            WireSortKeyCondition.ConditionOneofCase.LessThanOrEqual => SortKeyCondition.LessThanOrEqualTo(read(message.LessThanOrEqual)),
            WireSortKeyCondition.ConditionOneofCase.GreaterThan => SortKeyCondition.GreaterThan(read(message.GreaterThan)),
            WireSortKeyCondition.ConditionOneofCase.GreaterThanOrEqual
                => SortKeyCondition.GreaterThanOrEqualTo(read(message.GreaterThanOrEqual)),
            WireSortKeyCondition.ConditionOneofCase.BeginsWith => SortKeyCondition.BeginsWith(read(message.BeginsWith)),
            _ => throw KeystoneException.Validation("Sort key condition is required"),
        };

    private static SortKeyCondition Between(BetweenCondition between, Func<Value, AttributeValue> read) => SortKeyCondition.Between(
        read(between.Lower ?? throw KeystoneException.Validation("Between lower value required")),
        read(between.Upper ?? throw KeystoneException.Validation("Between upper value required")));

    private static AttributeValue SortKey(Value value) => value.ValueCase switch
    {
        Value.ValueOneofCase.BinaryValue => AttributeValue.Binary(value.BinaryValue.Span),
        Value.ValueOneofCase.StringValue => AttributeValue.Binary(Encoding.UTF8.GetBytes(value.StringValue)),
        Value.ValueOneofCase.NumberValue => AttributeValue.Binary(Encoding.UTF8.GetBytes(value.NumberValue)),
        Value.ValueOneofCase.None => throw KeystoneException.Validation("Value field is missing"),
        _ => throw KeystoneException.Validation("Sort key must be binary, string, or number"),
    };
}
