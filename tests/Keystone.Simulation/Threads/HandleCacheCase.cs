using System.Buffers.Binary;
using Keystone.Simulation.Laws;
using Keystone.Storage.Files;
using Keystone.Storage.Sst;
using Keystone.Testing;
using Keystone.Testing.Disk;

namespace Keystone.Simulation.Threads;

/// <summary>
/// More files than handles may be open. Readers pin a handle, read, and let it go, while others close the same files: every read is of the
/// right file and of one that is open, and there are no more handles than the capacity and the readers allow.
/// </summary>
internal sealed class HandleCacheCase(int seed)
{
    private const string Directory = "/tables";
    private const int Files = 12;
    private const int Readers = 4;
    private const int ReadsOfReader = 12_000;

    public long Run()
    {
        Dice dice = new(seed, thing: 1);
        SimulatedFileSystem disk = new();
        disk.AddDirectory(Directory);
        SstHandle[] handles = [.. Enumerable.Range(1, Files).Select(number => new SstHandle(number))];
        Array.ForEach(handles, handle => Create(disk, handle.FileNumber));
        int capacity = 1 + dice.Below(Files);
        HandleCache cache = new(disk, Directory, capacity);
        using ThreadTeam team = new();
        for (int reader = 0; reader < Readers; reader++)
        {
            Dice own = new(seed, reader + 10);
            team.AddWorker($"reader {reader}", () => Read(team, cache, handles, own));
        }

        Dice closer = new(seed, thing: 2);
        team.AddWatcher("closer", () =>
        {
            cache.Close(handles[closer.Below(Files)]);
            Thread.Yield();
            LawFailure.Require(cache.OpenCount <= capacity + Readers, $"{cache.OpenCount} handles are open, {capacity} may be");
            return 1;
        });
        long done = team.Run();
        cache.Dispose();
        LawFailure.Require(
            cache.OpenCount == 0 && disk.OpenHandles == 0, $"{cache.OpenCount} handles are open behind the end, {disk.OpenHandles} files");
        return done;
    }

    private static long Read(ThreadTeam team, HandleCache cache, SstHandle[] handles, Dice dice)
    {
        Span<byte> content = stackalloc byte[sizeof(long)];
        int read = 0;
        for (; read < ReadsOfReader && !team.MustEnd; read++)
        {
            // Some files are read more often than others, so that some handles are found idle.
            SstHandle handle = handles[dice.Below(1 + dice.Below(Files))];
            OpenHandle open = cache.Pin(handle);
            ThreadTeam.Stir(ref dice);
            int bytes = open.File.Read(0, content);
            open.Unpin();
            long number = BinaryPrimitives.ReadInt64LittleEndian(content);
            LawFailure.Require(bytes == sizeof(long) && number == handle.FileNumber, $"file {handle.FileNumber} reads like {number}");
        }

        return read;
    }

    private static void Create(SimulatedFileSystem disk, long number)
    {
        using IFile file = disk.Create(Path.Combine(Directory, FileNames.Sst(number)));
        byte[] content = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(content, number);
        file.WriteAll(0, content);
    }
}
