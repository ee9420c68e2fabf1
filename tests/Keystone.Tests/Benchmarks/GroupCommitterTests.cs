using System.Text;
using Keystone.Benchmarks.Engines.Commit;
using Xunit;

namespace Keystone.Tests.Benchmarks;

/// <summary>The committer that stands above the peers: a put that is lost or told too early would make their figures worthless.</summary>
public sealed class GroupCommitterTests
{
    private readonly List<List<string>> _commits = [];

    [Fact]
    public async Task A_put_is_told_when_its_group_is_written_and_not_before()
    {
        using var open = new ManualResetEventSlim();
        using var committer = new GroupCommitter(() => new PutList(puts =>
        {
            open.Wait();
            Note(puts);
        }));
        Task put = Put(committer, "a").AsTask();
        Assert.False(put.IsCompleted);
        open.Set();
        await put;
        Assert.Equal(["a=a!"], Assert.Single(_commits));
    }

    [Fact]
    public async Task What_comes_during_a_sync_is_the_next_group()
    {
        using var begun = new ManualResetEventSlim();
        using var open = new ManualResetEventSlim();
        using var committer = new GroupCommitter(() => new PutList(puts =>
        {
            begun.Set();
            open.Wait();
            Note(puts);
        }));
        Task first = Put(committer, "a").AsTask();
        begun.Wait(TestContext.Current.CancellationToken);
        Task[] others = [Put(committer, "b").AsTask(), Put(committer, "longer").AsTask()];
        open.Set();
        await Task.WhenAll([first, .. others]);
        Assert.Equal([["a=a!"], ["b=b!", "longer=longer!"]], _commits);
    }

    [Fact]
    public async Task Every_put_of_many_writers_is_in_exactly_one_group()
    {
        const int Writers = 16;
        const int PutsEach = 200;
        using (var committer = new GroupCommitter(() => new PutList(Note)))
        {
            await Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => Task.Run(async () =>
            {
                for (int i = 0; i < PutsEach; i++)
                {
                    await Put(committer, $"{writer}-{i}");
                }
            })));
        }

        IEnumerable<string> expected = Enumerable.Range(0, Writers)
            .SelectMany(static writer => Enumerable.Range(0, PutsEach).Select(i => Shown($"{writer}-{i}")));
        Assert.Equal(expected.Order(StringComparer.Ordinal), _commits.SelectMany(static group => group).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_closed_committer_takes_no_put()
    {
        var committer = new GroupCommitter(() => new PutList(Note));
        committer.Dispose();
        Assert.Throws<ObjectDisposedException>(() => { _ = Put(committer, "a"); });
    }

    private static string Shown(string key) => $"{key}={key}!";

    private static ValueTask Put(GroupCommitter committer, string key) =>
        committer.PutAsync(Encoding.UTF8.GetBytes(key), Encoding.UTF8.GetBytes($"{key}!"));

    /// <summary>Runs on the committer's thread alone; the test reads when all puts were told.</summary>
    private void Note(PutList puts)
    {
        var group = new List<string>();
        for (int i = 0; i < puts.Count; i++)
        {
            group.Add($"{Encoding.UTF8.GetString(puts.Key(i))}={Encoding.UTF8.GetString(puts.Value(i))}");
        }

        _commits.Add(group);
    }
}
