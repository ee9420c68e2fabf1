namespace Keystone.Testing.Disk;

/// <summary>
/// What a crash of the simulated machine leaves on its disk. In every power loss, what was synced stays; the modes differ in the
/// fate of what was not. Where a mode says "drawn", each file and each directory draws for itself, by the seed of the crash.
/// </summary>
public enum CrashMode
{
    /// <summary>The process dies, the machine lives: nothing is lost, but what was not synced still is not.</summary>
    ProcessKill,

    /// <summary>Power loss: nothing but what was synced is left.</summary>
    DropAll,

    /// <summary>Power loss: all that was written is left, but for what a failed sync dropped.</summary>
    KeepAll,

    /// <summary>
    /// Power loss: every 512-byte sector draws between its old, its new and an intermediate content; sizes and names draw too.
    /// </summary>
    RandomSectors,

    /// <summary>Power loss: the same by blocks of 4 KiB.</summary>
    RandomBlocks,

    /// <summary>
    /// Power loss: of the unsynced writes to a file, and of the changes to a directory, a drawn number of the first is left.
    /// </summary>
    Prefix,

    /// <summary>Power loss: all is left, but the last unsynced write to each file is torn between two of its sectors.</summary>
    TornLast,

    /// <summary>
    /// Power loss: the sectors and names that were changed lately are left as they are, those changed longer ago are not.
    /// </summary>
    Reordered,

    /// <summary>Power loss: the names are left; the unsynced contents are old, zeros or cut off.</summary>
    EntriesOnly,

    /// <summary>Power loss: the contents are left; the names fall back to those of the last directory sync.</summary>
    DataOnly,
}

/// <summary>On which side of its call a planned crash comes.</summary>
public enum CrashMoment
{
    /// <summary>The call has no effect.</summary>
    Before,

    /// <summary>The call has its whole effect, of which its caller never hears.</summary>
    After,
}

/// <summary>
/// Thrown by every call on a simulated disk whose machine, or whose process, is no more. No code may treat it as a failure of the
/// disk.
/// </summary>
public sealed class SimulatedCrash(string message) : Exception(message);
