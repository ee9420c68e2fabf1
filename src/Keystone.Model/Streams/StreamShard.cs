using System.Globalization;
using Keystone.Model.Schema;

namespace Keystone.Model.Streams;

/// <summary>A part of a stream, in which changes have an order. All changes of a partition are in the same.</summary>
/// <param name="Id">By which it is asked for.</param>
/// <param name="First">The number from which its changes count.</param>
/// <param name="Last">The number up to which they do, once the stream is disabled.</param>
public sealed record StreamShard(string Id, ulong First, ulong? Last)
{
    /// <summary>The shards of a stream.</summary>
    public static IReadOnlyList<StreamShard> Of(StreamDescription stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ulong first = ChangeNumber.FirstOf(stream.Created);
        ulong? last = stream.Disabled is { } disabled ? ChangeNumber.FirstOf(disabled.AddMilliseconds(1)) - 1 : null;
        return [.. Enumerable.Range(0, stream.ShardCount).Select(shard => new StreamShard(IdOf(stream, shard), first, last))];
    }

    /// <summary>The place of a shard in its stream. Throws <see cref="KeystoneErrorCode.ResourceNotFound"/>.</summary>
    public static int PlaceOf(StreamDescription stream, string id)
    {
        ArgumentNullException.ThrowIfNull(stream);
        for (int shard = 0; shard < stream.ShardCount; shard++)
        {
            if (IdOf(stream, shard) == id)
            {
                return shard;
            }
        }

        throw new KeystoneException(
            KeystoneErrorCode.ResourceNotFound, $"Requested resource not found: Shard: {id} in the stream does not exist");
    }

    private static string IdOf(StreamDescription stream, int shard)
        => string.Create(CultureInfo.InvariantCulture, $"shardId-{stream.Created.ToUnixTimeMilliseconds():D20}-{shard:x8}");
}
