namespace Keystone.Cli;

internal static class Program
{
    private static async Task<int> Main(string[] arguments)
    {
        using Terminal terminal = Terminal.OfProcess();
        return (int)await Kstone.RunAsync(arguments, terminal, CancellationToken.None).ConfigureAwait(false);
    }
}
