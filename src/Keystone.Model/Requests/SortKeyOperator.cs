namespace Keystone.Model.Requests;

/// <summary>The comparisons of a sort key. The numbers are part of the wire contract.</summary>
public enum SortKeyOperator : byte
{
    /// <summary>The sort key is the value.</summary>
    EqualTo = 1,

    /// <summary>The sort key is below the value.</summary>
    LessThan = 2,

    /// <summary>The sort key is the value or below it.</summary>
    LessThanOrEqualTo = 3,

    /// <summary>The sort key is above the value.</summary>
    GreaterThan = 4,

    /// <summary>The sort key is the value or above it.</summary>
    GreaterThanOrEqualTo = 5,

    /// <summary>The sort key is one of two values or between them.</summary>
    Between = 6,

    /// <summary>The sort key, text or bytes, starts with the value.</summary>
    BeginsWith = 7,
}
