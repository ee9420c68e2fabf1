using Keystone.Storage;
using Keystone.Storage.Sst;
using Xunit;

namespace Keystone.Tests.Storage.Sst;

public sealed class HandleCacheTests
{
    [Fact]
    public void No_more_handles_are_open_than_the_capacity()
    {
        MemoryFiles files = FilesWith(50);
        using HandleCache cache = new(files, SstFixture.Directory, capacity: 7);
        SstHandle[] handles = [.. Enumerable.Range(1, 50).Select(n => new SstHandle(n))];
        Random random = new(1);
        for (int i = 0; i < 5000; i++)
        {
            SstHandle handle = handles[random.Next(handles.Length)];
            OpenHandle open = cache.Pin(handle);
            Assert.Equal(SstFixture.PathOf(handle.FileNumber), open.File.Path);
            open.Unpin();
            Assert.InRange(files.Open, 1, 7);
            Assert.Equal(files.Open, cache.OpenCount);
        }

        Assert.Equal(7, files.OpenMax);
    }

    [Fact]
    public void A_handle_that_is_used_often_stays_open()
    {
        MemoryFiles files = FilesWith(50);
        using HandleCache cache = new(files, SstFixture.Directory, capacity: 4);
        SstHandle hot = new(1);
        OpenHandle first = cache.Pin(hot);
        first.Unpin();
        for (int n = 2; n <= 50; n++)
        {
            cache.Pin(new SstHandle(n)).Unpin();
            OpenHandle again = cache.Pin(hot);
            again.Unpin();
            Assert.Same(first, again);
        }
    }

    [Fact]
    public void A_pinned_handle_outlives_its_file_and_is_closed_when_it_is_let_go()
    {
        MemoryFiles files = FilesWith(2);
        using HandleCache cache = new(files, SstFixture.Directory, capacity: 1);
        SstHandle handle = new(1);
        OpenHandle pinned = cache.Pin(handle);
        files.Unlink(SstFixture.PathOf(1));
        cache.Close(handle);

        // The only place is taken by the pinned one, so another one is beyond the capacity while both are in use, and no longer.
        OpenHandle other = cache.Pin(new SstHandle(2));
        Assert.Equal(2, files.Open);
        other.Unpin();
        Assert.Equal(1, files.Open);
        Assert.Equal(3, pinned.File.Read(0, new byte[10]));
        pinned.Unpin();
        Assert.Equal(0, files.Open);
    }

    [Fact]
    public void A_file_that_cannot_be_opened_takes_no_place()
    {
        MemoryFiles files = FilesWith(1);
        using HandleCache cache = new(files, SstFixture.Directory, capacity: 1);
        for (int i = 0; i < 3; i++)
        {
            Assert.Equal(StoreErrorCode.NotFound, Assert.Throws<StoreException>(() => cache.Pin(new SstHandle(9))).Code);
        }

        cache.Pin(new SstHandle(1)).Unpin();
        Assert.Equal(1, cache.OpenCount);
    }

    private static MemoryFiles FilesWith(int count)
    {
        MemoryFiles files = new();
        for (int n = 1; n <= count; n++)
        {
            files.Files[SstFixture.PathOf(n)] = [1, 2, 3];
        }

        return files;
    }
}
