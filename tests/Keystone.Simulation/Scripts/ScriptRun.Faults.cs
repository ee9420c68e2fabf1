using Keystone.Storage;
using Keystone.Storage.Versions;
using Keystone.Testing.Disk;

namespace Keystone.Simulation.Scripts;

/// <content>
/// What follows when an operation has failed by a fault of the disk: either it has failed alone and the store goes on, or the store
/// is poisoned and its next life has everything that was acknowledged.
/// </content>
internal sealed partial class ScriptRun
{
    /// <summary>Whether a store is open.</summary>
    public bool IsOpen => _engine is not null;

    /// <summary>Runs to the end whatever the faults do, and loses power then.</summary>
    public void RunWithFaults()
    {
        Attempt(Begin);
        for (int i = 0; i < _script.Operations; i++)
        {
            Attempt(DoNext);
        }

        while (_engine is not null)
        {
            Attempt(Close);
        }

        RequireDurable(CrashMode.DropAll);
    }

    /// <summary>A power loss at this moment leaves everything that was acknowledged as synced.</summary>
    public void RequireDurable(CrashMode mode)
    {
        if (IsClaimed)
        {
            StoreCheck.RecoverAndVerify(Disk.AfterCrash(mode, Seed), History, History.SyncedThrough, Seed);
        }
    }

    private void Attempt(Action operation)
    {
        bool isClose = operation == Close;
        try
        {
            operation();
        }
        catch (StoreException failure)
        {
            Require(_faults!.Strikes > 0, $"an operation failed though no call had: {failure.Message}");
            if (_engine is null)
            {
                RequireNoHandles();
            }
            else
            {
                SettleAfter(failure);
            }

            if (_engine is null && !isClose)
            {
                BeginAgain();
            }
        }
    }

    /// <summary>Waits for all writes that are under way. If the store is poisoned, its life ends here.</summary>
    private void SettleAfter(StoreException failure)
    {
        StorageEngine engine = _engine!;
        Host.RunUntil(() => _inFlight.TrueForAll(w => w.Write.IsCompleted));
        foreach ((ValueTask<WriteResult> write, Batch batch, WriteDurability durability) in _inFlight)
        {
            if (write.IsCompletedSuccessfully)
            {
                WriteStatus status = write.Result.Status;
                Require(status == WriteStatus.Committed, $"a write was answered with {status}");
                History.Acknowledge(batch, durability);
            }
            else
            {
                StoreException refusal = ((StoreException?)write.AsTask().Exception?.InnerException)!;
                Require(refusal.Code == StoreErrorCode.Poisoned, $"a write failed in a store that takes writes: {refusal.Message}");
            }
        }

        _inFlight.Clear();
        if (!engine.Statistics().IsPoisoned)
        {
            ForgetWhatFailed(engine, failure);
            return;
        }

        RequireSomeState(engine);
        RequireDurable(CrashMode.DropAll);
        End();
    }

    /// <summary>The operation has failed alone: it has left nothing behind.</summary>
    private void ForgetWhatFailed(StorageEngine engine, StoreException failure)
    {
        Require(failure.Code != StoreErrorCode.Poisoned, $"the store is not poisoned, though it says so: {failure.Message}");
        if (IsClaimed && History.PrefixOf(engine.LastSequenceOf) < History.Count)
        {
            History.ForgetLast();
            Require(History.PrefixOf(engine.LastSequenceOf) == History.Count, "a write that failed alone took others with it");
        }

        if (!IsClaimed)
        {
            End();
        }
    }

    /// <summary>
    /// A poisoned store that was served answers from what was published: all that was acknowledged, and perhaps more.
    /// </summary>
    private void RequireSomeState(StorageEngine engine)
    {
        if (engine.StateOf(0).State != StripeState.Poisoned)
        {
            return;
        }

        for (int count = History.BufferedThrough; ; count++)
        {
            try
            {
                StoreCheck.RequireState(engine, History.StateAfter(count), snapshot: null);
                return;
            }
            catch (BrokenPromise) when (count < History.Count)
            {
                // Perhaps one more was published.
            }
        }
    }

    /// <summary>The next life of a store whose last one has ended, or of a directory in which none was made yet.</summary>
    private void BeginAgain()
    {
        try
        {
            _engine = StorageEngine.Open(SwarmOptions.Directory, Options);
        }
        catch (StoreException missing) when (missing.Code == StoreErrorCode.NotFound && !IsCreated)
        {
            _engine = StorageEngine.Create(SwarmOptions.Directory, Options);
        }

        IsCreated = true;
        if (!IsClaimed)
        {
            Claim();
            return;
        }

        StoreCheck.Serve(_engine);
        History.TruncateTo(StoreCheck.RequirePrefix(_engine, History, History.BufferedThrough));
    }
}
