using System.Runtime.Versioning;
using System.Text;
using Keystone.Storage;
using Keystone.Storage.Buffers;
using Keystone.Storage.Files;
using Keystone.Storage.InMemory;
using Keystone.Testing;
using Keystone.Testing.Disk;
using Xunit;

namespace Keystone.Tests.Storage.Files;

/// <summary>The simulated disk answers as the operating system does; else what the simulation proves holds for nothing.</summary>
[SupportedOSPlatform("linux")]
public sealed class SameAnswersTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("keystone-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void The_simulated_disk_answers_a_script_as_the_real_one_does()
    {
        SimulatedFileSystem simulated = Simulated();
        string[] expected = Script(PosixFileSystem.Instance, _directory);
        Assert.Equal(expected, Script(simulated, _directory));
        Assert.Equal(StoreErrorCode.NotFound.ToString(), expected[0]);
    }

    [Fact]
    public void The_simulated_disk_answers_random_calls_as_the_real_one_does()
    {
        for (int seed = 0; seed < 10; seed++)
        {
            string directory = $"{_directory}/{seed}";
            PosixFileSystem.Instance.CreateDirectory(directory);
            SimulatedFileSystem simulated = new();
            simulated.AddDirectory(directory);
            string expected = RandomCalls(PosixFileSystem.Instance, directory, seed);
            Assert.True(expected == RandomCalls(simulated, directory, seed), $"seed {seed}");
            Assert.Equal(0, simulated.OpenHandles);
        }
    }

    [Fact]
    public void Files_in_memory_answer_a_script_as_those_of_the_real_disk_do()
    {
        MemoryAccount account = new("files");
        using (MemoryFileSystem memory = InMemory(account, _directory))
        {
            Assert.Equal(Script(PosixFileSystem.Instance, _directory), Script(memory, _directory));
        }

        Assert.Equal(0, account.Bytes);
    }

    [Fact]
    public void Files_in_memory_answer_random_calls_as_those_of_the_real_disk_do()
    {
        MemoryAccount account = new("files");
        for (int seed = 0; seed < 10; seed++)
        {
            string directory = $"{_directory}/{seed}";
            PosixFileSystem.Instance.CreateDirectory(directory);
            using MemoryFileSystem memory = InMemory(account, directory);
            string expected = RandomCalls(PosixFileSystem.Instance, directory, seed);
            Assert.True(expected == RandomCalls(memory, directory, seed), $"seed {seed}");
        }

        Assert.Equal(0, account.Bytes);
    }

    private static MemoryFileSystem InMemory(MemoryAccount account, string directory)
    {
        MemoryFileSystem memory = new(account, bytesMax: 64 << 20);
        for (int slash = directory.IndexOf('/', 1); slash >= 0; slash = directory.IndexOf('/', slash + 1))
        {
            memory.CreateDirectory(directory[..slash]);
        }

        memory.CreateDirectory(directory);
        return memory;
    }

    private static string[] Script(IFileSystem system, string directory)
    {
        string a = $"{directory}/a";
        string b = $"{directory}/b";
        string below = $"{directory}/d/c";
        byte[] buffer = new byte[16];
        List<IFile> open = [];
        IDisposable? held = null;
        Func<object?>[] calls =
        [
            () => system.Open(a, writable: true),
            () => system.Create(below),
            () => system.List($"{directory}/d"),
            () => Do(() => system.SyncDirectory($"{directory}/d")),
            () => Do(() => system.CreateDirectory($"{directory}/d/e")),
            () => Do(() => system.CreateDirectory($"{directory}/d")),
            () => Do(() => system.CreateDirectory($"{directory}/d")),
            () => (system.DirectoryExists($"{directory}/d"), system.FileExists($"{directory}/d"), system.FileExists(a)),
            () => Do(() => open.Add(system.Create(a))),
            () => system.Create(a),
            () => Do(() => system.CreateDirectory(a)),
            () => (system.DirectoryExists(a), system.FileExists(a), system.FileExists($"{a}/x"), system.DirectoryExists($"{a}/x")),
            () => system.Open($"{a}/x", writable: false).Path,
            () => open[0].Read(0, buffer),
            () => open[0].Write(5000, "hello"u8),
            () => open[0].Length(),
            () => (open[0].Read(4998, buffer), Convert.ToHexString(buffer)),
            () => (open[0].Read(5005, buffer), open[0].Read(9999, buffer)),
            () => open[0].Read(-1, buffer),
            () => open[0].Write(-1, buffer),
            () => Do(() => open.Add(system.Open(a, writable: false))),
            () => open[1].Write(0, buffer),
            () => open[1].Read(0, []),
            () => Do(open[1].Sync),
            () => Do(() => system.Rename(a, below)),
            () => Do(() => system.Rename(a, b)),
            () => (open[1].Length(), Do(() => open.Add(system.Create(a)))),
            () => Do(() => system.Rename(a, b)),
            () => (open[0].Length(), system.List(directory).Count, system.List($"{directory}/d").Count),
            () => Do(() => system.Rename(b, $"{directory}/d")),
            () => Do(() => system.Unlink(b)),
            () => Do(() => system.Unlink(b)),
            () => Do(() => system.Unlink($"{directory}/d")),
            () => open[2].Write(0, "still here"u8),
            () => (open[2].Read(0, buffer), Encoding.ASCII.GetString(buffer[..10])),
            () => Do(() => held = system.Lock($"{directory}/LOCK")),
            () => system.Lock($"{directory}/LOCK"),
            () => Do(() => held!.Dispose()),
            () => Do(() => held = system.Lock($"{directory}/LOCK")),
            () => system.Lock($"{directory}/none/LOCK"),
            () => system.FreeBytes($"{directory}/none"),
            () => Do(() => system.SyncDirectory(directory)),
            () => Do(() => system.SyncDirectory($"{directory}/LOCK")),
            () => string.Join(' ', system.List(directory).Order(StringComparer.Ordinal)),
            () => Do(() => open.ForEach(file => file.Dispose())),
            () => open[0].Length(),
            () => Do(() => held!.Dispose()),
        ];
        return [.. calls.Select(Answer)];
    }

    private static string RandomCalls(IFileSystem system, string directory, int seed)
    {
        Dice dice = new(seed, 0);
        StringBuilder answers = new();
        IFile?[] open = new IFile?[4];
        byte[] buffer = new byte[10_000];
        for (int step = 0; step < 300; step++)
        {
            int slot = dice.Below(open.Length);
            string path = $"{directory}/{(char)('a' + dice.Below(4))}";
            string other = $"{directory}/{(char)('a' + dice.Below(4))}";
            int offset = dice.Below(30_000);
            int length = dice.Below(buffer.Length);
            Func<object?> call = dice.Below(13) switch
            {
                0 => () => Keep(slot, system.Create(path)),
                1 => () => Keep(slot, system.Open(path, writable: offset % 2 == 0)),
                2 => () => Do(() => system.Rename(path, other)),
                3 => () => Do(() => system.Unlink(path)),
                4 => () => string.Concat(system.List(directory).Order(StringComparer.Ordinal)),
                5 => () => open[slot]?.Length(),
                6 => () => Do(() => open[slot]?.Sync()),
                7 or 8 => () => (open[slot]?.Read(offset, buffer.AsSpan(0, length)), Convert.ToHexString(buffer.AsSpan(0, length))),
                9 => () => system.TryLink(path, other),
                _ => () => open[slot]?.Write(offset, Pattern(step, length)),
            };
            answers.AppendLine(Answer(call));
        }

        foreach (IFile? file in open)
        {
            file?.Dispose();
        }

        return answers.ToString();

        string Keep(int slot, IFile file)
        {
            open[slot]?.Dispose();
            open[slot] = file;
            return file.Path;
        }
    }

    private static byte[] Pattern(int step, int length)
    {
        byte[] bytes = new byte[length];
        Array.Fill(bytes, (byte)step);
        return bytes;
    }

    private static string Answer(Func<object?> call)
    {
        try
        {
            return call()?.ToString() ?? "nothing";
        }
        catch (StoreException failure)
        {
            return failure.Code.ToString();
        }
        catch (ObjectDisposedException)
        {
            return "disposed";
        }
    }

    private static string Do(Action action)
    {
        action();
        return "done";
    }

    private SimulatedFileSystem Simulated()
    {
        SimulatedFileSystem simulated = new();
        simulated.AddDirectory(_directory);
        return simulated;
    }
}
