using System.Runtime.CompilerServices;
using Keystone.Model.Requests;
using Keystone.Model.Schema;

namespace Keystone.Model.Streams;

/// <summary>Streams as callers read them: what there is, and changes as they come.</summary>
public static class StreamReading
{
    /// <summary>So long a reader waits after an answer without changes, unless it says otherwise.</summary>
    public static readonly TimeSpan DefaultPause = TimeSpan.FromMilliseconds(250);

    /// <summary>The streams of a table, the oldest first.</summary>
    public static async ValueTask<IReadOnlyList<StreamArn>> ListStreamsAsync(
        this IKeystoneDatabase database, string tableName, CancellationToken cancellationToken = default)
    {
        TableDescription table = await DescribeAsync(database, tableName, cancellationToken).ConfigureAwait(false);
        return [.. table.Streams.Select(stream => StreamArn.Of(tableName, stream))];
    }

    /// <summary>A stream and its shards. Throws <see cref="KeystoneErrorCode.ResourceNotFound"/>.</summary>
    public static async ValueTask<(StreamDescription Stream, IReadOnlyList<StreamShard> Shards)> DescribeStreamAsync(
        this IKeystoneDatabase database, StreamArn arn, CancellationToken cancellationToken = default)
    {
        StreamDescription stream = arn.In(await DescribeAsync(database, arn.TableName, cancellationToken).ConfigureAwait(false));
        return (stream, StreamShard.Of(stream));
    }

    /// <summary>
    /// The changes of a table as they come, those of each item in their order; ends when the stream is disabled and read. Whoever stops and
    /// goes on later notes the last <see cref="ChangeRecord.SequenceNumber"/> of each shard and reads with shard iterators.
    /// </summary>
    /// <param name="database">The database.</param>
    /// <param name="tableName">The table, whose stream is enabled.</param>
    /// <param name="fromOldest">Whether to begin with the oldest change that there is, and not with the next one.</param>
    /// <param name="pause">How long to wait when there is nothing new.</param>
    /// <param name="time">The clock that waits.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public static async IAsyncEnumerable<ChangeRecord> ReadChangesAsync(
        this IKeystoneDatabase database,
        string tableName,
        bool fromOldest = false,
        TimeSpan? pause = null,
        TimeProvider? time = null,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(database);
        TableDescription table = await DescribeAsync(database, tableName, cancellationToken).ConfigureAwait(false);
        StreamDescription stream = table.Stream
            ?? throw KeystoneException.Validation($"The table {tableName} has no enabled stream: enable one with UpdateTable");
        ShardIteratorKind kind = fromOldest ? ShardIteratorKind.TrimHorizon : ShardIteratorKind.Latest;
        List<string> open = [];
        foreach (StreamShard shard in StreamShard.Of(stream))
        {
            GetShardIteratorRequest start = new(StreamArn.Of(tableName, stream).ToString(), shard.Id, kind);
            open.Add((await database.GetShardIteratorAsync(start, cancellationToken).ConfigureAwait(false)).ShardIterator);
        }

        while (open.Count > 0)
        {
            bool isQuiet = true;
            for (int i = open.Count - 1; i >= 0; i--)
            {
                GetRecordsRequest read = new(open[i]);
                GetRecordsResult page = await database.GetRecordsAsync(read, cancellationToken).ConfigureAwait(false);
                foreach (ChangeRecord change in page.Records)
                {
                    isQuiet = false;
                    yield return change;
                }

                if (page.NextShardIterator is { } next)
                {
                    open[i] = next;
                }
                else
                {
                    open.RemoveAt(i);
                }
            }

            if (isQuiet && open.Count > 0)
            {
                await Task.Delay(pause ?? DefaultPause, time ?? TimeProvider.System, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private static async ValueTask<TableDescription> DescribeAsync(
        IKeystoneDatabase database, string tableName, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(database);
        DescribeTableRequest request = new(tableName);
        return (await database.DescribeTableAsync(request, cancellationToken).ConfigureAwait(false)).Table;
    }
}
