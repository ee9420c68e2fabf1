using Keystone.Model.Streams;

namespace Keystone.Model.Requests;

/// <summary>
/// Reads the next changes of a shard, in their order. Throws <see cref="KeystoneErrorCode.ResourceNotFound"/> if the stream is gone,
/// <see cref="KeystoneErrorCode.TrimmedData"/> if changes behind the iterator have been removed meanwhile.
/// </summary>
/// <param name="ShardIterator">Where the reader stands.</param>
public sealed record GetRecordsRequest(string ShardIterator)
{
    /// <summary>The most changes of one answer.</summary>
    public const int LimitMax = 1000;

    /// <summary>The most changes; null means <see cref="LimitMax"/>. An answer has 1 MiB of them at most, but one always.</summary>
    public int? Limit { get; init; }

    /// <summary>The limit that holds. Throws <see cref="KeystoneErrorCode.ValidationFailed"/>.</summary>
    public int RequireLimit() => Limit is null or (>= 1 and <= LimitMax)
        ? Limit ?? LimitMax
        : throw KeystoneException.Validation(
            $"1 validation error detected: Value '{Limit}' at 'limit' failed to satisfy constraint: Member must be from 1 to {LimitMax}");
}

/// <summary>Changes of a shard.</summary>
/// <param name="Records">They, in order. None does not mean the end.</param>
/// <param name="NextShardIterator">For the next read; null when the stream is disabled and all of it was read.</param>
public sealed record GetRecordsResult(IReadOnlyList<ChangeRecord> Records, string? NextShardIterator);
