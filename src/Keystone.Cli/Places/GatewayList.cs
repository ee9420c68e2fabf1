using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Keystone.Cli.Places;

/// <summary>Reads the addresses of Orleans gateways: <c>HOST[:PORT]</c>, several with commas between them.</summary>
internal static class GatewayList
{
    /// <summary>The port of a gateway where none is named; Orleans' own default.</summary>
    public const int DefaultPort = 30_000;

    /// <summary>The end points of a text. Names are looked up.</summary>
    public static async Task<IReadOnlyList<IPEndPoint>> ResolveAsync(string text, CancellationToken cancellation)
    {
        List<IPEndPoint> gateways = [];
        foreach (string address in text.Split(',', StringSplitOptions.TrimEntries))
        {
            gateways.Add(IPEndPoint.TryParse(address, out IPEndPoint? parsed)
                ? new IPEndPoint(parsed.Address, parsed.Port == 0 ? DefaultPort : parsed.Port)
                : await LookUpAsync(address, cancellation).ConfigureAwait(false));
        }

        return gateways;
    }

    private static async Task<IPEndPoint> LookUpAsync(string address, CancellationToken cancellation)
    {
        int colon = address.LastIndexOf(':');
        string host = colon < 0 ? address : address[..colon];
        int port = DefaultPort;
        bool isAddress = host.Length > 0
            && (colon < 0 || int.TryParse(address.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out port))
            && port is > 0 and <= IPEndPoint.MaxPort;
        if (!isAddress)
        {
            throw CommandException.Usage($"'{address}' is no address of a gateway. Write HOST or HOST:PORT, several with commas.");
        }

        try
        {
            IPAddress[] found = await Dns.GetHostAddressesAsync(host, cancellation).ConfigureAwait(false);
            return new IPEndPoint(found.FirstOrDefault(ip => ip.AddressFamily == AddressFamily.InterNetwork) ?? found[0], port);
        }
        catch (SocketException failure)
        {
            throw CommandException.Failed($"The host '{host}' is not known: {failure.Message}.", failure);
        }
    }
}
