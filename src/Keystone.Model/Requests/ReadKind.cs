namespace Keystone.Model.Requests;

/// <summary>The operations that read by expressions.</summary>
public enum ReadKind
{
    /// <summary>One item.</summary>
    Get,

    /// <summary>A page of one partition.</summary>
    Query,

    /// <summary>A page of a table.</summary>
    Scan,
}
