using Keystone.Simulation.Laws;
using Keystone.Simulation.Scripts;
using Keystone.Storage;
using Keystone.Storage.Jobs;
using Keystone.Testing.Disk;
using Keystone.Testing.Jobs;

namespace Keystone.Simulation.Threads;

/// <summary>
/// A store of small sizes on a simulated disk, whose jobs run on threads of their own. Whatever dies in the background fails the team.
/// </summary>
internal sealed class ThreadStore : IDisposable
{
    /// <summary>As many stripes as there are is also the number of parts of a batch over all of them.</summary>
    public const int Stripes = 4;

    private readonly ThreadJobHost _host;
    private readonly StoreOptions _options;
    private long _ids;
    private bool _isOpen = true;

    public ThreadStore(int seed, Action<string, Exception> onFailure)
    {
        _host = new ThreadJobHost(onFailure: (job, failure) => onFailure($"job {job.Name}", failure));
        _options = SwarmOptions.Draw(seed, Disk, new SeededJobHost(seed)) with
        {
            JobHost = _host,
            StripeCount = Stripes,
            ReadThreads = 2,
            CompactionThreads = 1 + (seed % 2),
            NewId = () => new UInt128((ulong)seed, (ulong)Interlocked.Increment(ref _ids)),
        };
        Engine = StorageEngine.Create(SwarmOptions.Directory, _options);
        Wait(Engine.ClaimAsync(Enumerable.Range(0, Stripes).Select(stripe => new StripeClaim(stripe, 1))));
        StoreCheck.Serve(Engine);
    }

    public SimulatedFileSystem Disk { get; } = new();

    public StorageEngine Engine { get; private set; }

    /// <summary>Waits on this thread, as callers do who have one to themselves.</summary>
    public static T Wait<T>(ValueTask<T> call) => call.IsCompleted ? call.Result : call.AsTask().GetAwaiter().GetResult();

    public static void Wait(ValueTask call) => call.AsTask().GetAwaiter().GetResult();

    /// <summary>Closes the store and requires that it gives back all memory and all handles.</summary>
    public void Close()
    {
        Wait(Engine.DisposeAsync());
        _isOpen = false;
        LawOptions.RequireAllGivenBack(Engine);
        LawFailure.Require(Disk.OpenHandles == 0, $"{Disk.OpenHandles} files are open behind the close");
    }

    /// <summary>Opens it again, after a close.</summary>
    public void Open()
    {
        Engine = LawOptions.Open(_options);
        _isOpen = true;
    }

    /// <summary>What another machine finds on a disk that this store has left behind. It is looked at by this thread alone.</summary>
    public void Visit(SimulatedFileSystem disk, int seed, Action<StorageEngine> look)
    {
        SeededJobHost host = new(seed);
        StorageEngine engine = LawOptions.Open(_options with { FileSystem = disk, JobHost = host });
        look(engine);
        LawOptions.Close(engine, host);
    }

    /// <summary>Ends the threads of a store that was closed. Those of one that has failed are left to the end of the process.</summary>
    public void Dispose()
    {
        if (!_isOpen)
        {
            Wait(_host.DisposeAsync());
        }
    }
}
