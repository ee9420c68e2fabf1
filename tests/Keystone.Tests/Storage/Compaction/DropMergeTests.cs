using CsCheck;
using Keystone.Storage.Compaction;
using Keystone.Storage.Sst;
using Keystone.Storage.Versions;
using Xunit;

namespace Keystone.Tests.Storage.Compaction;

/// <summary>Merged marks hide from every reader what the single ones hid, and nothing else.</summary>
public sealed class DropMergeTests
{
    private const int Keys = 8;

    [Fact]
    public void Marks_that_adjoin_with_nothing_between_them_become_one()
    {
        DropMark merged = Assert.Single(DropMerge.Merge([Mark(5, 0, 2), Mark(9, 2, 4), Mark(6, 4, 0)], [3, 9], []));
        Assert.Equal(9UL, merged.Sequence);
        Assert.Equal([0], merged.From);
        Assert.Empty(merged.To);
    }

    [Fact]
    public void Marks_of_consecutive_sequences_become_one_whatever_the_files_hold()
        => Assert.Single(DropMerge.Merge([Mark(5, 0, 2), Mark(6, 2, 4)], [], [FileOf([(1, 4), (1, 9)])]));

    [Fact]
    public void A_version_of_the_older_range_between_two_marks_keeps_them_apart()
    {
        Assert.Equal(2, DropMerge.Merge([Mark(5, 0, 2), Mark(9, 2, 4)], [], [FileOf([(1, 7)])]).Count);
        Assert.Single(DropMerge.Merge([Mark(5, 0, 2), Mark(9, 2, 4)], [], [FileOf([(3, 7)])]));
        Assert.Single(DropMerge.Merge([Mark(5, 0, 2), Mark(9, 0, 4)], [], [FileOf([(1, 7)])]));
    }

    [Theory]
    [InlineData(4UL, 1)]
    [InlineData(5UL, 2)]
    [InlineData(8UL, 2)]
    [InlineData(9UL, 1)]
    public void A_snapshot_from_the_older_mark_up_to_the_newer_one_keeps_them_apart(ulong snapshot, int count)
        => Assert.Equal(count, DropMerge.Merge([Mark(5, 0, 2), Mark(9, 2, 4)], [snapshot], []).Count);

    [Fact]
    public void Marks_whose_ranges_do_not_touch_stay()
        => Assert.Equal(2, DropMerge.Merge([Mark(5, 0, 2), Mark(6, 3, 4)], [], []).Count);

    [Fact]
    public void Every_reader_sees_the_same_with_merged_marks()
    {
        Gen<(int Kind, int From, int Length, int File)[]> histories =
            Gen.Select(Gen.Int[0, 9], Gen.Int[0, Keys - 1], Gen.Int[1, 4], Gen.Int[0, 3]).Array[1, 24];
        histories.Sample(history =>
        {
            Model model = new();
            foreach ((int kind, int from, int length, int file) in history)
            {
                model.Do(kind, from, length, file);
            }

            List<DropMark> merged = DropMerge.Merge(model.Marks, [.. model.Snapshots], model.Files());
            foreach (ulong reader in model.Snapshots.Append(model.Last).Append(model.Last + 3))
            {
                for (byte key = 0; key < Keys; key++)
                {
                    Assert.Equal(model.Visible(key, reader, model.Marks), model.Visible(key, reader, merged));
                }
            }
        });
    }

    private static DropMark Mark(ulong sequence, byte from, byte to) => new(sequence, [from], to == 0 ? [] : [to]);

    private static FileRecord FileOf(List<(byte Key, ulong Sequence)> versions) => new(
        new SstMeta
        {
            FileNumber = 1,
            FileId = 1,
            FileBytes = 1000,
            FirstKey = [versions.Min(v => v.Key)],
            LastKey = [versions.Max(v => v.Key)],
            FirstSequence = versions.Min(v => v.Sequence),
            LastSequence = versions.Max(v => v.Sequence),
            EntryCount = versions.Count,
            DeleteCount = 0,
            DataBytes = 500,
            Footer = [],
        },
        DropsThrough: 0);

    /// <summary>A stripe as a plain list of versions, each in some file, with marks and snapshots in between.</summary>
    private sealed class Model
    {
        private readonly List<(byte Key, ulong Sequence, int File)> _versions = [];

        public ulong Last { get; private set; }

        public List<DropMark> Marks { get; } = [];

        public SortedSet<ulong> Snapshots { get; } = [];

        public void Do(int kind, int from, int length, int file)
        {
            switch (kind)
            {
                case < 4:
                    _versions.Add(((byte)from, ++Last, file));
                    break;
                case < 9:
                    int to = from + length;
                    Marks.Add(new DropMark(++Last, [(byte)from], to > Keys ? [] : [(byte)to]));
                    break;
                default:
                    Snapshots.Add(Last);
                    break;
            }
        }

        public FileRecord[] Files()
            => [.. _versions.GroupBy(v => v.File).Select(g => FileOf([.. g.Select(v => (v.Key, v.Sequence))]))];

        /// <summary>The sequence of what a reader sees under the key; 0 for nothing.</summary>
        public ulong Visible(byte key, ulong reader, List<DropMark> marks)
        {
            ulong newest = _versions.Where(v => v.Key == key && v.Sequence <= reader).Select(v => v.Sequence).DefaultIfEmpty().Max();
            bool isHidden = marks.Exists(m => m.Sequence <= reader && newest < m.Sequence && m.Contains([key]));
            return isHidden ? 0 : newest;
        }
    }
}
