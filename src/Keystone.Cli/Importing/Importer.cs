using Keystone.Model;
using Keystone.Model.Items;
using Keystone.Model.Keys;

namespace Keystone.Cli.Importing;

/// <summary>What is to be imported, and how.</summary>
/// <param name="Table">The table that takes the items.</param>
/// <param name="FirstLine">Lines before this one are passed over.</param>
/// <param name="SkipBad">Whether a bad line is told and passed over; otherwise it ends the import.</param>
internal sealed record ImportPlan(string Table, long FirstLine, bool SkipBad);

/// <summary>How an import ended.</summary>
/// <param name="Items">Items that were written.</param>
/// <param name="BadLines">Lines that were no items.</param>
/// <param name="LastLine">Everything up to this line is written, or was bad.</param>
/// <param name="Failure">What ended the import before the file did, or null.</param>
internal sealed record ImportResult(long Items, long BadLines, long LastLine, Exception? Failure);

/// <summary>
/// Writes the items of a file into a table, many batches at a time.
/// <para>
/// What enters: lines. What leaves: how far it came. What always holds: at most <see cref="BatchesMax"/> batches are under way; two lines
/// with the same key are written in their order; whatever ends the import, the batches under way are waited for, so that everything up to
/// the line that is told is in the table.
/// </para>
/// </summary>
internal sealed class Importer(IKeystoneDatabase database, ImportPlan plan, TimeProvider time)
{
    /// <summary>Batches that are under way at a time.</summary>
    public const int BatchesMax = 64;

    private readonly Queue<ImportBatch> _underWay = new();
    private readonly HashSet<ItemKey> _keys = [];
    private ImportBatch _open = new(plan.Table);
    private long _items;
    private long _badLines;
    private long _lastLine;

    /// <summary>Told of each bad line: its number, and why.</summary>
    public Action<long, string> OnBadLine { get; init; } = (_, _) => { };

    /// <summary>Told how many items are written.</summary>
    public Action<long> OnProgress { get; init; } = _ => { };

    public async Task<ImportResult> RunAsync(LineReader lines, ItemLine parser, CancellationToken cancellation)
    {
        Exception? failure = null;
        try
        {
            while (await lines.ReadAsync(cancellation).ConfigureAwait(false))
            {
                await TakeAsync(lines, parser).ConfigureAwait(false);
                cancellation.ThrowIfCancellationRequested();
            }
        }
        catch (Exception stopped) when (stopped is KeystoneException or OperationCanceledException or IOException or InvalidDataException)
        {
            failure = stopped;
        }

        // What was read before the end is still written, unless it is the database that failed.
        Exception? writeFailure = await FinishAsync().ConfigureAwait(false);
        return new ImportResult(_items, _badLines, _lastLine, failure ?? writeFailure);
    }

    private async Task TakeAsync(LineReader lines, ItemLine parser)
    {
        bool isItem = TryParse(lines, parser, out EncodedItem item, out ItemKey key);
        if (isItem)
        {
            await MakeRoomAsync(key).ConfigureAwait(false);
            _keys.Add(key);
            _open.Add(item, key);
        }

        _open.LastLine = lines.Number;
        if (_open.IsFull)
        {
            await StartAsync().ConfigureAwait(false);
        }
    }

    /// <summary>False for what needs no write: a line to pass over, an empty one, a bad one that may be skipped.</summary>
    private bool TryParse(LineReader lines, ItemLine parser, out EncodedItem item, out ItemKey key)
    {
        (item, key) = (default, default);
        if (lines.Number < plan.FirstLine || (!lines.IsTooLong && lines.Line.Span.Trim(" \t\r"u8).IsEmpty))
        {
            return false;
        }

        try
        {
            (item, key) = lines.IsTooLong
                ? throw KeystoneException.Validation($"The line is longer than {LineReader.LineBytesMax} bytes.")
                : parser.Parse(lines.Line.Span);
            return true;
        }
        catch (KeystoneException bad) when (bad.Code == KeystoneErrorCode.ValidationFailed)
        {
            _badLines++;
            OnBadLine(lines.Number, bad.Message);
            return plan.SkipBad ? false : throw new KeystoneException(bad.Code, $"Line {lines.Number} is bad.", bad);
        }
    }

    /// <summary>An item whose key is under way waits until it is written: the later line wins.</summary>
    private async Task MakeRoomAsync(ItemKey key)
    {
        if (_keys.Contains(key) && _open.Keys.Contains(key))
        {
            await StartAsync().ConfigureAwait(false);
        }

        while (_keys.Contains(key))
        {
            await CompleteOldestAsync().ConfigureAwait(false);
        }
    }

    private async Task StartAsync()
    {
        if (_underWay.Count == BatchesMax)
        {
            await CompleteOldestAsync().ConfigureAwait(false);
        }

        _open.Start(database, time);
        _underWay.Enqueue(_open);
        _open = new ImportBatch(plan.Table) { LastLine = _open.LastLine };
    }

    /// <summary>Batches are completed in the order of the file, so that the last line of one says how far everything is.</summary>
    private async Task CompleteOldestAsync()
    {
        ImportBatch oldest = _underWay.Peek();
        await oldest.Writing.ConfigureAwait(false);
        _underWay.Dequeue();
        _keys.ExceptWith(oldest.Keys);
        _items += oldest.Count;
        _lastLine = oldest.LastLine;
        OnProgress(_items);
    }

    /// <summary>Writes the rest, and waits for all batches even if one fails. Returns the first failure.</summary>
    private async Task<Exception?> FinishAsync()
    {
        try
        {
            if (_underWay.All(batch => !batch.Writing.IsFaulted))
            {
                await StartAsync().ConfigureAwait(false);
            }

            while (_underWay.Count > 0)
            {
                await CompleteOldestAsync().ConfigureAwait(false);
            }

            return null;
        }
        catch (KeystoneException failure)
        {
            await Task.WhenAll(_underWay.Select(batch => batch.Writing)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return failure;
        }
    }
}
