namespace Keystone.Server.Calls;

/// <summary>The bounds of the gRPC door.</summary>
internal static class CallLimits
{
    /// <summary>The largest message of a caller: a batch of 25 items of 400 KB with room for its framing.</summary>
    public const int RequestBytesMax = 16 * 1024 * 1024;

    /// <summary>Calls under way on one connection.</summary>
    public const int StreamsPerConnectionMax = 512;

    /// <summary>A share of the heap for each call under way decides how many there may be.</summary>
    public const int HeapBytesPerCall = 128 * 1024;

    /// <summary>The fewest calls that a server takes at a time, however small it is.</summary>
    public const int CallsMin = 256;

    /// <summary>How often what a batch left undone is tried again, before the call fails.</summary>
    public const int BatchAttemptsMax = 8;

    /// <summary>The pause before the first repeat of a batch; it doubles with each.</summary>
    public static readonly TimeSpan BatchPause = TimeSpan.FromMilliseconds(10);

    /// <summary>How often a quiet connection is asked whether it lives.</summary>
    public static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(30);

    /// <summary>Calls under way at a time under a limit of the heap.</summary>
    public static int CallsMax(long heapBytes) => (int)Math.Clamp(heapBytes / HeapBytesPerCall, CallsMin, int.MaxValue);
}
