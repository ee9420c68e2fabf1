using System.Diagnostics;

namespace Keystone.Simulation.Seal;

/// <summary>
/// No pair of key and nonce comes twice, whatever becomes of a store: lives that end and are cut off, recycled segments, rolled manifests,
/// keys wrapped anew, checkpoints, a directory that was copied and opened in two places. And a change of keys that is cut off at any call
/// loses nothing. Runs one seed after another, on every processor, until enough was sealed or its time is over; what is counted is
/// sealings: blocks, groups, records and wrapped keys.
/// </summary>
internal sealed class SealSuite(int firstSeed, TimeSpan time, long sealingsMin)
{
    private readonly NonceLog _nonces = new();
    private readonly Stopwatch _watch = new();
    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, long> _notes = [];
    private long _sealings;
    private int _seed = firstSeed - 1;
    private string? _failure;

    /// <summary>Runs and reports. Returns whether every promise held and enough was sealed.</summary>
    public bool Run(TextWriter report)
    {
        _watch.Start();
        Thread[] threads = [.. Enumerable.Range(0, Environment.ProcessorCount).Select(_ => new Thread(RunSeeds))];
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        report.WriteLine(
            $"seal: {_sealings} sealings under {_nonces.KeyCount} keys, seeds {firstSeed} to {_seed}, "
            + $"{_watch.Elapsed.TotalSeconds:F0} s, {(_failure is null ? 0 : 1)} promises broken");
        report.WriteLine($"seal: {string.Join(", ", _notes.Select(n => $"{n.Key} {n.Value}"))}");
        if (_failure is not null)
        {
            report.WriteLine(_failure);
        }
        else if (_sealings < sealingsMin)
        {
            report.WriteLine($"FAILED seal: {_sealings} sealings are fewer than the {sealingsMin} that have to be made");
        }

        return _failure is null && _sealings >= sealingsMin;
    }

    private bool WantsMore()
        => Volatile.Read(ref _failure) is null
        && _watch.Elapsed < time
        && (sealingsMin == 0 || Volatile.Read(ref _sealings) < sealingsMin);

    private void RunSeeds()
    {
        while (WantsMore())
        {
            int seed = Interlocked.Increment(ref _seed);
            try
            {
                new SealedLives(seed, Seal).Run(Note);
                new RotationCrash(seed, Seal).Run(Note);
                SealedTables.Run(seed, Seal, WantsMore);
            }
            catch (Exception broken)
            {
                Volatile.Write(
                    ref _failure,
                    $"FAILED seal seed {seed}: {broken}\n"
                    + $"replay: dotnet run -c Release --project tests/Keystone.Simulation -- seal --seconds 1 --seed {seed}");
            }
        }
    }

    private void Seal(ReadOnlySpan<byte> key, ReadOnlySpan<byte> nonce)
    {
        _nonces.Note(key, nonce);
        Interlocked.Increment(ref _sealings);
    }

    private void Note(string what)
    {
        lock (_lock)
        {
            _notes[what] = _notes.GetValueOrDefault(what) + 1;
        }
    }
}
