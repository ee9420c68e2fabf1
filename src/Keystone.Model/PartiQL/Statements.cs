using Keystone.Model.Items;
using Keystone.Model.Requests;

namespace Keystone.Model.PartiQL;

/// <summary>A statement with its parameters filled in.</summary>
/// <param name="TableName">The table.</param>
internal abstract record Statement(string TableName)
{
    /// <summary>Whether only the plan of it is asked for.</summary>
    public bool IsExplained { get; init; }
}

/// <summary>Reads items.</summary>
internal sealed record SelectStatement(string TableName) : Statement(TableName)
{
    public string? IndexName { get; init; }

    /// <summary>What is answered; empty means all attributes.</summary>
    public IReadOnlyList<SelectColumn> Columns { get; init; } = [];

    public Term? Where { get; init; }

    public IReadOnlyList<DocumentPath> GroupBy { get; init; } = [];

    public IReadOnlyList<SortColumn> OrderBy { get; init; } = [];

    public long? Limit { get; init; }

    public long Offset { get; init; }

    /// <summary>Whether items are counted together, not answered.</summary>
    public bool IsAggregate => GroupBy.Count > 0 || Columns.Any(column => column.Aggregate is not null);
}

/// <summary>One thing that a select answers.</summary>
/// <param name="Path">The attribute or the part of one; null with COUNT(*) only.</param>
/// <param name="Aggregate">What is made of the values of many items; null means the value of each.</param>
/// <param name="Name">How it is named in the answer.</param>
internal sealed record SelectColumn(DocumentPath? Path, AggregateKind? Aggregate, string Name);

internal enum AggregateKind : byte
{
    Count,
    Sum,
    Average,
    Minimum,
    Maximum,
}

/// <summary>What an answer is ordered by.</summary>
internal sealed record SortColumn(DocumentPath Path, bool Descending);

/// <summary>Writes an item that is not there yet.</summary>
internal sealed record InsertStatement(string TableName, Item Item) : Statement(TableName);

/// <summary>Changes an item that is there.</summary>
internal sealed record UpdateStatement(string TableName, IReadOnlyList<UpdateChange> Changes, Term Where, ReturnValues Returning)
    : Statement(TableName);

/// <summary>One change, by the section of an update expression that it stands in.</summary>
/// <param name="Section">SET, REMOVE, ADD or DELETE.</param>
/// <param name="Path">What is changed.</param>
/// <param name="Value">The new value, or what is added or deleted; null for REMOVE.</param>
internal sealed record UpdateChange(string Section, DocumentPath Path, Operand? Value);

/// <summary>Deletes an item, if it is there.</summary>
internal sealed record DeleteStatement(string TableName, Term Where, bool ReturnsOld) : Statement(TableName);

/// <summary>A condition of a transaction: an item is there, and more holds of it.</summary>
internal sealed record ExistsStatement(string TableName, Term Where) : Statement(TableName);
