using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using Keystone.Storage.Log;

namespace Keystone.Storage.Recovery;

/// <summary>
/// Some of the stripes, and what of the log waits to be applied to them. The queue and the marks are guarded by the gate of
/// <see cref="ReplayLanes"/>; the rest belongs to whoever has marked the lane busy.
/// </summary>
internal sealed class ReplayLane
{
    private int _nextPart;

    public Queue<ReplayBatch> Waiting { get; } = [];

    public bool IsBusy { get; set; }

    /// <summary>The batch that is worked on. While it is, others may put more into the queue.</summary>
    public ReplayBatch? Current { get; set; }

    /// <summary>Whether the pool had no room for the next part.</summary>
    public bool LacksRoom { get; set; }

    /// <summary>What was thrown first; from then on the lane lets everything pass.</summary>
    public ExceptionDispatchInfo? Failure { get; private set; }

    /// <summary>Where in the log the failure stands: the group's number and the place in its batch.</summary>
    public (ulong Group, int Start) FailedAt { get; private set; }

    /// <summary>Applies the lane's parts of a batch. False when the pool has no room for the next one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public bool Apply(ReplayBatch batch, List<ReplayPart> parts, StripeReplay replay)
    {
        PartReceiver apply = replay.TryApply;
        for (; _nextPart < parts.Count; _nextPart++)
        {
            if (!Try(batch, parts[_nextPart], apply))
            {
                return false;
            }
        }

        _nextPart = 0;
        return true;
    }

    /// <summary>
    /// Applies the next part, however much room has to be made for it. By the caller of the replay, while all lanes rest.
    /// </summary>
    public void ApplyNext(ReplayBatch batch, List<ReplayPart> parts, StripeReplay replay)
    {
        Try(batch, parts[_nextPart], (number, part, path, offset) =>
        {
            replay.Apply(number, part, path, offset);
            return true;
        });
        _nextPart++;
    }

    /// <summary>Whatever a part meets belongs to the open that waits for it, and must not end the thread that others share.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private bool Try(ReplayBatch batch, ReplayPart place, PartReceiver apply)
    {
        if (Failure is not null)
        {
            return true;
        }

        ReplayGroup group = batch.GroupOf(place);
        try
        {
            return apply(group.Number, batch.Read(place), group.Path, group.OffsetBytes);
        }
        catch (Exception failure)
        {
            Failure = ExceptionDispatchInfo.Capture(failure);
            FailedAt = (group.Number, place.Start);
            return true;
        }
    }

    private delegate bool PartReceiver(ulong number, LogPart part, string path, long offset);
}
