using Keystone.Model;
using Keystone.Model.Items;
using Keystone.Model.Keys;
using Keystone.Model.Requests;
using Keystone.Model.Schema;

namespace Keystone.Cli.Importing;

/// <summary>Items that are written with one call, and where they stood in the file.</summary>
internal sealed class ImportBatch(string table)
{
    /// <summary>So often the database is asked again for writes that it could not take at once.</summary>
    private const int AttemptsMax = 12;

    private const int PauseMillisecondsMin = 10;
    private const int PauseMillisecondsMax = 2000;

    private readonly List<BatchWrite> _writes = [];
    private readonly List<ItemKey> _keys = [];

    public int Count => _writes.Count;

    public bool IsFull => Count == ItemLimits.Default.BatchWriteItemsMax;

    public IReadOnlyList<ItemKey> Keys => _keys;

    /// <summary>Every line up to this one is in this batch, in one before it, or needs no write.</summary>
    public long LastLine { get; set; }

    /// <summary>The write, once it has been started.</summary>
    public Task Writing { get; private set; } = Task.CompletedTask;

    public void Add(EncodedItem item, ItemKey key)
    {
        _writes.Add(BatchWrite.Put(table, item));
        _keys.Add(key);
    }

    public void Start(IKeystoneDatabase database, TimeProvider time) => Writing = WriteAsync(database, time);

    /// <summary>
    /// Writes everything, with patience. A batch is small, and once begun it is not cancelled: it is either written or has failed.
    /// </summary>
    private async Task WriteAsync(IKeystoneDatabase database, TimeProvider time)
    {
        IReadOnlyList<BatchWrite> left = _writes;
        for (int attempt = 1; left.Count > 0; attempt++)
        {
            if (attempt > 1)
            {
                int pause = Math.Min(PauseMillisecondsMin << (attempt - 2), PauseMillisecondsMax);
                await Task.Delay(TimeSpan.FromMilliseconds(pause), time, CancellationToken.None).ConfigureAwait(false);
            }

            left = await TryWriteAsync(database, left, isLast: attempt == AttemptsMax).ConfigureAwait(false);
        }
    }

    private static async Task<IReadOnlyList<BatchWrite>> TryWriteAsync(
        IKeystoneDatabase database, IReadOnlyList<BatchWrite> writes, bool isLast)
    {
        try
        {
            var request = new BatchWriteItemsRequest(writes);
            BatchWriteItemsResult done = await database.BatchWriteItemsAsync(request, CancellationToken.None).ConfigureAwait(false);
            return isLast && done.UnprocessedWrites.Count > 0
                ? throw new KeystoneException(
                    KeystoneErrorCode.Overloaded,
                    $"The database did not take {done.UnprocessedWrites.Count} writes in {AttemptsMax} attempts. Try again later.")
                : done.UnprocessedWrites;
        }
        catch (KeystoneException failure) when (failure.IsRetryable && !isLast)
        {
            return writes;
        }
    }
}
