using System.IO.Hashing;
using System.Runtime.InteropServices;

namespace Keystone.Testing.Disk;

/// <summary>Counting calls, and ending the life of the process or of the machine at one of them.</summary>
public sealed partial class SimulatedFileSystem
{
    private long _crashCall;
    private CrashMoment _crashMoment;
    private string? _death;
    private (FileCall Call, string Path) _current;

    /// <summary>Calls so far, of all kinds.</summary>
    public long CallCount { get; private set; }

    /// <summary>Calls so far that could change what is on the disk, see <see cref="FileCalls.IsWrite"/>.</summary>
    public long WriteCallCount { get; private set; }

    /// <summary>Files and locks that are open. Zero when all that was opened was closed.</summary>
    public int OpenHandles { get; private set; }

    /// <summary>How many crashes lie between the first disk and this one.</summary>
    public int CrashCount { get; private init; }

    /// <summary>Whether the process or the machine is gone, so that every call throws <see cref="SimulatedCrash"/>.</summary>
    public bool IsDead => _death is not null;

    /// <summary>
    /// Called before each call takes effect, with its kind, its path and its number among the calls that write (unchanged if it
    /// does not).
    /// </summary>
    public Action<FileCall, string, long>? OnCall { get; set; }

    /// <summary>
    /// Plans the end at a call: the call of this number among those that write, counted from 1, throws <see cref="SimulatedCrash"/>,
    /// and so does every call after it. <see cref="Crash"/> then says what is left. Zero plans nothing.
    /// </summary>
    public void CrashAtCall(long writeCall, CrashMoment moment)
    {
        lock (_gate)
        {
            _crashCall = writeCall;
            _crashMoment = moment;
        }
    }

    /// <summary>
    /// Ends the life of this disk's process, or machine, and returns the disk that its next life finds: without handles and
    /// locks.
    /// </summary>
    public SimulatedFileSystem Crash(CrashMode mode, int seed)
    {
        lock (_gate)
        {
            _death ??= $"the disk ended with {mode}, seed {seed}";
            return AfterCrash(mode, seed);
        }
    }

    /// <summary>The disk that a crash at this moment would leave, while this one lives on.</summary>
    public SimulatedFileSystem AfterCrash(CrashMode mode, int seed)
    {
        lock (_gate)
        {
            DirectoryTree tree = mode == CrashMode.ProcessKill ? _tree.Clone() : _tree.After(new PowerLoss(mode, seed));
            return new SimulatedFileSystem(tree, CapacityBytes) { CrashCount = CrashCount + 1 };
        }
    }

    /// <summary>A copy of the disk as it is, with what is unsynced. Handles and locks stay with the original.</summary>
    public SimulatedFileSystem Clone() => AfterCrash(CrashMode.ProcessKill, seed: 0);

    /// <summary>A number made of all names, lengths and contents as readers see them. Equal for equal disks. Not a counted call.</summary>
    public ulong Fingerprint()
    {
        lock (_gate)
        {
            XxHash3 hash = new();
            foreach ((string path, Inode file) in _tree.Files().OrderBy(entry => entry.Path, StringComparer.Ordinal))
            {
                hash.Append(MemoryMarshal.AsBytes(path.AsSpan()));
                file.Cached.AppendTo(hash);
            }

            return hash.GetCurrentHashAsUInt64();
        }
    }

    private void Begin(FileCall call, string path)
    {
        ThrowIfDead();
        CallCount++;
        if (call.IsWrite())
        {
            WriteCallCount++;
        }

        OnCall?.Invoke(call, path, WriteCallCount);
        if (_crashCall > 0 && call.IsWrite() && WriteCallCount >= _crashCall + (int)_crashMoment)
        {
            Die(call, path);
        }

        _current = (call, path);
    }

    /// <summary>The end of a call that wrote and did not fail.</summary>
    private void End()
    {
        if (_crashCall > 0 && WriteCallCount >= _crashCall)
        {
            Die(_current.Call, _current.Path);
        }
    }

    private void Die(FileCall call, string path)
    {
        _death = $"the disk ended at call {WriteCallCount}, {call} of {path}, {_crashMoment} it";
        ThrowIfDead();
    }

    private void ThrowIfDead()
    {
        if (_death is not null)
        {
            throw new SimulatedCrash(_death);
        }
    }
}
