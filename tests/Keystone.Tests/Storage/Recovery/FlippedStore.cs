using System.Globalization;
using System.IO.Enumeration;
using Keystone.Storage;
using Keystone.Storage.Buffers;
using Keystone.Storage.Files;
using Keystone.Storage.Log;
using Keystone.Storage.Versions;
using Keystone.Testing.Disk;
using Keystone.Testing.Jobs;
using Xunit;

namespace Keystone.Tests.Storage.Recovery;

/// <summary>
/// A small store on a simulated disk, written by one caller whose writes are synced one by one, so that its states are a row. Makes
/// copies of the disk with a flipped byte, opens them and says what they hold.
/// </summary>
internal sealed class FlippedStore
{
    private const string Directory = "/store";
    private const int Stripes = 2;

    private readonly SimulatedFileSystem _disk = new();
    private readonly List<SortedDictionary<string, string>> _states = [[]];
    private int _ids;

    /// <summary>Writes the store, and closes it or cuts it off.</summary>
    public FlippedStore(bool isClosed, int writes = 48)
    {
        SeededJobHost host = new(seed: 7);
        StorageEngine engine = StorageEngine.Create(Directory, OptionsOn(_disk, host));

        // What the manifest has to say of the first segments is said, so that the claims are its newest record.
        host.RunFor(TimeSpan.FromSeconds(1));
        host.Await(engine.ClaimAsync(Enumerable.Range(0, Stripes).Select(s => new StripeClaim(s, 1))));
        Serve(engine);
        for (int i = 0; i < writes; i++)
        {
            Write(engine, host, i);
            if (i is 12 or 26)
            {
                host.Await(engine.FlushAsync());
            }
        }

        if (isClosed)
        {
            host.Await(engine.DisposeAsync());
        }

        Left = _disk.Clone();
    }

    /// <summary>The disk as it was left.</summary>
    public SimulatedFileSystem Left { get; }

    /// <summary>Writes that were acknowledged.</summary>
    public int WriteCount => _states.Count - 1;

    /// <summary>Opens the disk and returns how many writes it holds. Whatever it answers has to be the state after so many.</summary>
    public int Open(SimulatedFileSystem disk)
    {
        SeededJobHost host = new(seed: 8);
        StorageEngine engine = StorageEngine.Open(Directory, OptionsOn(disk, host));
        try
        {
            Serve(engine);
            int count = (int)Enumerable.Range(0, Stripes).Sum(s => (long)engine.LastSequenceOf(s));
            Assert.InRange(count, 0, WriteCount);
            Assert.Equal(_states[count], StateOf(engine));
            return count;
        }
        finally
        {
            host.Await(engine.DisposeAsync());
        }
    }

    /// <summary>The paths of the store's files that match a pattern, in the order of their names.</summary>
    public List<string> FilesLike(string pattern)
        => [.. Left.Files().Where(path => FileSystemName.MatchesSimpleExpression(pattern, path, ignoreCase: false))];

    /// <summary>
    /// The offsets of a log or manifest file, with the group whose header or body lies there: all of them up to the end of the last
    /// group, padding included, and one in sixteen behind it, where nothing is read but whole groups.
    /// </summary>
    public IEnumerable<(long Offset, GroupHeader? Group)> BytesOf(string path)
    {
        List<GroupHeader> groups = GroupsOf(path);
        long end = groups.Count == 0 ? 0 : groups[^1].EndBytes;
        long length = Left.ReadAll(path).Length;
        for (long offset = 0; offset < length; offset += offset < end ? 1 : 16 + (offset % 16 == 15 ? -15 : 1))
        {
            int at = groups.FindIndex(g => offset >= g.OffsetBytes && offset < g.OffsetBytes + GroupHeader.Bytes + g.BodyBytes);
            yield return (offset, at < 0 ? null : groups[at]);
        }
    }

    /// <summary>
    /// The groups of a log or manifest file that count. A segment that is a spare again holds groups of an earlier use, which do not.
    /// </summary>
    public List<GroupHeader> GroupsOf(string path)
    {
        MemoryAccount account = new("test");
        SimulatedFileSystem disk = Left.Clone();
        UInt128 storeId = StoreIdentity.Read(disk, Directory).StoreId;
        ManifestFile manifests = new(disk, Directory, storeId, account);
        long manifest = manifests.ReadCurrent();
        bool isManifest = FileNames.Parse(Path.GetFileName(path), out long number) == FileKind.Manifest;
        ulong generation = isManifest
            ? (ulong)number
            : manifests.Read(manifest, Stripes, out _).SegmentsInOrder.Single(s => s.FileNumber == number).Generation;
        using IFile file = disk.Open(path, writable: false);
        using GroupReader reader = new(file, storeId, generation, isManifest ? GroupKind.Manifest : GroupKind.Commit, account);
        List<GroupHeader> groups = [];
        while (reader.TryReadNext())
        {
            groups.Add(reader.Header);
        }

        return groups;
    }

    private static StoreOptions OptionsOf(SeededJobHost host) => new()
    {
        JobHost = host,
        StripeCount = Stripes,
        SegmentBytes = 16 << 10,
        LogBytesMax = 64 << 10,
        WriteBufferBytesMax = 64 << 10,
        BlockCacheBytes = 0,
        ManifestBytesMin = 4096,
        ReadThreads = 1,
        HugePages = false,
    };

    private StoreOptions OptionsOn(SimulatedFileSystem disk, SeededJobHost host)
        => OptionsOf(host) with { FileSystem = disk, NewId = () => new UInt128(99, (ulong)++_ids) };

    private static void Serve(StorageEngine engine)
    {
        for (int stripe = 0; stripe < Stripes; stripe++)
        {
            Assert.True(engine.TryServe(new StripeClaim(stripe, 1)), $"Stripe {stripe} lost its claim.");
        }
    }

    private void Write(StorageEngine engine, SeededJobHost host, int i)
    {
        StripeClaim claim = new(i % Stripes, 1);
        byte[] key = [(byte)('a' + (i % 11))];
        SortedDictionary<string, string> state = new(_states[^1], StringComparer.Ordinal);
        string name = Name(claim.Stripe, key);
        if (i % 9 == 4)
        {
            host.Await(engine.DeleteAsync(claim, key));
            state.Remove(name);
        }
        else if (i == 19)
        {
            host.Await(engine.DropRangeAsync(claim, "c"u8, "f"u8));
            foreach (char letter in "cde")
            {
                state.Remove(Name(claim.Stripe, [(byte)letter]));
            }
        }
        else
        {
            // Lengths that leave every amount of padding behind a group.
            byte[] value = new byte[260 + (i * 7)];
            new Random(i).NextBytes(value);
            host.Await(engine.PutAsync(claim, key, value));
            state[name] = Convert.ToHexString(value);
        }

        _states.Add(state);
    }

    private static SortedDictionary<string, string> StateOf(StorageEngine engine)
    {
        SortedDictionary<string, string> state = new(StringComparer.Ordinal);
        for (int stripe = 0; stripe < Stripes; stripe++)
        {
            using StripeIterator iterator = engine.OpenIterator(new StripeClaim(stripe, 1))!.Value;
            for (IteratorState at = Move(iterator, first: true); at == IteratorState.Entry; at = Move(iterator, first: false))
            {
                state.Add(Name(stripe, iterator.Key), Convert.ToHexString(iterator.Value));
            }
        }

        return state;
    }

    private static IteratorState Move(StripeIterator iterator, bool first)
    {
        IteratorState state;
        while ((state = first ? iterator.SeekFirst() : iterator.Next()) == IteratorState.NeedsDisk)
        {
            iterator.Load();
        }

        return state;
    }

    private static string Name(int stripe, ReadOnlySpan<byte> key)
        => string.Create(CultureInfo.InvariantCulture, $"{stripe}/{Convert.ToHexString(key)}");
}
