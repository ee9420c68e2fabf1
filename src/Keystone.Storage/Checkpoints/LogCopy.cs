using Keystone.Storage.Buffers;
using Keystone.Storage.Files;
using Keystone.Storage.Jobs;
using Keystone.Storage.Log;
using Keystone.Storage.Versions;

namespace Keystone.Storage.Checkpoints;

/// <summary>
/// Writes the live log of a store into one segment of its copy, group by group under the copy's identity.
/// <para>
/// What enters: the groups through the plan's last one, out of segments to which the committer goes on writing behind that group. What
/// leaves: a closed segment. What always holds: numbers and bodies stay as they were, headers and checksums are made anew; what the files
/// hold of the oldest groups is left out; a group that is missing or damaged is corruption, since all of them are durable.
/// </para>
/// </summary>
internal sealed class LogCopy : IDisposable
{
    private readonly IFileSystem _files;
    private readonly string _directory;
    private readonly UInt128 _storeId;
    private readonly CheckpointPlan _plan;
    private readonly MemoryAccount _account;
    private readonly NativeBuffer _group;
    private readonly ulong[] _epochs;
    private readonly ulong[] _flushedThrough;

    /// <summary>Copies from the store of this directory and id.</summary>
    public LogCopy(IFileSystem files, string directory, UInt128 storeId, int stripeCount, CheckpointPlan plan, MemoryAccount account)
    {
        _files = files;
        _directory = directory;
        _storeId = storeId;
        _plan = plan;
        _account = account;
        _group = new NativeBuffer(account, NativeBuffer.AlignmentBytes);
        _epochs = new ulong[stripeCount];
        plan.State.Claims.ForEach(c => _epochs[c.Stripe] = c.Epoch);
        _flushedThrough = new ulong[stripeCount];
        plan.State.FlushedThrough.ForEach(f => _flushedThrough[f.Stripe] = f.Sequence);
        LastSequences = [.. _flushedThrough];
    }

    /// <summary>The newest sequence of every stripe, in files or in the copied groups.</summary>
    public ulong[] LastSequences { get; }

    /// <summary>The first group that was copied; 0 while there is none.</summary>
    public ulong FirstGroup { get; private set; }

    /// <summary>Bytes of the segment.</summary>
    public long Bytes { get; private set; }

    /// <summary>Copies, one call a step. <paramref name="open"/> makes the segment when there is something for it.</summary>
    public IEnumerable<JobStep> Run(Func<GroupWriter> open)
    {
        GroupWriter? writer = null;
        try
        {
            foreach (SegmentRecord segment in _plan.Log.Segments)
            {
                using IFile file = _files.Open(Path.Combine(_directory, FileNames.Segment(segment.FileNumber)), writable: false);
                using GroupReader reader = new(file, _storeId, segment.Generation, GroupKind.Commit, _account, KeysOf(segment));
                yield return JobStep.Again;
                ulong last = segment.IsClosed ? Math.Min(segment.EndGroup, _plan.LastGroup) : _plan.LastGroup;
                for (ulong number = segment.FirstGroup; number <= last; number++)
                {
                    RequireNext(reader, number, file.Path);
                    if (FirstGroup != 0 || IsNeeded(reader.Body))
                    {
                        Copy(reader, writer ??= open());
                    }

                    yield return JobStep.Again;
                }

                // Writers wait when the log is at its bound, so what was read is let go at once.
                _plan.Log.MoveTo(last + 1);
            }

            writer?.Sync();
            yield return JobStep.Again;
        }
        finally
        {
            writer?.Dispose();
        }
    }

    public void Dispose() => _group.Dispose();

    private GroupKeys KeysOf(SegmentRecord segment)
        => new(_plan.State.Keys.Find(key => key.FileNumber == segment.FileNumber)?.Key, Vault: null);

    private void RequireNext(GroupReader reader, ulong number, string path)
    {
        long offset = reader.Position;
        if (!reader.TryReadNext() || reader.Header.Number != number)
        {
            throw StoreException.Corrupt(path, offset, $"group {number}, which is durable, is not there");
        }

        ReadOnlySpan<byte> body = reader.Body;
        while (!body.IsEmpty)
        {
            if (!LogPart.TryRead(ref body, out LogPart part) || part.Stripe >= LastSequences.Length)
            {
                throw StoreException.Corrupt(path, offset, $"group {number} does not decode");
            }

            if (IsNeeded(part))
            {
                LastSequences[part.Stripe] = LastSequenceOf(part);
            }
        }
    }

    private void Copy(GroupReader reader, GroupWriter writer)
    {
        _group.Clear();
        _group.Append(GroupHeader.Bytes);
        _group.Append(reader.Body);
        ulong number = reader.Header.Number;

        // Nobody is told of the copy before its end is in its manifest, which says more than any group could.
        writer.Write(_group, number, durableThrough: 0);
        FirstGroup = FirstGroup == 0 ? number : FirstGroup;
        Bytes = writer.Position;
    }

    private bool IsNeeded(ReadOnlySpan<byte> body)
    {
        while (LogPart.TryRead(ref body, out LogPart part))
        {
            if (IsNeeded(part))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether replay would apply the part: what is in files, or stands under a claim that is past, it skips.</summary>
    private bool IsNeeded(LogPart part) => part.Epoch == _epochs[part.Stripe] && LastSequenceOf(part) > _flushedThrough[part.Stripe];

    private static ulong LastSequenceOf(LogPart part) => part.FirstSequence + (ulong)part.Count - 1;
}
