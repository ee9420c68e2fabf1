using System.Buffers.Binary;
using Keystone.Storage.Files;
using Keystone.Testing;
using Keystone.Testing.Disk;
using Xunit;

namespace Keystone.Tests.Testing.Disk;

/// <summary>What each power loss may leave of unsynced contents: nothing else, and over many seeds all of it.</summary>
public class PowerLossTests
{
    private const int Seeds = 500;
    private const int Sector = 512;
    private readonly SimulatedFileSystem _disk = new();

    [Fact]
    public void Random_sectors_are_old_or_new_each_for_itself()
    {
        IFile file = WithSynced(Numbered(16 * Sector, 1));
        file.WriteAll(0, Numbered(16 * Sector, 2));
        HashSet<string> found = [];
        foreach (byte[] content in Contents(CrashMode.RandomSectors))
        {
            int[] sectors = Units(content, Sector);
            Assert.All(sectors, value => Assert.InRange(value, 1, 2));
            found.Add(string.Concat(sectors));
        }

        Assert.Contains(new string('1', 16), found);
        Assert.Contains(new string('2', 16), found);
        Assert.True(found.Count > Seeds / 4, $"only {found.Count} different outcomes");
    }

    [Fact]
    public void Random_blocks_are_whole()
    {
        IFile file = WithSynced(Numbered(16 * Sector, 1));
        file.WriteAll(0, Numbered(16 * Sector, 2));
        string[] found = [.. Contents(CrashMode.RandomBlocks).Select(content => string.Concat(Units(content, Sector))).Distinct().Order()];
        Assert.Equal(["1111111111111111", "1111111122222222", "2222222211111111", "2222222222222222"], found);
    }

    [Fact]
    public void A_sector_written_twice_may_hold_the_first_of_the_two()
    {
        IFile file = WithSynced(Numbered(Sector, 1));
        file.WriteAll(0, Numbered(Sector, 2));
        file.WriteAll(0, Numbered(Sector, 3));
        Assert.Equal([1, 2, 3], Contents(CrashMode.RandomSectors).Select(content => (int)content[0]).Distinct().Order());
    }

    [Fact]
    public void An_extension_comes_back_short_or_with_zeros_or_whole()
    {
        IFile file = WithSynced([]);
        file.WriteAll(0, Numbered(4 * Sector, 1));
        HashSet<string> found = [];
        foreach (byte[] content in Contents(CrashMode.RandomSectors))
        {
            Assert.All(content, value => Assert.InRange(value, 0, 1));
            found.Add(content.Length == 0 ? "none" : content.Length < 4 * Sector ? "short" : content.Contains((byte)0) ? "zeros" : "whole");
        }

        Assert.Equal(["none", "short", "whole", "zeros"], found.Order());
    }

    [Fact]
    public void Entries_only_leaves_old_bytes_and_any_length()
    {
        IFile file = WithSynced(Numbered(100, 1));
        file.WriteAll(50, Numbered(1000, 2));
        foreach (byte[] content in Contents(CrashMode.EntriesOnly))
        {
            Assert.Equal(Numbered(100, 1), content[..100]);
            Assert.All(content[100..], value => Assert.Equal(0, value));
        }

        Assert.Contains(Contents(CrashMode.EntriesOnly), content => content.Length == 100);
        Assert.Contains(Contents(CrashMode.EntriesOnly), content => content.Length == 1050);
    }

    [Fact]
    public void A_prefix_ends_between_two_writes()
    {
        IFile file = WithSynced([]);
        byte[] expected = new byte[20];
        for (int index = 0; index < 20; index++)
        {
            expected[index] = (byte)(index + 1);
            file.WriteAll(index, expected.AsSpan(index, 1));
        }

        HashSet<int> lengths = [];
        foreach (byte[] content in Contents(CrashMode.Prefix))
        {
            Assert.Equal(expected[..content.Length], content);
            lengths.Add(content.Length);
        }

        Assert.Equal(21, lengths.Count);
    }

    [Fact]
    public void The_last_write_is_torn_between_sectors_and_the_others_are_whole()
    {
        IFile file = WithSynced([]);
        file.WriteAll(0, Numbered(8 * Sector, 1));
        file.WriteAll(100, Numbered(3 * Sector, 2));
        HashSet<string> found = [];
        foreach (byte[] content in Contents(CrashMode.TornLast))
        {
            byte[] written = _disk.ReadAll("/a");
            Assert.Equal(written.Length, content.Length);
            string pattern = "";
            for (int sector = 0; sector < 8; sector++)
            {
                bool isNew = content.AsSpan(sector * Sector, Sector).SequenceEqual(written.AsSpan(sector * Sector, Sector));
                Assert.True(isNew || content.AsSpan(sector * Sector, Sector).IndexOfAnyExcept((byte)1) < 0);
                pattern += isNew ? 'n' : 'o';
            }

            found.Add(pattern[..5]);
        }

        // The write covers a part of sector 0, all of 1 and 2, and a part of 3: either end of it may be missing.
        Assert.Equal(["nnnnn", "nnnon", "nnoon", "nooon", "onnnn", "oonnn", "ooonn", "oooon"], found.Order());
    }

    [Fact]
    public void Reordering_loses_older_writes_and_keeps_newer_ones()
    {
        IFile file = WithSynced(Numbered(8 * Sector, 1));
        file.WriteAll(0, Numbered(Sector, 2));
        file.WriteAll(4 * Sector, Numbered(Sector, 3));
        string[] found = [.. Contents(CrashMode.Reordered).Select(content => $"{content[0]}{content[4 * Sector]}").Distinct().Order()];
        Assert.Equal(["11", "13", "23"], found);
    }

    [Fact]
    public void Each_file_draws_its_own_fate()
    {
        Synced("/a", [1]).WriteAll(0, [2]);
        Synced("/b", [1]).WriteAll(0, [2]);
        _disk.SyncDirectory("/");
        HashSet<string> found = [];
        for (int seed = 0; seed < Seeds; seed++)
        {
            SimulatedFileSystem after = _disk.AfterCrash(CrashMode.RandomBlocks, seed);
            found.Add($"{after.ReadAll("/a")[0]}{after.ReadAll("/b")[0]}");
        }

        Assert.Equal(["11", "12", "21", "22"], found.Order());
    }

    [Fact]
    public void The_same_seed_leaves_the_same_disk_and_another_seed_another()
    {
        Dice dice = new(7, 0);
        for (int index = 0; index < 50; index++)
        {
            IFile file = index % 5 == 0 ? Synced($"/{index}", []) : _disk.Open($"/{index / 5 * 5}", writable: true);
            file.WriteAll(dice.Below(20_000), Numbered(1 + dice.Below(9000), (byte)(index + 1)));
        }

        foreach (CrashMode mode in Enum.GetValues<CrashMode>())
        {
            Assert.Equal(Print(_disk.AfterCrash(mode, seed: 3)), Print(_disk.AfterCrash(mode, seed: 3)));
        }

        string[] prints = [.. Enumerable.Range(0, 20).Select(seed => Print(_disk.AfterCrash(CrashMode.RandomSectors, seed)))];
        Assert.Equal(20, prints.Distinct().Count());
    }

    [Fact]
    public void What_a_power_loss_leaves_is_durable()
    {
        IFile file = WithSynced(Numbered(16 * Sector, 1));
        file.WriteAll(0, Numbered(16 * Sector, 2));
        SimulatedFileSystem after = _disk.Crash(CrashMode.RandomSectors, seed: 11);
        Assert.Equal(Print(after), Print(after.AfterCrash(CrashMode.DropAll, seed: 0)));
        Assert.Equal(Print(after), Print(after.AfterCrash(CrashMode.RandomSectors, seed: 1)));
    }

    [Fact]
    public void More_writes_than_are_told_apart_still_end_at_old_or_new_bytes()
    {
        IFile file = WithSynced(new byte[4]);
        for (int index = 1; index <= 2 * Inode.HistoryWritesMax; index++)
        {
            byte[] number = new byte[4];
            BinaryPrimitives.WriteInt32LittleEndian(number, index);
            file.WriteAll(0, number);
        }

        int[] found = [.. Contents(CrashMode.Prefix).Select(content => BinaryPrimitives.ReadInt32LittleEndian(content)).Distinct().Order()];
        Assert.Equal(0, found[0]);
        Assert.All(found[1..], value => Assert.InRange(value, Inode.HistoryWritesMax, 2 * Inode.HistoryWritesMax));
    }

    private static byte[] Numbered(int length, byte value)
    {
        byte[] bytes = new byte[length];
        Array.Fill(bytes, value);
        return bytes;
    }

    /// <summary>The value of each unit, all bytes of which have to be equal.</summary>
    private static int[] Units(byte[] content, int size)
    {
        int[] values = new int[content.Length / size];
        for (int index = 0; index < values.Length; index++)
        {
            values[index] = content[index * size];
            Assert.True(content.AsSpan(index * size, size).IndexOfAnyExcept((byte)values[index]) < 0);
        }

        return values;
    }

    private static string Print(SimulatedFileSystem disk)
        => string.Join('\n', disk.Files().Select(path => $"{path} {Convert.ToHexString(disk.ReadAll(path))}"));

    private IFile Synced(string path, byte[] content)
    {
        IFile file = _disk.Create(path);
        file.WriteAll(0, content);
        file.Sync();
        return file;
    }

    private IFile WithSynced(byte[] content)
    {
        IFile file = Synced("/a", content);
        _disk.SyncDirectory("/");
        return file;
    }

    private List<byte[]> Contents(CrashMode mode)
        => [.. Enumerable.Range(0, Seeds).Select(seed => _disk.AfterCrash(mode, seed).ReadAll("/a"))];
}
