using Keystone.Model.Schema;

namespace Keystone.Database.Indexes;

/// <summary>Counts how far an index is filled. Written by whoever fills it; read by anyone.</summary>
/// <param name="stripeCount">The stripes whose items have to be in it.</param>
internal sealed class BackfillTally(int stripeCount)
{
    private int _stripesDone;
    private long _items;
    private long _bytes;

    /// <summary>The bytes of the items that were looked at in this life of the disk.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    /// <summary>Some items more.</summary>
    public void Note(long items, long bytes = 0)
    {
        Volatile.Write(ref _items, _items + items);
        Volatile.Write(ref _bytes, _bytes + bytes);
    }

    /// <summary>One stripe more.</summary>
    public void NoteStripe() => Volatile.Write(ref _stripesDone, _stripesDone + 1);

    /// <summary>What it has come to.</summary>
    public BackfillProgress ToProgress() => new(Volatile.Read(ref _stripesDone), stripeCount, Volatile.Read(ref _items));
}
