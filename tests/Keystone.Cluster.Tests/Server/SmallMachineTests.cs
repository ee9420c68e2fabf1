using System.Globalization;
using System.Text.RegularExpressions;
using Google.Protobuf;
using Grpc.Net.Client;
using Keystone.Grpc.Messages;
using Xunit;

namespace Keystone.Cluster.Tests.Server;

/// <summary>
/// The program under the limits of a small machine: 1,024 open files, and 512 MiB of memory that it is told of. What the memory limit
/// holds is the resident set of the process; no cgroup enforces it here.
/// </summary>
public sealed class SmallMachineTests : IDisposable
{
    private const int TimeoutMilliseconds = 180_000;
    private const int OpenFilesMax = 1024;
    private const long MemoryBytesMax = 512L << 20;
    private const int Writers = 32;
    private const int ValueBytes = 100_000;

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("keystone-server-");

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact(Timeout = TimeoutMilliseconds)]
    public async Task A_server_with_few_files_and_little_memory_takes_every_put_through_flushes_and_compactions()
    {
        CancellationToken ended = TestContext.Current.CancellationToken;
        using ServerProcess server = await ServerProcess.ServeAsync(Path.Combine(_directory.FullName, "db"), ended, OpenFilesMax);
        using GrpcChannel channel = GrpcChannel.ForAddress(server.Address);
        var calls = new KeystoneDB.KeystoneDBClient(channel);
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(ended);
        Task<int>[] writers = [.. Enumerable.Range(0, Writers).Select(writer => WriteAsync(calls, writer, enough.Token, ended))];
        while (await CountAsync(server, "kstone_compactions_total", ended) == 0 && !writers.Any(writer => writer.IsCompleted))
        {
            await Task.Delay(TimeSpan.FromMilliseconds(100), ended);
        }

        await enough.CancelAsync();
        int[] written = await Task.WhenAll(writers);

        Assert.True(await CountAsync(server, "kstone_flushes_total", ended) > 0);
        for (int writer = 0; writer < Writers; writer++)
        {
            var request = new GetRequest { PartitionKey = KeyOf(writer, written[writer] - 1) };
            GetResponse last = await calls.GetAsync(request, cancellationToken: ended);
            Assert.Equal(ValueBytes, last.Item.Attributes["filling"].BinaryValue.Length);
        }

        Assert.InRange(server.ResidentBytesMax, 1, MemoryBytesMax);
        Assert.Equal(0, await server.TerminateAsync(ended));
    }

    /// <summary>Puts until it is enough; one that fails fails the test.</summary>
    private static async Task<int> WriteAsync(
        KeystoneDB.KeystoneDBClient calls, int writer, CancellationToken enough, CancellationToken ended)
    {
        byte[] filling = new byte[ValueBytes];
        new Random(writer).NextBytes(filling);
        var item = new Item { Attributes = { ["filling"] = new Value { BinaryValue = UnsafeByteOperations.UnsafeWrap(filling) } } };
        int number = 0;
        for (; !enough.IsCancellationRequested; number++)
        {
            await calls.PutAsync(new PutRequest { PartitionKey = KeyOf(writer, number), Item = item }, cancellationToken: ended);
        }

        return number;
    }

    private static ByteString KeyOf(int writer, int number)
        => ByteString.CopyFromUtf8(string.Create(CultureInfo.InvariantCulture, $"{writer}/{number}"));

    private static async Task<double> CountAsync(ServerProcess server, string name, CancellationToken ended)
    {
        using var http = new HttpClient { BaseAddress = server.Operations };
        string metrics = await http.GetStringAsync(new Uri("/metrics", UriKind.Relative), ended);
        Match match = Regex.Match(metrics, $"^{name}{{.*}} ([0-9.]+)", RegexOptions.Multiline);
        return match.Success ? double.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture) : 0;
    }
}
