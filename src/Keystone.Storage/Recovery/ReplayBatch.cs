using System.Runtime.CompilerServices;
using Keystone.Storage.Buffers;
using Keystone.Storage.Log;

namespace Keystone.Storage.Recovery;

/// <summary>Some groups that follow one another in the log, copied from where they were read, with their parts sorted by lane.</summary>
internal sealed class ReplayBatch(int laneCount, int capacity, MemoryAccount account) : IDisposable
{
    private readonly int _capacity = capacity;
    private readonly NativeBuffer _bytes = new(account, capacity);
    private readonly List<ReplayGroup> _groups = [];
    private readonly List<ReplayPart>[] _parts = [.. Enumerable.Range(0, laneCount).Select(_ => new List<ReplayPart>())];

    public int Bytes => _bytes.Length;

    public bool IsEmpty => _groups.Count == 0;

    /// <summary>How many lanes have not done their parts yet. Guarded by the gate of <see cref="ReplayLanes"/>.</summary>
    public int LanesLeft { get; set; }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Add(ReplayGroup group, ReadOnlySpan<byte> body, int stripeCount)
    {
        // The group comes first: parts that were good are in the batch even when a later one is not.
        int index = _groups.Count;
        _groups.Add(group);
        int start = _bytes.Length;
        _bytes.Append(body);
        for (ReadOnlySpan<byte> rest = body; !rest.IsEmpty;)
        {
            int before = rest.Length;
            int at = start + body.Length - before;
            if (!LogPart.TryRead(ref rest, out LogPart part) || part.Stripe >= stripeCount || part.Count <= 0)
            {
                throw StoreException.Corrupt(group.Path, group.OffsetBytes, "a part of a group does not decode");
            }

            _parts[part.Stripe % laneCount].Add(new ReplayPart(index, at, before - rest.Length));
        }
    }

    public List<ReplayPart> PartsOf(int lane) => _parts[lane];

    public ReplayGroup GroupOf(ReplayPart place) => _groups[place.Group];

    public LogPart Read(ReplayPart place) => LogPart.ReadAgain(_bytes.Written.Slice(place.Start, place.Length));

    public void Clear()
    {
        _bytes.ShrinkTo(_capacity);
        _groups.Clear();
        foreach (List<ReplayPart> parts in _parts)
        {
            parts.Clear();
        }
    }

    public void Dispose() => _bytes.Dispose();
}

/// <summary>A group of a batch and where it stands in the log.</summary>
internal readonly record struct ReplayGroup(ulong Number, string Path, long OffsetBytes);

/// <summary>Where in a batch the part of a group stands.</summary>
internal readonly record struct ReplayPart(int Group, int Start, int Length);
