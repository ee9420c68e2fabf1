using System.Runtime.InteropServices;

namespace Keystone.Cli;

internal static class Program
{
    private static async Task<int> Main(string[] arguments)
    {
        using var stop = new CancellationTokenSource();
        using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        using Terminal terminal = Terminal.OfProcess();
        return (int)await Kstone.RunAsync(arguments, terminal, stop.Token).ConfigureAwait(false);

        // The first signal lets the command finish what is under way; a second one ends the process, which no database minds.
        void Stop(PosixSignalContext signal)
        {
            signal.Cancel = !stop.IsCancellationRequested;
            _ = stop.CancelAsync();
        }
    }
}
