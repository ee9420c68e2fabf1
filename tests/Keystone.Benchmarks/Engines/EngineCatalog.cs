using Keystone.Benchmarks.Engines.Own;
using Keystone.Benchmarks.Engines.Rocks;

namespace Keystone.Benchmarks.Engines;

/// <summary>The engines by the names that the command line and the result lines use.</summary>
internal static class EngineCatalog
{
    /// <summary>The engine that the others are compared with. It comes first in every line and makes the ratios.</summary>
    public const string Own = "keystone";

    private static readonly Dictionary<string, Func<EngineSettings, IBenchEngine>> Openers = new(StringComparer.Ordinal)
    {
        [Own] = static settings => new KeystoneEngine(settings),
        ["rocksdb"] = static settings => new RocksDbEngine(settings, RocksDbDurability.Grouped),
        ["rocksdb_plain"] = static settings => new RocksDbEngine(settings, RocksDbDurability.AsShipped),
    };

    /// <summary>The peers that stand for <c>--against all</c>.</summary>
    public static IReadOnlyList<string> Peers { get; } = ["rocksdb"];

    /// <summary>Peers that differ from a named one in their durable puts alone.</summary>
    public static IReadOnlyList<string> DurableVariantsOf(string peer) => peer == "rocksdb" ? ["rocksdb_plain"] : [];

    /// <summary>Opens a store, or creates it.</summary>
    public static IBenchEngine Open(string name, string directory)
    {
        if (!Openers.TryGetValue(name, out Func<EngineSettings, IBenchEngine>? open))
        {
            throw new ArgumentException($"There is no engine named '{name}'. Known are: {string.Join(", ", Openers.Keys)}.", nameof(name));
        }

        Directory.CreateDirectory(directory);
        return open(new EngineSettings(directory));
    }
}
