using System.Reflection;
using Keystone.Storage;
using Xunit;

namespace Keystone.Tests.Architecture;

/// <summary>Which project may know which, checked over the built assemblies; the map is in src/README.md.</summary>
public sealed class ArrowTests
{
    private static readonly Dictionary<string, string[]> Arrows = new()
    {
        ["Keystone.Model"] = [],
        ["Keystone.Storage"] = ["K4os.Compression.LZ4", "ZstdSharp", "System.IO.Hashing"],
        ["Keystone.Database"] = ["Keystone.Model", "Keystone.Storage", "System.IO.Hashing"],
        ["Keystone.Orleans.Client"] = ["Keystone.Model", "Orleans.*", "Microsoft.Extensions.*"],
        ["Keystone.Orleans.Silo"] =
        [
            "Keystone.Model", "Keystone.Orleans.Client", "Keystone.Database", "Orleans.*", "Microsoft.Extensions.*",
        ],
        ["kstone"] =
        [
            "Keystone.Model", "Keystone.Database", "Keystone.Orleans.Client", "Keystone.Grpc", "System.CommandLine", "Spectre.Console",
            "Spectre.Console.*", "Orleans.*",
            "Microsoft.Extensions.*",
        ],
        ["kstone-server"] =
        [
            "Keystone.Model", "Keystone.Database", "Keystone.Orleans.Silo", "Keystone.Grpc", "System.CommandLine", "Orleans.*", "Grpc.*",
            "Google.Protobuf",
            "OpenTelemetry", "OpenTelemetry.*", "Microsoft.AspNetCore", "Microsoft.AspNetCore.*", "Microsoft.Extensions.*",
        ],
        ["Keystone.Grpc"] = ["Keystone.Model", "Google.Protobuf", "Grpc.*", "Microsoft.Extensions.*"],
    };

    [Fact]
    public void Every_project_refers_only_to_what_its_arrows_allow()
    {
        List<string> wrong = [];
        foreach ((string name, string[] allowed) in Arrows)
        {
            foreach (AssemblyName reference in Load(name).GetReferencedAssemblies())
            {
                if (!IsRuntime(reference.Name!) && !allowed.Any(pattern => Matches(pattern, reference.Name!)))
                {
                    wrong.Add($"{name} -> {reference.Name}");
                }
            }
        }

        Assert.Empty(wrong);
    }

    [Fact]
    public void Folders_of_the_engine_use_only_folders_of_lower_rank()
    {
        List<string> wrong = [];
        foreach ((Type user, Type used) in TypeUses.In(typeof(StorageEngine).Assembly))
        {
            int userRank = EngineRanks.RankOf(user);
            int usedRank = EngineRanks.RankOf(used);
            if (usedRank > userRank || (usedRank == userRank && user.Namespace != used.Namespace))
            {
                wrong.Add($"{user.FullName} (rank {userRank}) -> {used.FullName} (rank {usedRank})");
            }
        }

        Assert.Empty(wrong.Distinct().Order());
    }

    [Fact]
    public void The_engine_reaches_files_clocks_threads_and_chance_only_through_what_is_handed_in()
    {
        List<string> wrong = [];
        foreach ((MethodBase user, MethodBase called) in TypeUses.CallsIn(typeof(StorageEngine).Assembly))
        {
            string target = $"{called.DeclaringType?.FullName}.{called.Name}";
            bool isBanned = EngineRanks.BannedCalls.Any(banned => target.StartsWith(banned, StringComparison.Ordinal));
            bool isExempt = user.DeclaringType?.Namespace is "Keystone.Storage.Files" or "Keystone.Storage.Jobs"
                || EngineRanks.ExemptCallers.Contains(TypeUses.Outermost(user.DeclaringType!).FullName!);
            if (isBanned && !isExempt)
            {
                wrong.Add($"{user.DeclaringType?.FullName}.{user.Name} -> {target}");
            }
        }

        Assert.Empty(wrong.Distinct().Order());
    }

    private static Assembly Load(string name) => Assembly.LoadFrom(Path.Combine(AppContext.BaseDirectory, name + ".dll"));

    private static bool IsRuntime(string reference)
        => File.Exists(Path.Combine(Path.GetDirectoryName(typeof(object).Assembly.Location)!, reference + ".dll"));

    private static bool Matches(string pattern, string name)
        => pattern.EndsWith(".*", StringComparison.Ordinal) ? name.StartsWith(pattern[..^1], StringComparison.Ordinal) : name == pattern;
}
