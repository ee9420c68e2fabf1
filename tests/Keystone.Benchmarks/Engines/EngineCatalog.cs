using Keystone.Benchmarks.Engines.Bare;
using Keystone.Benchmarks.Engines.Lmdb;
using Keystone.Benchmarks.Engines.Own;
using Keystone.Benchmarks.Engines.Rocks;
using Keystone.Benchmarks.Engines.Sqlite;
using Keystone.Benchmarks.Engines.Zone;
using Keystone.Benchmarks.Workloads;

namespace Keystone.Benchmarks.Engines;

/// <summary>The engines by the names that the command line and the result lines use.</summary>
internal static class EngineCatalog
{
    /// <summary>The engine that the others are compared with. It comes first in every line and makes the ratios.</summary>
    public const string Own = "keystone";

    /// <summary>What the machine gives to a group commit that does nothing else. No peer: no ratio to the best counts it.</summary>
    public const string Limit = "limit";

    private const string All = "all";
    private const string None = "none";

    private static readonly Dictionary<string, Func<EngineSettings, IBenchEngine>> Openers = new(StringComparer.Ordinal)
    {
        [Own] = static settings => new KeystoneEngine(settings),
        ["rocksdb"] = static settings => new RocksDbEngine(settings, RocksDbDurability.Grouped),
        ["rocksdb_plain"] = static settings => new RocksDbEngine(settings, RocksDbDurability.AsShipped),
        [Limit] = static settings => new BareLogEngine(settings),
        ["lmdb"] = static settings => new LmdbEngine(settings),
        ["zonetree"] = static settings => new ZoneTreeEngine(settings),
        ["sqlite"] = static settings => new SqliteEngine(settings),
    };

    /// <summary>The peers that stand for <c>--against all</c>.</summary>
    public static IReadOnlyList<string> Peers { get; } = ["rocksdb", "lmdb", "zonetree", "sqlite"];

    /// <summary>The own engine and those that <c>--against</c> names, each once, in the order in which they are named.</summary>
    /// <param name="against">Names of peers, or all of them by one word, or none.</param>
    public static List<string> EnginesAgainst(IReadOnlyList<string> against)
    {
        bool isAlone = against.Count == 1;
        BenchmarkException.Require(
            isAlone || !against.Any(static name => name is All or None), $"--against: '{All}' and '{None}' stand alone.");
        IReadOnlyList<string> peers = isAlone && against[0] == All ? Peers : isAlone && against[0] == None ? [] : against;
        foreach (string peer in peers)
        {
            BenchmarkException.Require(
                Peers.Contains(peer), $"--against {peer}: there is no such peer. Known are: {string.Join(", ", Peers)}, {All}, {None}.");
        }

        return [Own, .. peers.Distinct()];
    }

    /// <summary>
    /// What stands beside an engine in durable puts alone: the limit beside the own one, a peer as it is shipped beside that peer.
    /// </summary>
    public static IReadOnlyList<string> DurableVariantsOf(string engine) => engine switch
    {
        Own => [Limit],
        "rocksdb" => ["rocksdb_plain"],
        _ => [],
    };

    /// <summary>Throws when the engine cannot run on this machine at all.</summary>
    /// <exception cref="EngineLacksException">Its library does not load.</exception>
    public static void RequireLoads(string name)
    {
        if (name == "lmdb")
        {
            LmdbLibrary.Require();
        }
    }

    /// <summary>Opens a store, or creates it.</summary>
    public static IBenchEngine Open(string name, string directory, int valueBytes)
    {
        if (!Openers.TryGetValue(name, out Func<EngineSettings, IBenchEngine>? open))
        {
            throw new ArgumentException($"There is no engine named '{name}'. Known are: {string.Join(", ", Openers.Keys)}.", nameof(name));
        }

        Directory.CreateDirectory(directory);
        return open(new EngineSettings(directory, valueBytes));
    }
}
