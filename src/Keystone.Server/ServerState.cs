namespace Keystone.Server;

/// <summary>
/// Where a server is in its life, and whether its store and its stripes are well: what readiness tells. Phases only go
/// forward. Set by the one who runs the server, asked by everyone.
/// </summary>
internal sealed class ServerState : IDisposable
{
    private readonly CancellationTokenSource _callsMustEnd = new();
    private volatile ServerPhase _phase;
    private volatile bool _storeIsPoisoned;
    private volatile bool _storeIsReopening;
    private volatile string? _deadJob;
    private volatile Func<string?>? _hindrance;
    private volatile Func<(int Serving, int Owned)>? _stripes;

    /// <summary>Where the server is.</summary>
    public ServerPhase Phase => _phase;

    /// <summary>Whether the store is closed and opened anew after a failure.</summary>
    public bool StoreIsReopening
    {
        get => _storeIsReopening;
        set => _storeIsReopening = value;
    }

    /// <summary>Tells why the store has to wait and try again, such as for room; null while there is nobody who knows.</summary>
    public Func<string?>? Hindrance
    {
        get => _hindrance;
        set => _hindrance = value;
    }

    /// <summary>Whether the store refuses writes since one failed. It stays so until the disk was opened anew.</summary>
    public bool StoreIsPoisoned
    {
        get => _storeIsPoisoned;
        set => _storeIsPoisoned = value;
    }

    /// <summary>The name of a background job of the store that is dead, or null. It stays so until the disk was opened anew.</summary>
    public string? DeadJob
    {
        get => _deadJob;
        set => _deadJob = value;
    }

    /// <summary>Tells how many stripes are in service, of how many; null while there is nobody who knows. Asked by every probe.</summary>
    public Func<(int Serving, int Owned)>? Stripes
    {
        get => _stripes;
        set => _stripes = value;
    }

    /// <summary>Fires when the time to drain is over: calls that can go on for long end now.</summary>
    public CancellationToken CallsMustEnd => _callsMustEnd.Token;

    /// <summary>Why the server is not ready, or null if it is.</summary>
    public string? ReasonNotReady() => _phase switch
    {
        ServerPhase.Starting => "starting",
        ServerPhase.Stopping => "stopping",
        _ when StoreIsReopening => "the store is being opened anew after a failure",
        _ when DeadJob is { } job => $"the background job {job} of the store is dead; it has to be opened anew",
        _ when StoreIsPoisoned => "the store takes no writes after a failed write; it has to be opened anew",
        _ when Stripes?.Invoke() is { } stripes && stripes.Serving < stripes.Owned
            => $"{stripes.Serving} of {stripes.Owned} stripes are in service",
        _ => Hindrance?.Invoke() is { } hindrance ? $"the store waits: {hindrance}" : null,
    };

    /// <summary>Goes on to a later phase.</summary>
    public void Enter(ServerPhase phase) => _phase = phase;

    /// <summary>Ends the calls that are still under way after some time.</summary>
    public void EndCallsAfter(TimeSpan drain) => _callsMustEnd.CancelAfter(drain);

    public void Dispose() => _callsMustEnd.Dispose();
}

/// <summary>The phases of a server, in order.</summary>
internal enum ServerPhase
{
    /// <summary>The store is being opened; calls are not taken yet.</summary>
    Starting = 0,

    /// <summary>Calls are taken.</summary>
    Serving = 1,

    /// <summary>Calls under way are finished, new ones refused.</summary>
    Stopping = 2,
}
