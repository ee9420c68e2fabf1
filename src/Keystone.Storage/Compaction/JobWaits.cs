using System.Runtime.CompilerServices;
using Keystone.Storage.Jobs;
using Keystone.Storage.Versions;

namespace Keystone.Storage.Compaction;

/// <summary>
/// How a job waits for what others do, in steps. The handle is asked for when there is something to tell: a job may begin to wait before
/// the host has handed its handle over.
/// </summary>
internal static class JobWaits
{
    /// <summary>Sleeps until the write is done. Throws what the write threw.</summary>
    public static IEnumerable<JobStep> For(ValueTask<WriteResult> write, Func<IJobHandle?> handle)
    {
        ConfiguredValueTaskAwaitable<WriteResult>.ConfiguredValueTaskAwaiter awaiter = write.ConfigureAwait(false).GetAwaiter();
        if (!awaiter.IsCompleted)
        {
            StrongBox<bool> isDone = new(false);
            awaiter.UnsafeOnCompleted(() =>
            {
                Volatile.Write(ref isDone.Value, true);
                handle()?.Wake();
            });
            while (!Volatile.Read(ref isDone.Value))
            {
                yield return JobStep.Sleep;
            }
        }

        awaiter.GetResult();
    }

    /// <summary>Sleeps until the edit is durable and in force. Throws when the store is poisoned meanwhile.</summary>
    public static IEnumerable<JobStep> For(ManifestLog manifest, VersionEdit edit, Poison poison, Func<IJobHandle?> handle)
    {
        StrongBox<bool> isDone = new(false);
        manifest.Submit(edit, () =>
        {
            Volatile.Write(ref isDone.Value, true);
            handle()?.Wake();
        });
        while (!Volatile.Read(ref isDone.Value))
        {
            if (poison.IsSet)
            {
                throw poison.ToException();
            }

            yield return JobStep.Sleep;
        }
    }
}
