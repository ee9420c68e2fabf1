namespace Keystone.Model.Requests;

/// <summary>What a query or a scan answers.</summary>
public enum ReadSelect
{
    /// <summary>Whole items.</summary>
    AllAttributes = 1,

    /// <summary>What the projection expression names.</summary>
    SpecificAttributes = 2,

    /// <summary>No items, only how many there are.</summary>
    Count = 3,

    /// <summary>What the index has that is read.</summary>
    AllProjectedAttributes = 4,
}

/// <summary>The rules for <see cref="ReadSelect"/> beside a projection.</summary>
internal static class ReadSelectRule
{
    public static void Require(ReadSelect? select, string? projection, string? indexName)
    {
        switch (select)
        {
            case null or ReadSelect.SpecificAttributes when projection is not null:
            case null or ReadSelect.AllAttributes or ReadSelect.Count when projection is null:
                return;
            case ReadSelect.AllProjectedAttributes when projection is null && indexName is not null:
                return;
            case ReadSelect.AllProjectedAttributes when indexName is null:
                throw KeystoneException.Validation(
                    "One or more parameter values were invalid: "
                    + "ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName");
            case ReadSelect.AllProjectedAttributes:
                throw KeystoneException.Validation(
                    "Cannot specify the ProjectionExpression when choosing to get ALL_PROJECTED_ATTRIBUTES");
            case ReadSelect.SpecificAttributes:
                throw KeystoneException.Validation(
                    "Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES");
            case ReadSelect.Count:
                throw KeystoneException.Validation("Cannot specify the ProjectionExpression when choosing to get only the Count");
            case ReadSelect.AllAttributes:
                throw KeystoneException.Validation("Cannot specify the ProjectionExpression when choosing to get ALL_ATTRIBUTES");
            default:
                throw KeystoneException.Validation($"The value {select} at Select is none of the values that there are");
        }
    }
}
