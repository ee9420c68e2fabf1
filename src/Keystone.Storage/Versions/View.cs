namespace Keystone.Storage.Versions;

/// <summary>
/// What a reader of one stripe looks at: the active write buffer, the sealed ones, the files, the drop marks. Immutable, except that
/// the active buffer goes on growing above the published sequence.
/// <para>
/// What enters: buffers and files, each with a reference that the View takes over. What leaves: nothing; when the last holder is
/// gone, the references are. What always holds: a count can only be raised from above zero, so whoever got a View may read all of
/// it until release, whatever flush and compaction do meanwhile. A point read takes the View first and the published sequence
/// second; a snapshot is registered before its sequence is read, and that before any View is taken.
/// </para>
/// </summary>
internal sealed class View
{
    private readonly ViewCount _count;
    private int _references = 1;

    public View(WriteBuffer active, WriteBuffer[] sealedBuffers, StripeFiles files, DropMark[] drops, ViewCount count)
    {
        count.Add();
        _count = count;
        Active = active;
        Sealed = sealedBuffers;
        Files = files;
        Drops = drops;
    }

    public WriteBuffer Active { get; }

    /// <summary>Newest first; all wait for their flush.</summary>
    public WriteBuffer[] Sealed { get; }

    public StripeFiles Files { get; }

    /// <summary>All drop marks of the stripe, whether in the manifest yet or not.</summary>
    public DropMark[] Drops { get; }

    /// <summary>
    /// The drop marks up to a sequence. What a mark covers may be removed from files only when the mark itself is durable: up to what was
    /// flushed. A newer one may be lost with the log, and what it covered would be needed again.
    /// </summary>
    public DropMark[] DropsUpTo(ulong sequence) => Drops.Length == 0 ? Drops : DropMark.UpTo(Drops, sequence);

    /// <summary>Raises the count, unless it is zero: then the View is gone and the caller has to look for the current one.</summary>
    public bool TryAddReference()
    {
        int seen = Volatile.Read(ref _references);
        while (seen > 0)
        {
            int was = Interlocked.CompareExchange(ref _references, seen + 1, seen);
            if (was == seen)
            {
                return true;
            }

            seen = was;
        }

        return false;
    }

    public void Release()
    {
        int now = Interlocked.Decrement(ref _references);
        Invariant.Require(now >= 0);
        if (now == 0)
        {
            Active.Release();
            foreach (WriteBuffer buffer in Sealed)
            {
                buffer.Release();
            }

            Files.Release();
            _count.Remove();
        }
    }

    /// <summary>The same with a new active buffer; the old one is sealed. Takes over the reference to <paramref name="active"/>.</summary>
    public View WithSealedActive(WriteBuffer active)
    {
        Active.AddReference();
        return new View(active, [Active, .. Shared(Sealed)], Shared(Files), Drops, _count);
    }

    /// <summary>The same with one more drop mark.</summary>
    public View WithDrop(DropMark mark)
    {
        Active.AddReference();
        return new View(Active, Shared(Sealed), Shared(Files), [.. Drops, mark], _count);
    }

    /// <summary>
    /// The same with other files, without the buffers that these files hold. Takes over the reference to <paramref name="files"/>.
    /// </summary>
    public View WithFiles(StripeFiles files, DropMark[] drops)
    {
        Active.AddReference();
        return new View(Active, Shared(NotFlushed(files.FlushedThrough)), files, drops, _count);
    }

    /// <summary>They are the newest of the sealed ones, since buffers are flushed in their order; most often there is none.</summary>
    private WriteBuffer[] NotFlushed(ulong flushedThrough)
    {
        int count = 0;
        while (count < Sealed.Length && Sealed[count].LastSequence > flushedThrough)
        {
            count++;
        }

        return count == 0 ? [] : Sealed[..count];
    }

    private static StripeFiles Shared(StripeFiles files)
    {
        files.AddReference();
        return files;
    }

    private static WriteBuffer[] Shared(WriteBuffer[] buffers)
    {
        foreach (WriteBuffer buffer in buffers)
        {
            buffer.AddReference();
        }

        return buffers;
    }
}
