using Keystone.Storage;
using Keystone.Storage.Files;
using Keystone.Testing.Disk;

namespace Keystone.Testing.Faults;

/// <summary>An open file of a <see cref="FaultyFileSystem"/>, where the faults of transfers are played.</summary>
internal sealed class FaultyFile(FaultyFileSystem system, IFile inner) : IFile
{
    /// <summary>How far a misdirected transfer misses its place.</summary>
    public const int MissBytes = 4096;

    public string Path => inner.Path;

    public long Length()
    {
        system.Enter(FileCall.Length, Path);
        return inner.Length();
    }

    public int Read(long offset, Span<byte> destination)
    {
        switch (system.Enter(FileCall.Read, Path, offset, destination.Length))
        {
            case FaultKind.Short:
                return inner.Read(offset, destination[..Shorter(destination.Length)]);
            case FaultKind.Misdirect:
                return inner.Read(Missed(offset), destination);
            case FaultKind.FlipBit:
                int read = inner.Read(offset, destination);
                FlipBit(destination[..read]);
                return read;
            default:
                return inner.Read(offset, destination);
        }
    }

    public int Write(long offset, ReadOnlySpan<byte> source)
    {
        switch (system.Enter(FileCall.Write, Path, offset, source.Length))
        {
            case FaultKind.Short:
                return inner.Write(offset, source[..Shorter(source.Length)]);
            case FaultKind.Misdirect:
                return inner.Write(Missed(offset), source);
            case FaultKind.FlipBit:
                byte[] flipped = source.ToArray();
                FlipBit(flipped);
                return inner.Write(offset, flipped);
            default:
                return inner.Write(offset, source);
        }
    }

    public void Sync()
    {
        if (system.Enter(FileCall.Sync, Path) == FaultKind.LostSync)
        {
            (inner as SimulatedFile)?.LoseUnsynced();
            throw system.Failed(StoreErrorCode.Io, FileCall.Sync, Path);
        }

        inner.Sync();
    }

    public void Dispose() => inner.Dispose();

    private static long Missed(long offset) => offset >= MissBytes ? offset - MissBytes : offset + MissBytes;

    private int Shorter(int length) => length > 1 ? 1 + system.Script.Below(length - 1) : length;

    private void FlipBit(Span<byte> bytes)
    {
        if (!bytes.IsEmpty)
        {
            bytes[system.Script.Below(bytes.Length)] ^= (byte)(1 << system.Script.Below(8));
        }
    }
}
