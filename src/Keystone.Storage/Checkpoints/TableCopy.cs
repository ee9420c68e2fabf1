using Keystone.Storage.Buffers;
using Keystone.Storage.Files;
using Keystone.Storage.Jobs;

namespace Keystone.Storage.Checkpoints;

/// <summary>
/// Gives a table file a second name in another directory, or copies it where there are no links between the two. A table file never changes
/// and is synced before any manifest names it, so one file may stand in two stores; each removes its own name. The name is durable after a
/// sync of the directory only.
/// </summary>
internal sealed class TableCopy(IFileSystem files, string source, string target, MemoryAccount account)
{
    private const int ChunkBytes = 1 << 20;

    public long LinkedBytes { get; private set; }

    public long CopiedBytes { get; private set; }

    /// <summary>Links or copies one file of this length, one call a step.</summary>
    public IEnumerable<JobStep> Run(long fileNumber, long fileBytes)
    {
        string name = FileNames.Sst(fileNumber);
        bool isLinked = files.TryLink(Path.Combine(source, name), Path.Combine(target, name));
        yield return JobStep.Again;
        if (isLinked)
        {
            LinkedBytes += fileBytes;
            yield break;
        }

        using NativeBuffer chunk = new(account, ChunkBytes);
        using IFile from = files.Open(Path.Combine(source, name), writable: false);
        using IFile to = files.Create(Path.Combine(target, name));
        for (long offset = 0; offset < fileBytes; offset += ChunkBytes)
        {
            chunk.Clear();
            from.ReadExactly(offset, chunk.Append((int)Math.Min(ChunkBytes, fileBytes - offset)));
            yield return JobStep.Again;
            to.WriteAll(offset, chunk.Written);
            CopiedBytes += chunk.Length;
            yield return JobStep.Again;
        }

        to.Sync();
        yield return JobStep.Again;
    }
}
