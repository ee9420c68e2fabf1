using Keystone.Model.Items;
using Keystone.Model.Keys;

namespace Keystone.Model.Requests;

/// <summary>The rules for where a page of an index starts.</summary>
internal static class IndexStart
{
    /// <summary>A page of an index starts behind an item and its index keys, one of a table behind an item alone.</summary>
    public static void Require(string? indexName, ItemKey? start, Item? indexStart)
    {
        if (indexStart is null ? indexName is not null && start is not null : indexName is null || start is null)
        {
            throw KeystoneException.Validation(
                "The provided starting key is invalid: a page of an index starts behind the key of an item together with its key "
                + "attributes of the index, a page of a table behind the key of an item alone. Give back what the page before answered");
        }
    }
}
