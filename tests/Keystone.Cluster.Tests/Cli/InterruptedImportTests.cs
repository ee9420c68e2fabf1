using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Keystone.Cluster.Tests.Hosting;
using Xunit;

namespace Keystone.Cluster.Tests.Cli;

/// <summary>A real SIGINT in the middle of an import.</summary>
[Collection(ProcessTests.Name)]
public sealed partial class InterruptedImportTests(LiveServer server) : IClassFixture<LiveServer>
{
    private const int LinesBefore = 2000;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_was_acknowledged_is_there_and_the_import_can_be_gone_on_with(bool isCluster)
    {
        string[] place = isCluster ? ["--cluster", server.Gateway] : [server.PathOf("db-alone")];
        if (!isCluster)
        {
            await ProcessRun.OkAsync("create", place[0]);
        }

        await ProcessRun.OkAsync(["tables", "create", .. place, "many", "--partition-key", "id:N"]);
        using var run = ProcessRun.Start(TestProgram.Kstone, ["import", .. place, "-", "--table", "many"]);
        await WriteAsync(run, 0, LinesBefore);
        await run.Input.FlushAsync(Cancellation);

        // The input stays open: whoever has to be interrupted waits for it. A process that has not begun would die of the signal.
        if (isCluster)
        {
            await Eventually.AnswersAsync(
                async () => await ProcessRun.OkAsync(["scan", .. place, "--table", "many", "--limit", "1"]),
            found => found != "",
            Cancellation);
        }
        else
        {
            await Eventually.HoldsAsync(() => LogHolds(place[0], "interrupted"u8.ToArray()), Cancellation);
        }

        await run.SignalAsync("INT");
        ProcessEnd end = await run.EndAsync();
        Assert.Equal(130, end.ExitCode);
        Match told = Told().Match(end.Error);
        Assert.True(told.Success, end.Error);
        int through = int.Parse(told.Groups["through"].ValueSpan, CultureInfo.InvariantCulture);
        Assert.InRange(through, 1, LinesBefore);
        Assert.DoesNotContain("\u001b", end.Output + end.Error);

        string[] found = (await ProcessRun.OkAsync(["scan", .. place, "--table", "many"]))
            .Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(Enumerable.Range(0, through).Select(LineOf).Order(), found.Order());
    }

    [Fact]
    public async Task The_terminal_is_left_as_it_was()
    {
        string database = server.PathOf("db-terminal");
        await ProcessRun.OkAsync("create", database);
        await ProcessRun.OkAsync("tables", "create", database, "many", "--partition-key", "id:N");

        // script gives the command a terminal of its own: Ctrl-C is a byte on its input, and the cursor that the bar hides has to come
        // back.
        using var run = ProcessRun.StartOnTerminal(TestProgram.Kstone, "import", database, "-", "--table", "many");
        await WriteAsync(run, 0, 50);
        await run.Input.FlushAsync(Cancellation);
        await run.OutputHoldsAsync("Importing");
        await run.Input.WriteAsync(new byte[] { 3 }, Cancellation);
        await run.Input.FlushAsync(Cancellation);
        ProcessEnd end = await run.EndAsync();
        Assert.Equal(130, end.ExitCode);
        Assert.Contains("Cancelled.", end.Output);
        int shown = end.Output.LastIndexOf("\u001b[?25h", StringComparison.Ordinal);
        int hidden = end.Output.LastIndexOf("\u001b[?25l", StringComparison.Ordinal);
        Assert.True(shown > hidden);
    }

    private static string LineOf(int id) => $$"""{"id":{{id}},"text":"interrupted"}""";

    private static async Task WriteAsync(ProcessRun run, int from, int count)
        => await run.Input.WriteAsync(
            Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(from, count).Select(id => LineOf(id) + "\n"))), Cancellation);

    private static bool LogHolds(string directory, byte[] bytes)
    {
        try
        {
            return Directory.EnumerateFiles(directory, "*.log").Any(file => File.ReadAllBytes(file).AsSpan().IndexOf(bytes) >= 0);
        }
        catch (FileNotFoundException)
        {
            // The command has just removed a segment that it does not need any more: it is still opening.
            return false;
        }
    }

    [GeneratedRegex(@"^Error: Cancelled\.\nEverything up to line (?<through>\d+) is stored; go on with --from-line \d+\.\n$")]
    private static partial Regex Told();
}
