using Google.Protobuf.Collections;
using Keystone.Grpc.Messages;
using Keystone.Model.Items;

namespace Keystone.Grpc;

/// <summary>What stands for names and values in expressions. A message that has none has an empty map, a request has null.</summary>
internal static class WireExpression
{
    public static IReadOnlyDictionary<string, string>? Names(MapField<string, string> names)
        => names.Count == 0 ? null : new Dictionary<string, string>(names, StringComparer.Ordinal);

    public static IReadOnlyDictionary<string, AttributeValue>? Values(MapField<string, Value> values)
        => values.Count == 0
            ? null
            : values.ToDictionary(entry => entry.Key, entry => WireValue.ToModel(entry.Value), StringComparer.Ordinal);
}
