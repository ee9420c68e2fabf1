using System.CommandLine;

namespace Keystone.Benchmarks.Items;

/// <summary>
/// What items cost above the engine that keeps them: each row is a call of the embedded database beside the engine's own operation on the
/// same bytes, in one process, one after the other, in rounds that take turns.
/// </summary>
internal static class ItemsCommand
{
    public static Command ToCommand()
    {
        Option<DirectoryInfo> directory = new("--directory")
        {
            Description = "Where the database lies. Removed afterwards.",
            DefaultValueFactory = static _ => new DirectoryInfo(Path.Combine("artifacts", "bench")),
        };
        Option<int> items = new("--items") { Description = "How many items.", DefaultValueFactory = static _ => 100_000 };
        Option<int> rounds = new("--rounds") { Description = "Rounds whose median is printed.", DefaultValueFactory = static _ => 3 };
        Command command = new("items", "Measures items, conditions, updates, indexes and transactions beside the bare engine.")
        {
            directory, items, rounds,
        };
        command.SetAction(async (parsed, _) =>
        {
            string path = Path.Combine(parsed.GetValue(directory)!.FullName, $"items-{Environment.ProcessId}");
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            try
            {
                ItemsBenchmark benchmark = new(path, parsed.GetValue(items), parsed.GetValue(rounds), Console.Out);
                await benchmark.RunAsync().ConfigureAwait(false);
            }
            finally
            {
                if (Directory.Exists(path))
                {
                    Directory.Delete(path, recursive: true);
                }
            }
        });
        return command;
    }
}
