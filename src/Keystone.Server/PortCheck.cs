using System.Net;
using System.Net.Sockets;

namespace Keystone.Server;

/// <summary>
/// Looks whether the ports of a server are free, before anything is opened: a store that was opened for nothing would be closed again,
/// and the errors of a busy port deep inside a silo do not say which flag to change.
/// </summary>
internal static class PortCheck
{
    /// <summary>Throws <see cref="PortInUseException"/> for the first port that cannot be listened on.</summary>
    public static void Require(ServerOptions options)
    {
        Require(options.Host, options.Port, "--port");
        Require(options.Host, options.MetricsPort, "--metrics-port");
        Require(IPAddress.Loopback, options.SiloPort, "--silo-port");
        Require(IPAddress.Loopback, options.GatewayPort, "--gateway-port");
    }

    private static void Require(IPAddress address, int port, string flag)
    {
        if (port == 0)
        {
            return;
        }

        try
        {
            using var listener = new TcpListener(address, port);
            listener.Start();
        }
        catch (SocketException failure)
        {
            throw new PortInUseException($"cannot listen on {new IPEndPoint(address, port)}: {failure.Message}. Choose another {flag}.");
        }
    }
}

/// <summary>A port of the server cannot be listened on. The message names address and flag.</summary>
internal sealed class PortInUseException(string message) : Exception(message);
