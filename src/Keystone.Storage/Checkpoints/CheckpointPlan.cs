using Keystone.Storage.Commit;
using Keystone.Storage.Versions;

namespace Keystone.Storage.Checkpoints;

/// <summary>
/// What a checkpoint is going to copy: the manifest at one of its records, the log through a group that was durable then, and references
/// that keep both from going meanwhile. Made on the manifest's turn; disposing gives the references back.
/// </summary>
/// <param name="State">Everything that the manifest said.</param>
/// <param name="LastGroup">
/// The last group to copy. It is read behind the state: a record is never ahead of the log, so the groups up to here hold every batch of
/// which some file holds a part. And it is read on the manifest's turn: no group up to here was written under a claim that the state
/// does not have.
/// </param>
/// <param name="Files">The files of every stripe that has any, one reference each.</param>
/// <param name="Log">Keeps the segments.</param>
internal sealed record CheckpointPlan(VersionEdit State, ulong LastGroup, IReadOnlyList<StripeFiles> Files, LogHold Log) : IDisposable
{
    public void Dispose()
    {
        Log.Dispose();
        foreach (StripeFiles files in Files)
        {
            files.Release();
        }
    }
}
