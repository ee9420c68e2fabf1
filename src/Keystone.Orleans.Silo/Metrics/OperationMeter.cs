using System.Diagnostics;
using System.Diagnostics.Metrics;
using Keystone.Model;

namespace Keystone.Orleans.Silo.Metrics;

/// <summary>
/// Counts operations and times them, by kind and by how they ended. Costs a comparison while nobody listens.
/// </summary>
internal sealed class OperationMeter
{
    private const string OkStatus = "ok";
    private const string DefectStatus = "defect";
    private const string CancelledStatus = "cancelled";

    /// <summary>From what memory answers in to what a caller gives up at, in seconds.</summary>
    private static readonly double[] DurationBounds = [0.000_01, 0.000_1, 0.000_5, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10];

    private readonly Histogram<double> _durations;

    public OperationMeter(IMeterFactory meters)
    {
        Meter meter = meters.Create(KeystoneMetrics.MeterName);
        _durations = meter.CreateHistogram(
            KeystoneMetrics.OperationDuration,
            "s",
            "Time from call to answer, by kind and status.",
            advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = DurationBounds });
    }

    /// <summary>The moment, if anybody will ask for it.</summary>
    public long Now => _durations.Enabled ? Stopwatch.GetTimestamp() : 0;

    /// <summary>Counts an operation when it ends.</summary>
    public ValueTask<T> Count<T>(string kind, long started, ValueTask<T> operation)
        => started == 0 ? operation : CountAsync(kind, started, operation);

    private async ValueTask<T> CountAsync<T>(string kind, long started, ValueTask<T> operation)
    {
        // What is neither an answer nor a failure of the model is a defect, and must not be counted as done.
        string status = DefectStatus;
        try
        {
            T answer = await operation.ConfigureAwait(false);
            status = OkStatus;
            return answer;
        }
        catch (KeystoneException failure)
        {
            status = failure.Code.ToString();
            throw;
        }
        catch (OperationCanceledException)
        {
            status = CancelledStatus;
            throw;
        }
        finally
        {
            _durations.Record(
                Stopwatch.GetElapsedTime(started).TotalSeconds,
                new KeyValuePair<string, object?>("kind", kind),
                new KeyValuePair<string, object?>("status", status));
        }
    }
}
