using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;

namespace Keystone.Cluster.Tests.Hosting;

/// <summary>Counts the probes that membership on one silo sends to others, by Orleans' own instruments.</summary>
internal sealed class ProbeCounts : IDisposable
{
    private const string AnsweredName = "orleans-messaging-pings-reply-received";
    private const string MissedName = "orleans-messaging-pings-reply-missed";

    private readonly MeterListener _listener = new();
    private int _answered;
    private int _missed;

    public ProbeCounts(TestSilo silo)
    {
        IMeterFactory meters = silo.Services.GetRequiredService<IMeterFactory>();
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            // Other silos of this process have instruments of the same names.
            if (instrument.Name is AnsweredName or MissedName && ReferenceEquals(instrument.Meter.Scope, meters))
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<int>((instrument, count, _, _) =>
            Interlocked.Add(ref instrument.Name == AnsweredName ? ref _answered : ref _missed, count));
        _listener.Start();
    }

    public int Answered => Volatile.Read(ref _answered);

    public int Missed => Volatile.Read(ref _missed);

    public void Dispose() => _listener.Dispose();
}
