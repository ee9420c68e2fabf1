using System.Globalization;
using Keystone.Storage;
using Keystone.Storage.Jobs;

namespace Keystone.Simulation.Kill;

/// <summary>
/// The process that is killed: opens the store, writes on all lanes, and tells every acknowledgement to its standard output. It never
/// ends by itself but when nobody listens any more.
/// </summary>
internal sealed class KillWriter
{
    /// <summary>The hidden command that the suite starts this executable with.</summary>
    public const string Verb = "kill-writer";

    private const int FiguresEvery = 16;

    /// <summary>
    /// Every lane has written so often before the writer calls itself ready: cold code would spend its short life compiling.
    /// </summary>
    private const int WarmOperations = 8;

    private readonly Stream _pipe = Console.OpenStandardOutput();
    private readonly StorageEngine _engine;
    private readonly KillWork _work;
    private readonly bool _isLying;

    /// <summary>Lanes that are not warm yet. Changed by all lanes, interlocked.</summary>
    private int _coldLanes = KillWork.Lanes;

    private KillWriter(StorageEngine engine, KillWork work, bool isLying)
    {
        _engine = engine;
        _work = work;
        _isLying = isLying;
    }

    /// <summary>The arguments behind the executable that start a writer.</summary>
    public static IEnumerable<string> Arguments(string directory, int seed, int store, int cycle, bool isLying)
        => [Verb, directory, .. new[] { seed, store, cycle, isLying ? 1 : 0 }.Select(n => n.ToString(CultureInfo.InvariantCulture))];

    /// <summary>Writes until it is killed. A descriptor gets the audit of what the engine publishes.</summary>
    public static async Task<int> RunAsync(string[] arguments, int? auditDescriptor = null)
    {
        int[] numbers = [.. arguments[2..].Select(text => int.Parse(text, CultureInfo.InvariantCulture))];
        (int seed, int store, int cycle, int lie) = (numbers[0], numbers[1], numbers[2], numbers[3]);
        await using ThreadJobHost host = new();
        new KillLine(KillWord.Opening).WriteTo(Console.OpenStandardOutput());
        await using StorageEngine engine = KillStore.Open(arguments[1], seed, store, host, auditDescriptor);
        KillWriter writer = new(engine, new KillWork(seed, cycle, engine.StripeCount), lie == 1);
        await writer.WriteAsync();
        return 0;
    }

    private Task WriteAsync()
        => Task.WhenAll(Enumerable.Range(0, KillWork.Lanes).Select(lane => Task.Run(() => WriteLaneAsync(lane))));

    private async Task WriteLaneAsync(int lane)
    {
        WriteBatch batch = new();
        for (int number = 0; number < KillWork.OperationsMax; number++)
        {
            KillOperation operation = _work.Draw(lane, number);
            if (_isLying)
            {
                Acknowledge(lane, number);
            }

            WriteResult result = await WriteAsync(operation, batch);
            KillFailure.Require(result.Status == WriteStatus.Committed, $"a write was answered with {result.Status}");
            if (!_isLying)
            {
                Acknowledge(lane, number);
            }

            if (number == WarmOperations && Interlocked.Decrement(ref _coldLanes) == 0)
            {
                new KillLine(KillWord.Ready).WriteTo(_pipe);
            }

            if (lane == 0 && number % FiguresEvery == 0)
            {
                StoreStatistics figures = _engine.Statistics();
                new KillLine(KillWord.Figures, figures.Flushes, figures.Compactions).WriteTo(_pipe);
            }
        }
    }

    /// <summary>A single change goes through the calls for single keys, several go as a batch.</summary>
    private ValueTask<WriteResult> WriteAsync(KillOperation operation, WriteBatch batch)
    {
        if (operation.Changes is [KillChange only])
        {
            StripeClaim claim = new(only.Stripe, KillStore.Epoch);
            return only.Value is { } value
                ? _engine.PutAsync(claim, only.Key, value, operation.Durability)
                : _engine.DeleteAsync(claim, only.Key, operation.Durability);
        }

        batch.Clear();
        operation.AddTo(batch);
        return _engine.WriteAsync(batch, operation.Durability);
    }

    private void Acknowledge(int lane, int number) => new KillLine(KillWord.Acknowledged, lane, number).WriteTo(_pipe);
}
