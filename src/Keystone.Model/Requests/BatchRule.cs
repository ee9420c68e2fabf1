using Keystone.Model.Keys;

namespace Keystone.Model.Requests;

/// <summary>The rules that all batches share.</summary>
internal static class BatchRule
{
    public static void RequireCount(int count, int countMax, string call)
    {
        if (count < 1 || count > countMax)
        {
            throw KeystoneException.Validation(
                count < 1
                    ? $"The batch request list for {call} can't be empty"
                    : $"Too many items requested for the {call} call: {count}, the limit is {countMax}");
        }
    }

    public static void RequireDifferent(IEnumerable<(string Table, ItemKey Key)> keys)
    {
        var seen = new HashSet<(string Table, ItemKey Key)>();
        foreach ((string Table, ItemKey Key) key in keys)
        {
            Schema.TableName.Require(key.Table);
            if (!seen.Add(key))
            {
                throw KeystoneException.Validation("Provided list of item keys contains duplicates");
            }
        }
    }
}
