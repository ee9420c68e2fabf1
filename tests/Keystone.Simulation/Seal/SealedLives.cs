using Keystone.Storage.Encryption;
using Keystone.Testing.Disk;
using Keystone.Testing.Keys;

namespace Keystone.Simulation.Seal;

/// <summary>
/// A store through several lives. Each writes, flushes, compacts, wraps keys anew and makes a checkpoint as the seed says, and ends by a
/// close or a crash. After each its disk is opened in two places, as after the restore of a backup, and both are written.
/// </summary>
internal sealed class SealedLives(int seed, SealObserver observer)
{
    private const int Lives = 5;

    private static readonly CrashMode[] Modes = Enum.GetValues<CrashMode>();

    private readonly Random _random = new(seed);
    private readonly TestKeyRing _ring = new("k0");
    private SimulatedFileSystem _disk = new();
    private Dictionary<string, byte[]>? _expected;
    private int _keys;
    private int _copies;

    public void Run(Action<string> note)
    {
        for (int life = 0; life < Lives; life++)
        {
            SealedStore store = SealedStore.Open(_disk, seed, _ring, observer, _expected);
            for (int i = 0; i < 6; i++)
            {
                store.Write(_random.Next(60));
                Do(store, _random.Next(6), note);
            }

            End(store, note);
            Reopen(_disk.Clone(), SealedStore.Directory);
        }
    }

    private void Do(SealedStore store, int what, Action<string> note)
    {
        switch (what)
        {
            case 0:
                store.Host.Await(store.Engine.FlushAsync());
                break;
            case 1:
                store.Host.Await(store.Engine.CompactAsync());
                break;
            case 2:
                _ring.Add($"k{++_keys}");
                _ring.CurrentKeyId = $"k{_keys}";
                store.Host.Await(store.Engine.RewrapAsync());
                note("rotations");
                break;
            case 3:
                string copy = $"/copy-{++_copies}";
                store.Host.Await(store.Engine.CheckpointAsync(copy));
                Reopen(_disk.Clone(), copy, store.Expected());
                note("checkpoints");
                break;
            default:
                store.Host.RunFor(TimeSpan.FromMilliseconds(300));
                break;
        }
    }

    private void End(SealedStore store, Action<string> note)
    {
        _expected = store.Expected();
        SimulatedFileSystem? left = _random.Next(2) == 0 ? _disk.AfterCrash(Modes[_random.Next(Modes.Length)], _random.Next()) : null;
        store.Close();
        note(left is null ? "closes" : "crashes");
        _disk = left ?? _disk;
    }

    private void Reopen(SimulatedFileSystem disk, string directory, Dictionary<string, byte[]>? expected = null)
    {
        SealedStore twin = SealedStore.Open(disk, seed, _ring, observer, expected ?? _expected!, directory);
        twin.Write(20);
        twin.Host.Await(twin.Engine.FlushAsync());
        twin.Check();
        twin.Close();
    }
}
