using System.Buffers.Binary;
using System.Globalization;
using System.IO.Hashing;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Google.Protobuf;
using Keystone.Grpc;
using Keystone.Model;
using Keystone.Model.Items;
using Xunit;

namespace Keystone.Cluster.Tests.Server;

/// <summary>The program as operators see it: flags, exit codes, signals.</summary>
public sealed class ServerProcessTests : IDisposable
{
    private const int TimeoutMilliseconds = 120_000;

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("keystone-server-");

    public void Dispose() => _directory.Delete(recursive: true);

    [Theory(Timeout = TimeoutMilliseconds)]
    [InlineData(0, "kstone-server 0.1.0", "--version")]
    [InlineData(0, "--db-path", "--help")]
    [InlineData(2, "--db-path")]
    [InlineData(2, "exclude", "--db-path=/nowhere/db", "--in-memory")]
    [InlineData(2, "--memory-limit", "--db-path=/nowhere/db", "--memory-max=64")]
    [InlineData(2, "--no-such-flag", "--db-path=/nowhere/db", "--no-such-flag")]
    [InlineData(2, "--port", "--db-path=/nowhere/db", "--port=65536")]
    [InlineData(2, "--port", "-d", "/nowhere/db", "-p", "many")]
    [InlineData(2, "--host", "-d", "/nowhere/db", "--host", "not.an.address")]
    [InlineData(2, "--silo-port", "--db-path=/nowhere/db", "--silo-port=0")]
    public async Task Flags_are_taken_in_both_forms_and_faults_have_their_exit_code(int exitCode, string text, params string[] arguments)
    {
        CancellationToken ended = TestContext.Current.CancellationToken;
        (int code, string output, string error) = await ServerProcess.RunAsync(ended, arguments);

        Assert.Equal(exitCode, code);
        Assert.Contains(text, exitCode == 0 ? output : error);
    }

    [Fact(Timeout = TimeoutMilliseconds)]
    public async Task A_directory_with_something_else_in_it_is_refused_and_left_alone()
    {
        CancellationToken ended = TestContext.Current.CancellationToken;
        string file = Path.Combine(_directory.FullName, "letters.txt");
        await File.WriteAllTextAsync(file, "dear", ended);

        (int exitCode, _, string error) = await ServerProcess.RunAsync(ended, ServerProcess.On(_directory.FullName));

        Assert.Equal(1, exitCode);
        Assert.Contains($"{_directory.FullName} is no Keystone database", error);
        Assert.Equal([file], Directory.GetFileSystemEntries(_directory.FullName));
        Assert.Equal("dear", await File.ReadAllTextAsync(file, ended));
    }

    [Fact(Timeout = TimeoutMilliseconds)]
    public async Task A_directory_that_cannot_be_made_is_named()
    {
        CancellationToken ended = TestContext.Current.CancellationToken;
        string path = Path.Combine(PathOf("missing"), "db");

        (int exitCode, _, string error) = await ServerProcess.RunAsync(ended, ServerProcess.On(path));

        Assert.Equal(1, exitCode);
        Assert.Contains(path, error);
    }

    [Fact(Timeout = TimeoutMilliseconds)]
    public async Task A_second_server_on_a_directory_is_refused_and_the_first_goes_on()
    {
        CancellationToken ended = TestContext.Current.CancellationToken;
        string path = PathOf("db");
        using ServerProcess first = await ServerProcess.ServeAsync(path, ended);

        (int exitCode, _, string error) = await ServerProcess.RunAsync(ended, ServerProcess.On(path));

        Assert.Equal(1, exitCode);
        Assert.Contains($"{path} is in use by another process", error);
        using var client = new KeystoneGrpcClient(first.Address);
        await client.PutAsync(new byte[] { 1 }, default, Item.Empty, ended);
        Assert.Equal("kstone-server", first.Name);
    }

    [Fact(Timeout = TimeoutMilliseconds)]
    public async Task A_port_in_use_is_named_with_its_flag_and_nothing_is_made()
    {
        CancellationToken ended = TestContext.Current.CancellationToken;
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        int port = ((IPEndPoint)listener.LocalEndpoint).Port;
        string path = PathOf("db");

        (int exitCode, _, string error) = await ServerProcess.RunAsync(ended, "-d", path, "--metrics-port=0", $"--port={port}");

        Assert.Equal(1, exitCode);
        Assert.Contains($"127.0.0.1:{port}", error);
        Assert.Contains("--port", error);
        Assert.False(Directory.Exists(path));
    }

    [Fact(Timeout = TimeoutMilliseconds)]
    public async Task A_damaged_file_is_named_and_nothing_is_changed()
    {
        CancellationToken ended = TestContext.Current.CancellationToken;
        string path = PathOf("db");
        using (ServerProcess server = await ServerProcess.ServeAsync(path, ended))
        {
            Assert.Equal(0, await server.TerminateAsync(ended));
        }

        string manifest = Directory.GetFiles(path, "MANIFEST-*").Single();
        await using (FileStream stream = File.OpenWrite(manifest))
        {
            stream.Seek(64, SeekOrigin.Begin);
            stream.Write(Enumerable.Repeat((byte)0xA5, 64).ToArray());
        }

        Dictionary<string, string> before = Contents(path);
        (int exitCode, _, string error) = await ServerProcess.RunAsync(ended, ServerProcess.On(path));

        Assert.Equal(1, exitCode);
        Assert.Contains("damaged", error);
        Assert.Contains(Path.GetFileName(manifest), error);
        Assert.Equal(before, Contents(path));
    }

    [Fact(Timeout = TimeoutMilliseconds)]
    public async Task A_directory_of_a_newer_version_is_refused_and_left_alone()
    {
        CancellationToken ended = TestContext.Current.CancellationToken;
        string path = PathOf("db");
        using (ServerProcess server = await ServerProcess.ServeAsync(path, ended))
        {
            Assert.Equal(0, await server.TerminateAsync(ended));
        }

        // "KSID", a version of four bytes, more, and a checksum of all of it.
        string identity = Path.Combine(path, "IDENTITY");
        byte[] bytes = await File.ReadAllBytesAsync(identity, ended);
        bytes[4] = 99;
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(40), XxHash3.HashToUInt64(bytes.AsSpan(0, 40)));
        await File.WriteAllBytesAsync(identity, bytes, ended);

        Dictionary<string, string> before = Contents(path);
        (int exitCode, _, string error) = await ServerProcess.RunAsync(ended, ServerProcess.On(path));

        Assert.Equal(1, exitCode);
        Assert.Contains("newer version", error);
        Assert.Contains("99", error);
        Assert.Equal(before, Contents(path));
    }

    [Fact(Timeout = TimeoutMilliseconds)]
    public async Task A_server_told_to_stop_under_load_loses_nothing_that_it_acknowledged()
    {
        CancellationToken ended = TestContext.Current.CancellationToken;
        const int Writers = 16;
        const int WritesBeforeStop = 400;
        string path = PathOf("db");
        var acknowledged = new List<int>[Writers];
        using (ServerProcess server = await ServerProcess.ServeAsync(path, ended))
        {
            using var client = new KeystoneGrpcClient(server.Address);
            var enough = new WriteCount(WritesBeforeStop);
            Task[] writers = [.. Enumerable.Range(0, Writers).Select(writer => Task.Run(async () =>
                acknowledged[writer] = await WriteUntilRefusedAsync(client, writer, enough, ended), ended))];
            await enough.Reached.WaitAsync(ended);

            Assert.Equal(0, await server.TerminateAsync(ended));
            await Task.WhenAll(writers);
        }

        using ServerProcess again = await ServerProcess.ServeAsync(path, ended);
        using var reader = new KeystoneGrpcClient(again.Address);
        for (int writer = 0; writer < Writers; writer++)
        {
            HashSet<int> found = await reader.QueryAsync(PartitionOf(writer), ended)
                .Select(item => (int)item["n"].AsNumber()).ToHashSetAsync(cancellationToken: ended);
            Assert.Empty(acknowledged[writer].Except(found));
        }

        Assert.True(acknowledged.Sum(writes => writes.Count) >= WritesBeforeStop);
    }

    /// <summary>What was acknowledged until the first call that was not.</summary>
    private static async Task<List<int>> WriteUntilRefusedAsync(
        KeystoneGrpcClient client, int writer, WriteCount enough, CancellationToken ended)
    {
        var acknowledged = new List<int>();
        while (true)
        {
            int number = acknowledged.Count;
            byte[] sort = ByteString.CopyFromUtf8(number.ToString("D8", CultureInfo.InvariantCulture)).ToByteArray();
            try
            {
                await client.PutAsync(PartitionOf(writer), sort, Item.Of(("n", number)), ended);
            }
            catch (KeystoneException)
            {
                return acknowledged;
            }

            acknowledged.Add(number);
            enough.Count();
        }
    }

    private static byte[] PartitionOf(int writer) => [(byte)writer];

    private static Dictionary<string, string> Contents(string path) => Directory.GetFiles(path)
        .ToDictionary(file => Path.GetFileName(file), file => Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(file))));

    private string PathOf(string name) => Path.Combine(_directory.FullName, name);

    /// <summary>Tells when there were enough writes.</summary>
    private sealed class WriteCount(int wanted)
    {
        private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _count;

        public Task Reached => _reached.Task;

        public void Count()
        {
            if (Interlocked.Increment(ref _count) == wanted)
            {
                _reached.SetResult();
            }
        }
    }
}
