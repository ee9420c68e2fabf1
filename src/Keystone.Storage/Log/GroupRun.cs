using Keystone.Storage.Buffers;

namespace Keystone.Storage.Log;

/// <summary>
/// Writes many groups with few calls: groups gather here until they are worth a write. What is told durable is the writer's owner's
/// business; a group that still gathers is nowhere. Disposing without a last <see cref="Write"/> forgets what has gathered.
/// </summary>
internal sealed class GroupRun(GroupWriter writer, MemoryAccount account) : IDisposable
{
    private const int RunBytes = 1 << 20;

    private readonly NativeBuffer _run = new(account, RunBytes);
    private readonly NativeBuffer _group = new(account, NativeBuffer.AlignmentBytes);
    private long _offset = writer.Position;

    /// <summary>Adds a group with this body. May make one write.</summary>
    public void Add(ulong number, ReadOnlySpan<byte> body, ulong durableThrough)
    {
        _group.Clear();
        _group.Append(GroupHeader.Bytes);
        _group.Append(body);
        writer.Complete(_group, number, durableThrough);
        if (_run.Length > 0 && _run.Length + _group.Length > RunBytes)
        {
            Write();
        }

        _run.Append(_group.Written);
    }

    /// <summary>Writes what has gathered.</summary>
    public void Write()
    {
        writer.WriteCompleted(_offset, _run.Written);
        _offset += _run.Length;
        _run.ShrinkTo(RunBytes);
    }

    public void Dispose()
    {
        _run.Dispose();
        _group.Dispose();
    }
}
