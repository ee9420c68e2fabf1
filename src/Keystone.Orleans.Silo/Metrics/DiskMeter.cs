using System.Diagnostics.Metrics;
using Keystone.Database;
using Keystone.Model;
using Keystone.Orleans.Silo.Nodes;

namespace Keystone.Orleans.Silo.Metrics;

/// <summary>
/// Reports the figures of the disk to whoever collects them. Collectors ask for one instrument after the other, so the figures are
/// taken once and kept for a second. Nothing is reported while the disk is not open.
/// </summary>
internal sealed class DiskMeter : ILifecycleParticipant<ISiloLifecycle>
{
    private const string BytesUnit = "By";
    private static readonly TimeSpan FiguresAgeMax = TimeSpan.FromSeconds(1);

    private readonly NodeHost _host;
    private readonly IMeterFactory _meters;
    private readonly TimeProvider _time;
    private readonly Lock _lock = new();
    private DatabaseStatistics? _figures;
    private long _takenAt;

    public DiskMeter(NodeHost host, IMeterFactory meters, TimeProvider time)
    {
        _host = host;
        _meters = meters;
        _time = time;
    }

    /// <inheritdoc/>
    public void Participate(ISiloLifecycle lifecycle)
        => lifecycle.Subscribe(nameof(DiskMeter), ServiceLifecycleStage.ApplicationServices, StartAsync, static _ => Task.CompletedTask);

    private Task StartAsync(CancellationToken cancellationToken)
    {
        Meter meter = _meters.Create(KeystoneMetrics.MeterName);
        Gauge(meter, KeystoneMetrics.StripesServing, "{stripe}", "Stripes in service.", _ => _host.ServingCount);
        Gauge(meter, KeystoneMetrics.Tables, "{table}", "Tables of the catalog.", figures => figures.Tables);
        Gauge(meter, KeystoneMetrics.TableFiles, "{file}", "Table files.", figures => figures.FilesByLevel.Sum());
        Gauge(meter, KeystoneMetrics.TableFileBytes, BytesUnit, "Size of all table files.", figures => figures.BytesByLevel.Sum());
        Gauge(meter, KeystoneMetrics.WriteBufferBytes, BytesUnit, "Memory of writes not flushed yet.", figures => figures.WriteBufferBytes);
        Gauge(meter, KeystoneMetrics.LogBytes, BytesUnit, "Log in use.", figures => figures.LogBytes);
        Gauge(meter, KeystoneMetrics.BlockCacheBytes, BytesUnit, "Memory of cached blocks.", figures => figures.BlockCacheBytes);
        Gauge(meter, KeystoneMetrics.OpenTableFiles, "{file}", "Table files that are open.", figures => figures.OpenTableFiles);
        Gauge(meter, KeystoneMetrics.BallastBytes, BytesUnit, "Room put by for a full disk.", figures => figures.BallastBytes);
        Counter(
            meter, KeystoneMetrics.BallastReleases, "{release}", "Times that this room was given back to a full disk.",
            figures => figures.BallastReleases);
        Gauge(
            meter, KeystoneMetrics.IsHindered, "{disk}", "1 while a full disk, or a lack of files, makes flush, manifest or log wait.",
            figures => figures.Hindrance is null ? 0 : 1);
        Gauge(
            meter, KeystoneMetrics.IsPoisoned, "{disk}", "1 when writes are refused after a failed write.",
            figures => figures.IsPoisoned ? 1 : 0);
        Gauge(
            meter, KeystoneMetrics.HasFailedJob, "{disk}", "1 when a background job is dead.",
            figures => figures.FailedJob is null ? 0 : 1);
        Counter(meter, KeystoneMetrics.LogBytesWritten, BytesUnit, "Bytes written to the log.", figures => figures.LogBytesWritten);
        Counter(meter, KeystoneMetrics.LogSyncs, "{sync}", "Syncs of the log.", figures => figures.Syncs);
        Counter(meter, KeystoneMetrics.LogGroups, "{group}", "Groups of writes in the log.", figures => figures.Groups);
        Counter(meter, KeystoneMetrics.BlockCacheMisses, "{block}", "Blocks read from the disk.", figures => figures.BlockCacheMisses);
        Counter(meter, KeystoneMetrics.Flushes, "{flush}", "Flushes.", figures => figures.Flushes);
        Counter(meter, KeystoneMetrics.FlushBytesWritten, BytesUnit, "Bytes written by flushes.", figures => figures.FlushBytesWritten);
        Counter(meter, KeystoneMetrics.Compactions, "{compaction}", "Compactions.", figures => figures.Compactions);
        Counter(
            meter, KeystoneMetrics.CompactionBytesRead, BytesUnit, "Bytes read by compactions.", figures => figures.CompactionBytesRead);
        Counter(
            meter, KeystoneMetrics.CompactionBytesWritten, BytesUnit, "Bytes written by compactions.",
            figures => figures.CompactionBytesWritten);
        Counter(meter, KeystoneMetrics.StalledWrites, "{write}", "Writes that had to wait for room.", figures => figures.StalledWrites);
        return Task.CompletedTask;
    }

    private void Gauge(Meter meter, string name, string unit, string description, Func<DatabaseStatistics, long> figure)
        => meter.CreateObservableGauge(name, () => Observe(figure), unit, description);

    private void Counter(Meter meter, string name, string unit, string description, Func<DatabaseStatistics, long> figure)
        => meter.CreateObservableCounter(name, () => Observe(figure), unit, description);

    private IEnumerable<Measurement<long>> Observe(Func<DatabaseStatistics, long> figure)
        => Figures() is { } figures ? [new Measurement<long>(figure(figures))] : [];

    private DatabaseStatistics? Figures()
    {
        lock (_lock)
        {
            if (!_host.IsOpen)
            {
                return null;
            }

            if (_figures is null || _time.GetElapsedTime(_takenAt) > FiguresAgeMax)
            {
                _figures = TakeOrNull();
                _takenAt = _time.GetTimestamp();
            }

            return _figures;
        }
    }

    private DatabaseStatistics? TakeOrNull()
    {
        try
        {
            return _host.Disk.Statistics();
        }
        catch (KeystoneException failure) when (failure.Code is KeystoneErrorCode.Closed or KeystoneErrorCode.StripeUnavailable)
        {
            // It was closed, or is being opened anew, after the look: collectors ask until the very end.
            return null;
        }
    }
}
