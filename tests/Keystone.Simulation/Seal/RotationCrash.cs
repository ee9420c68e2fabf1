using Keystone.Storage;
using Keystone.Storage.Encryption;
using Keystone.Testing.Disk;
using Keystone.Testing.Keys;

namespace Keystone.Simulation.Seal;

/// <summary>
/// Wraps all keys anew while the store is written, and cuts it off at every call that changes the disk, by a kill or a power loss. What is
/// left opens with both keys and holds everything; once the change was acknowledged it opens with the new one alone.
/// </summary>
internal sealed class RotationCrash(int seed, SealObserver observer)
{
    private static readonly CrashMode[] Modes = Enum.GetValues<CrashMode>();

    private readonly SimulatedFileSystem _disk = new();
    private readonly TestKeyRing _ring = new("old");
    private int _turn;

    public void Run(Action<string> note)
    {
        SealedStore store = SealedStore.Open(_disk, seed, _ring, observer, expected: null);
        store.Write(80);
        store.Host.Await(store.Engine.FlushAsync());
        store.Write(20);
        _ring.Add("new");
        _ring.CurrentKeyId = "new";
        RequireOldNeeded(store);

        bool isForking = false;
        _disk.OnCall = (call, _, number) =>
        {
            if (call.IsWrite() && !isForking)
            {
                isForking = true;
                Verify(store.Expected(), (int)number, _ring);
                note("crashes within a rotation");
                isForking = false;
            }
        };
        RewrapResult result = store.Host.Await(store.Engine.RewrapAsync());
        _disk.OnCall = null;
        if (result.CurrentKeyId != "new" || !result.RetiredKeyIds.SequenceEqual(["old"]))
        {
            throw new SealFailure($"{result.CurrentKeyId} is told to be current and {string.Join(", ", result.RetiredKeyIds)} retired");
        }

        TestKeyRing without = new("new");
        for (int i = 0; i < Modes.Length; i++)
        {
            Verify(store.Expected(), i, without);
        }

        store.Write(30);
        store.Host.Await(store.Engine.FlushAsync());
        Verify(store.Expected(), -1, without);
        store.Check();
        store.Close();
        note("rotations");
    }

    private void RequireOldNeeded(SealedStore store)
    {
        try
        {
            Verify(store.Expected(), 0, new TestKeyRing("new"));
        }
        catch (StoreException missing) when (missing.Code == StoreErrorCode.KeyMissing)
        {
            return;
        }

        throw new SealFailure("a store under the old key opened with the new one");
    }

    private void Verify(Dictionary<string, byte[]> expected, int call, IKeyRing ring)
    {
        CrashMode mode = Modes[(seed + _turn++) % Modes.Length];
        SimulatedFileSystem left = _disk.AfterCrash(mode, unchecked((seed * 31) + call));
        SealedStore again = SealedStore.Open(left, seed, ring, observer, expected);
        again.Write(3);
        again.Check();
        again.Close();
    }
}
