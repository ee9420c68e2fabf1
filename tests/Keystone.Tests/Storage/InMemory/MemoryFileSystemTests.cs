using Keystone.Storage;
using Keystone.Storage.Buffers;
using Keystone.Storage.Files;
using Keystone.Storage.InMemory;
using Xunit;

namespace Keystone.Tests.Storage.InMemory;

/// <summary>What files in memory have that those of a disk have not: a bound of their own, and memory that has to be given back.</summary>
public sealed class MemoryFileSystemTests
{
    private const int BytesMax = 1 << 20;

    private readonly MemoryAccount _account = new("files");

    [Fact]
    public void A_write_beyond_the_bound_is_refused_and_has_no_effect()
    {
        using MemoryFileSystem system = new(_account, BytesMax);
        using IFile file = system.Create("/000001.sst");
        file.WriteAll(0, "first"u8);
        long before = _account.Bytes;
        StoreException full = Assert.Throws<StoreException>(() => file.Write(5, new byte[BytesMax]));
        Assert.Equal(StoreErrorCode.DiskFull, full.Code);
        Assert.Equal(5, file.Length());
        Assert.Equal(before, _account.Bytes);
        file.WriteAll(5, "then"u8);
        Assert.Equal(9, file.Length());
    }

    [Fact]
    public void Tables_leave_room_for_the_manifest()
    {
        using MemoryFileSystem system = new(_account, BytesMax);
        using IFile table = system.Create("/000001.sst");
        for (int written = 0; written < system.TableBytesMax; written += 1024)
        {
            table.WriteAll(written, new byte[1024]);
        }

        Assert.Throws<StoreException>(() => table.Write(system.TableBytesMax, new byte[1]));
        using IFile manifest = system.Create("/MANIFEST-000001");
        manifest.WriteAll(0, new byte[64 << 10]);
        Assert.True(system.UsedBytes <= BytesMax);
    }

    [Fact]
    public void The_memory_of_a_file_goes_with_its_last_name_and_handle()
    {
        using MemoryFileSystem system = new(_account, BytesMax);
        IFile file = system.Create("/a");
        file.WriteAll(0, new byte[100_000]);
        IFile other = system.Open("/a", writable: false);
        system.Unlink("/a");
        file.Dispose();
        Assert.True(_account.Bytes >= 100_000);
        Assert.Equal(1, other.Read(99_999, new byte[2]));
        other.Dispose();
        other.Dispose();
        Assert.Equal(0, _account.Bytes);
        Assert.Throws<ObjectDisposedException>(() => other.Read(0, new byte[1]));
    }

    [Fact]
    public void A_file_that_is_open_when_the_file_system_goes_stays_readable()
    {
        MemoryFileSystem system = new(_account, BytesMax);
        IFile file = system.Create("/a");
        file.WriteAll(0, "still here"u8);
        system.Dispose();
        byte[] read = new byte[10];
        Assert.Equal(10, file.Read(0, read));
        Assert.Equal("still here"u8.ToArray(), read);
        file.Dispose();
        Assert.Equal(0, _account.Bytes);
    }

    [Fact]
    public async Task Readers_beside_a_writer_and_a_close_see_what_was_written_or_that_the_file_is_closed()
    {
        using MemoryFileSystem system = new(_account, bytesMax: 64 << 20);
        for (int round = 0; round < 50; round++)
        {
            IFile file = system.Create("/a");
            long written = 0;
            Task[] readers = [.. Enumerable.Range(0, 3).Select(_ => Task.Run(() => ReadToTheEnd(file, ref written)))];
            byte[] piece = new byte[3000];
            for (int at = 0; at < 40; at++)
            {
                Array.Fill(piece, (byte)(at + 1));
                file.WriteAll(at * (long)piece.Length, piece);
                Volatile.Write(ref written, (at + 1) * (long)piece.Length);
            }

            system.Unlink("/a");
            file.Dispose();
            await Task.WhenAll(readers);
            Assert.Equal(0, _account.Bytes);
        }
    }

    private static void ReadToTheEnd(IFile file, ref long written)
    {
        byte[] buffer = new byte[7000];
        try
        {
            while (true)
            {
                long known = Volatile.Read(ref written);
                int read = file.Read(0, buffer);
                Assert.True(read >= Math.Min(known, buffer.Length));
                for (int at = 0; at < Math.Min(known, read); at++)
                {
                    Assert.Equal((byte)((at / 3000) + 1), buffer[at]);
                }
            }
        }
        catch (ObjectDisposedException)
        {
            // The writer is done.
        }
    }
}
