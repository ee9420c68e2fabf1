namespace Keystone.Model.Requests;

/// <summary>The kinds of <see cref="WriteCondition"/>. The numbers are part of the wire contract.</summary>
public enum WriteConditionKind : byte
{
    /// <summary>An item with the key exists.</summary>
    ItemExists = 1,

    /// <summary>No item with the key exists.</summary>
    ItemAbsent = 2,

    /// <summary>The item exists and has the version named.</summary>
    VersionIs = 3,

    /// <summary>
    /// On the wire alone: an expression holds, which stands beside. So a silo that knows no expressions refuses the write.
    /// </summary>
    Expression = 4,
}
