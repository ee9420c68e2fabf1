using System.Runtime.InteropServices;
using Keystone.Benchmarks.Workloads;
using Keystone.Storage.Files;
using Keystone.Storage.Log;

namespace Keystone.Benchmarks.Micro;

/// <summary>One way to bring a group into a segment and onto stable storage.</summary>
/// <param name="Name">As it is printed.</param>
/// <param name="OpenFlags">With what the segment is opened besides reading and writing.</param>
/// <param name="BlockBytes">Every write starts and ends at a multiple of this.</param>
/// <param name="StepBytes">
/// Every group starts at a multiple of this. Where it is less than a block, the block that the last group ended in is written again
/// with the next one.
/// </param>
/// <param name="NeedsSync">Whether a write is durable only after a sync.</param>
internal sealed record LogWay(string Name, int OpenFlags, int BlockBytes, int StepBytes, bool NeedsSync)
{
    private const int DirectBlockBytes = 4096;
    private const int OpenDataSync = 0x1000; // O_DSYNC

    // O_DIRECT, which is not the same on every processor.
    private static readonly int OpenDirect = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 0x10000 : 0x4000;

    /// <summary>A buffered write and a sync: the engine's way, and what the others are compared with.</summary>
    public static LogWay DataSync { get; } = new("fdatasync", 0, GroupHeader.Alignment, GroupHeader.Alignment, NeedsSync: true);

    public static LogWay[] All { get; } =
    [
        DataSync,
        new("dsync", OpenDataSync, GroupHeader.Alignment, GroupHeader.Alignment, NeedsSync: false),
        new("direct", OpenDirect | OpenDataSync, DirectBlockBytes, DirectBlockBytes, NeedsSync: false),
        new("direct_tail", OpenDirect | OpenDataSync, DirectBlockBytes, GroupHeader.Alignment, NeedsSync: false),
    ];

    /// <summary>Opens a file that is there already.</summary>
    /// <exception cref="BenchmarkException">The file system knows no such way, or the file cannot be opened.</exception>
    public PosixFile Open(string path)
    {
        int descriptor = PosixCalls.Open(path, PosixCalls.OpenReadWrite | PosixCalls.OpenCloseOnExec | OpenFlags, PosixCalls.FileMode);
        if (descriptor < 0)
        {
            string reason = Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError());
            throw new BenchmarkException($"{path} cannot be opened for {Name}: {reason}. Name a directory on another file system.");
        }

        return new PosixFile(path, new PosixHandle(descriptor));
    }
}
