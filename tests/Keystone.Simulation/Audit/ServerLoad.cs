using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using Keystone.Grpc;
using Keystone.Model.Items;
using Keystone.Testing.Audit;

namespace Keystone.Simulation.Audit;

/// <summary>
/// kstone-server as it is delivered, under a load that makes it flush and compact: large items into one partition, small ones beside
/// them, and reads of what was answered in the lives before.
/// </summary>
internal sealed partial class ServerLoad(int seed)
{
    private const int Lanes = 6;
    private const int LargePuts = 220;
    private const int LargeBytes = 300_000;
    private const int SmallPutsOfLane = 150;
    private const int ShownBytesMax = 16 << 10;

    /// <summary>How each life ends.</summary>
    private static readonly string[] Ends = ["-TERM", "-KILL", "-TERM"];

    private readonly List<byte[]> _answered = [];

    private static string Program
    {
        get
        {
            // Every program stands in .../bin/PROJECT/CONFIGURATION.
            DirectoryInfo here = new(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));
            return Path.Combine(here.Parent!.Parent!.FullName, "Keystone.Server", here.Name, "kstone-server");
        }
    }

    public async Task RunAsync(TracedLives lives)
    {
        for (int life = 0; life < Ends.Length; life++)
        {
            using TracedProcess server = lives.Start(
                ShownBytesMax,
                [
                    Program, "--db-path", lives.StorePath, "--port=0", "--metrics-port=0", "--memory-limit=512",
                    $"--silo-port={FreePort()}", $"--gateway-port={FreePort()}",
                ]);
            Match address = Serving().Match(await server.LineAsync(line => Serving().IsMatch(line)));
            using (KeystoneGrpcClient client = new(new Uri($"http://127.0.0.1:{address.Groups["port"].Value}")))
            {
                await ReadAsync(client);
                await Task.WhenAll(Enumerable.Range(0, Lanes).Select(lane => WriteAsync(client, life, lane)));
            }

            string complaints = await server.EndAsync(Ends[life]);
            if (complaints.Length > 0)
            {
                throw new InvalidOperationException($"the server said: {complaints}");
            }
        }
    }

    /// <summary>Far below what a machine reaches that has nothing else to do.</summary>
    public static bool IsEnough(AuditCounts counts, TextWriter report)
    {
        bool isEnough = counts.SyncedGroups >= 500
            && counts.Tables >= 6
            && counts.SegmentChanges >= Ends.Length
            && counts.Rolls >= Ends.Length
            && counts.Unlinks >= Ends.Length
            && counts.Lives >= Ends.Length;
        if (!isEnough)
        {
            report.WriteLine("FAILED audit: the server did too little to prove anything.");
        }

        return isEnough;
    }

    /// <summary>The first lane fills one partition, and with it one stripe; the others make groups of several callers.</summary>
    private async Task WriteAsync(KeystoneGrpcClient client, int life, int lane)
    {
        byte[] filling = new byte[lane == 0 ? LargeBytes : 100];
        new Random(seed + life).NextBytes(filling);
        int puts = lane == 0 ? LargePuts : SmallPutsOfLane;
        for (int number = 0; number < puts; number++)
        {
            byte[] sort = Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{life}/{number}"));
            byte[] partition = [(byte)lane];
            ItemBuilder item = new();
            item.Add("filling", AttributeValue.Binary(filling));
            await client.PutAsync(partition, sort, item.Build());
            if (lane == 1)
            {
                _answered.Add(sort);
            }
        }
    }

    private async Task ReadAsync(KeystoneGrpcClient client)
    {
        foreach (byte[] sort in _answered)
        {
            if (await client.GetAsync(new byte[] { 1 }, sort) is null)
            {
                throw new InvalidOperationException($"item {Encoding.ASCII.GetString(sort)} was acknowledged and is gone");
            }
        }
    }

    private static int FreePort()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    [GeneratedRegex(@"^kstone-server .*:(?<port>\d+) \(gRPC\), .*:\d+ \(metrics\)")]
    private static partial Regex Serving();
}
