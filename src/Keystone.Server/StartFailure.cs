using System.Net.Sockets;
using Keystone.Model;
using Orleans.Runtime;

namespace Keystone.Server;

/// <summary>
/// Failures to start, and to stop, in one sentence that an operator can act on. Hosts wrap what went wrong in layers of their own, so the
/// reason is looked for below them.
/// </summary>
internal static class StartFailure
{
    private const int DepthMax = 16;

    /// <summary>The sentence, or null if the failure is not an operator's.</summary>
    public static string? Explain(Exception failure, ServerOptions options)
    {
        foreach (Exception cause in Causes(failure, DepthMax))
        {
            string? text = cause switch
            {
                KeystoneException keystone => Explain(keystone, options.DirectoryPath),
                PortInUseException port => port.Message,
                StopTimeoutException stop => stop.Message,
                DiskGivenUpException disk => disk.Message,
                OrleansConfigurationException configuration => configuration.Message,
                SocketException { SocketErrorCode: SocketError.AddressAlreadyInUse } => "a port of the server is in use. Choose others.",
                UnauthorizedAccessException access => access.Message,
                _ => null,
            };
            if (text is not null)
            {
                return text;
            }
        }

        return null;
    }

    private static string Explain(KeystoneException failure, string directory) => failure.Code switch
    {
        KeystoneErrorCode.NotADatabase => $"{directory} is no Keystone database; nothing there was changed. {failure.Message}",
        KeystoneErrorCode.NewerFormat => $"{directory} was written by a newer version; nothing there was changed. {failure.Message}",
        KeystoneErrorCode.DatabaseLocked => $"{directory} is in use by another process. {failure.Message}",
        KeystoneErrorCode.Corrupt or KeystoneErrorCode.CorruptItem => $"{directory} has a damaged file. {failure.Message}",
        _ => $"{directory} cannot be opened: {failure.Message}",
    };

    private static IEnumerable<Exception> Causes(Exception failure, int depth)
    {
        yield return failure;
        IEnumerable<Exception> inner = failure is AggregateException many ? many.InnerExceptions
            : failure.InnerException is { } one ? [one] : [];
        foreach (Exception cause in depth == 0 ? [] : inner)
        {
            foreach (Exception deeper in Causes(cause, depth - 1))
            {
                yield return deeper;
            }
        }
    }
}
