using Keystone.Model.Streams;

namespace Keystone.Model.Requests;

/// <summary>Begins to read a shard of a stream. Throws <see cref="KeystoneErrorCode.ResourceNotFound"/>.</summary>
/// <param name="StreamArn">The stream, see <see cref="Streams.StreamArn"/>.</param>
/// <param name="ShardId">The shard.</param>
/// <param name="Kind">Where to begin.</param>
public sealed record GetShardIteratorRequest(string StreamArn, string ShardId, ShardIteratorKind Kind)
{
    /// <summary>The sequence number to begin at or behind, for the kinds that have one.</summary>
    public string? SequenceNumber { get; init; }

    /// <summary>
    /// The number behind which reading begins; null for the newest. Throws <see cref="KeystoneErrorCode.ValidationFailed"/> for a number
    /// that is missing, too many or none.
    /// </summary>
    public ulong? ToStart()
    {
        bool needsNumber = Kind is ShardIteratorKind.AtSequenceNumber or ShardIteratorKind.AfterSequenceNumber;
        if (needsNumber != SequenceNumber is not null)
        {
            throw KeystoneException.Validation($"A shard iterator of the kind {Kind} has {(needsNumber ? "a" : "no")} sequence number");
        }

        return Kind switch
        {
            ShardIteratorKind.TrimHorizon => 0,
            ShardIteratorKind.Latest => null,
            ShardIteratorKind.AtSequenceNumber => Math.Max(1, ChangeNumber.Parse(SequenceNumber!)) - 1,
            ShardIteratorKind.AfterSequenceNumber => ChangeNumber.Parse(SequenceNumber!),
            _ => throw KeystoneException.Validation($"{(int)Kind} is no kind of a shard iterator"),
        };
    }
}

/// <summary>Where a reader begins.</summary>
public enum ShardIteratorKind
{
    /// <summary>At the oldest change that there is.</summary>
    TrimHorizon = 0,

    /// <summary>Behind the newest.</summary>
    Latest = 1,

    /// <summary>At a change.</summary>
    AtSequenceNumber = 2,

    /// <summary>Behind a change.</summary>
    AfterSequenceNumber = 3,
}

/// <summary>Where the reader stands.</summary>
/// <param name="ShardIterator">For the first read.</param>
public sealed record GetShardIteratorResult(string ShardIterator);
