using System.Diagnostics;
using System.Diagnostics.Metrics;
using Grpc.Core;

namespace Keystone.Server.Calls;

/// <summary>
/// What is measured of calls, under the names that KeystoneDB's dashboards ask for. Nothing is measured while nobody listens.
/// </summary>
internal sealed class CallMeter : IDisposable
{
    /// <summary>The meter's name.</summary>
    public const string Name = "Keystone.Server";

    private static readonly double[] DurationBounds = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10];

    private readonly Meter _meter = new(Name);
    private readonly Counter<long> _requests;
    private readonly Counter<long> _errors;
    private readonly Counter<long> _limited;
    private readonly Histogram<double> _durations;
    private readonly UpDownCounter<long> _connections;

    public CallMeter()
    {
        _requests = _meter.CreateCounter<long>("kstone_rpc_requests", description: "Calls that have ended, by method and status.");
        _errors = _meter.CreateCounter<long>("kstone_errors", description: "Calls that failed, by the kind of the failure.");
        _limited = _meter.CreateCounter<long>("kstone_rate_limited_requests", description: "Calls refused by a limit of the server.");
        _durations = _meter.CreateHistogram(
            "kstone_rpc_duration",
            "s",
            "Time from a call's arrival to its end, by method.",
            advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = DurationBounds });
        _connections = _meter.CreateUpDownCounter<long>("kstone_active_connections", description: "gRPC connections that are open.");
    }

    /// <summary>A call has ended.</summary>
    public void Ended(string method, StatusCode status, long startTimestamp)
    {
        var methodTag = new KeyValuePair<string, object?>("method", method);
        _requests.Add(1, methodTag, new KeyValuePair<string, object?>("status", status.ToString()));
        _durations.Record(Stopwatch.GetElapsedTime(startTimestamp).TotalSeconds, methodTag);
    }

    /// <summary>A call failed.</summary>
    public void Failed(string kind) => _errors.Add(1, new KeyValuePair<string, object?>("error_type", kind));

    /// <summary>A call was refused because too many are under way.</summary>
    public void Limited() => _limited.Add(1, new KeyValuePair<string, object?>("limit_type", "calls"));

    /// <summary>A connection was opened or closed.</summary>
    public void Connections(int change) => _connections.Add(change);

    public void Dispose() => _meter.Dispose();
}
