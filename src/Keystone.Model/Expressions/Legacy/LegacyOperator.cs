namespace Keystone.Model.Expressions.Legacy;

/// <summary>The comparisons of the older parameters.</summary>
public enum LegacyOperator
{
    /// <summary>EQ: the attribute is the value.</summary>
    Equal,

    /// <summary>NE: the attribute is missing or is not the value.</summary>
    NotEqual,

    /// <summary>LE: the attribute is the value or below it.</summary>
    LessOrEqual,

    /// <summary>LT: the attribute is below the value.</summary>
    Less,

    /// <summary>GE: the attribute is the value or above it.</summary>
    GreaterOrEqual,

    /// <summary>GT: the attribute is above the value.</summary>
    Greater,

    /// <summary>NOT_NULL: the attribute is there.</summary>
    NotNull,

    /// <summary>NULL: the attribute is not there.</summary>
    Null,

    /// <summary>CONTAINS: the attribute has the value as a part or as a member.</summary>
    Contains,

    /// <summary>NOT_CONTAINS: the attribute is there and has the value neither as a part nor as a member.</summary>
    NotContains,

    /// <summary>BEGINS_WITH: the attribute starts with the value.</summary>
    BeginsWith,

    /// <summary>IN: the attribute is one of the values.</summary>
    In,

    /// <summary>BETWEEN: the attribute is one of two values or between them.</summary>
    Between,
}
