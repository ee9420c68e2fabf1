namespace Keystone.Model.Expressions;

/// <summary>Which parameter of a request an expression is.</summary>
public enum ExpressionKind
{
    /// <summary>What must hold for a write to happen.</summary>
    Condition,

    /// <summary>Which of the items that a query or scan has read are answered.</summary>
    Filter,

    /// <summary>Which items a query reads.</summary>
    KeyCondition,

    /// <summary>What an update does to an item.</summary>
    Update,

    /// <summary>Which parts of an item are answered.</summary>
    Projection,
}
