namespace Keystone.Model.Schema;

/// <summary>A table as the catalog knows it.</summary>
/// <param name="Definition">What it was made from.</param>
/// <param name="Id">Its number, which no other table or index of this database ever has.</param>
/// <param name="Status">What it is ready for.</param>
public sealed record TableDescription(TableDefinition Definition, uint Id, TableStatus Status)
{
    private readonly IReadOnlyList<IndexDescription> _indexes = new ValueList<IndexDescription>([]);
    private readonly IReadOnlyList<StreamDescription> _streams = new ValueList<StreamDescription>([]);

    /// <summary>Its indexes, in the order of their definitions.</summary>
    public IReadOnlyList<IndexDescription> Indexes
    {
        get => _indexes;
        init => _indexes = new ValueList<IndexDescription>(value);
    }

    /// <summary>Its streams, the oldest first; at most the last one is enabled.</summary>
    public IReadOnlyList<StreamDescription> Streams
    {
        get => _streams;
        init => _streams = new ValueList<StreamDescription>(value);
    }

    /// <summary>The stream that changes go into, or null.</summary>
    public StreamDescription? Stream => _streams.Count > 0 && _streams[^1].Disabled is null ? _streams[^1] : null;

    /// <summary>How its items expire, or null if they do not.</summary>
    public TimeToLiveDescription? TimeToLive { get; init; }

    /// <summary>When it was made.</summary>
    public DateTimeOffset? Created { get; init; }

    /// <summary>About how many items it has, where that is known.</summary>
    public long? ItemCountEstimate { get; init; }

    /// <summary>About how many bytes its items take, where that is known.</summary>
    public long? BytesEstimate { get; init; }
}
