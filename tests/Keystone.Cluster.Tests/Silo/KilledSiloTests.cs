using System.Collections.Concurrent;
using Keystone.Cluster.Tests.Hosting;
using Keystone.Model;
using Keystone.Model.Items;
using Keystone.Model.Keys;
using Xunit;

namespace Keystone.Cluster.Tests.Silo;

/// <summary>One of two silos is killed with SIGKILL under load and comes back on other ports, while membership still lists it.</summary>
public sealed class KilledSiloTests
{
    private const int TimeoutMilliseconds = 180_000;
    private const int Writers = 8;
    private const int WritesBefore = 400;
    private const int WritesAfter = 400;
    private const int ReadsAtATime = 256;

    [Fact(Timeout = TimeoutMilliseconds)]
    public async Task Keys_of_a_killed_silo_fail_by_name_while_the_others_go_on_and_all_that_was_acknowledged_comes_back_with_it()
    {
        CancellationToken ended = TestContext.Current.CancellationToken;
        await using NodePair pair = await NodePair.StartAsync(ended);
        var load = new Load(pair.Client.Database, ended);
        await Eventually.HoldsAsync(() => load.AcknowledgedGoing >= WritesBefore, ended);

        await pair.Going.KillAsync(ended);
        int stayed = load.AcknowledgedStaying;
        Assert.True(pair.GoingIsActive());
        await Eventually.HoldsAsync(() => load.AcknowledgedStaying >= stayed + WritesAfter && load.Refusals > 0, ended);
        await pair.StartGoingAsync(ended);
        int came = load.AcknowledgedGoing;
        await Eventually.HoldsAsync(() => load.AcknowledgedGoing >= came + WritesAfter, ended);

        IReadOnlyCollection<KeystoneException> failures = await load.StopAsync();
        Assert.All(failures, RequireNamed);
        foreach (Item[] some in load.Acknowledged.Chunk(ReadsAtATime))
        {
            Assert.Equal(some, await Task.WhenAll(some.Select(item => pair.Client.Database.GetItemAsync(
                KeystoneDefaults.TableName, item[KeystoneDefaults.PartitionKeyName], null, ended).AsTask())));
        }
    }

    /// <summary>What was not done says so and may be repeated; what was under way says that nobody knows. Both say where.</summary>
    private static void RequireNamed(KeystoneException failure)
    {
        Assert.True(failure.Code is KeystoneErrorCode.StripeUnavailable or KeystoneErrorCode.OutcomeUnknown, failure.ToString());
        Assert.Equal(failure.Code == KeystoneErrorCode.StripeUnavailable, failure.IsRetryable);
        Assert.Equal(NodePair.GoingName, failure.Node);
        Assert.InRange(
            failure.Stripe!.Value, TestSiloPlan.SmallDatabase.StripeCount / 2, TestSiloPlan.SmallDatabase.StripeCount - 1);
    }

    /// <summary>
    /// Writers that put new items and read them back, each for stripes of one silo only, so that waiting for the one silo holds up none
    /// that talks to the other.
    /// </summary>
    private sealed class Load
    {
        private readonly IKeystoneDatabase _database;
        private readonly CancellationToken _ended;
        private readonly Task[] _writers;
        private readonly ConcurrentQueue<Item> _acknowledged = [];
        private readonly ConcurrentQueue<KeystoneException> _failures = [];
        private volatile bool _isStopped;
        private int _acknowledgedGoing;
        private int _acknowledgedStaying;
        private int _refusals;

        public Load(IKeystoneDatabase database, CancellationToken ended)
        {
            _database = database;
            _ended = ended;
            _writers = [.. Enumerable.Range(0, Writers).Select(writer => Task.Run(() => WriteAsync(writer), ended))];
        }

        public int AcknowledgedGoing => Volatile.Read(ref _acknowledgedGoing);

        public int AcknowledgedStaying => Volatile.Read(ref _acknowledgedStaying);

        /// <summary>Operations that surely did nothing and may be repeated.</summary>
        public int Refusals => Volatile.Read(ref _refusals);

        public IReadOnlyCollection<Item> Acknowledged => _acknowledged;

        public async Task<IReadOnlyCollection<KeystoneException>> StopAsync()
        {
            _isStopped = true;
            await Task.WhenAll(_writers).ConfigureAwait(false);
            return _failures;
        }

        private async Task WriteAsync(int writer)
        {
            bool isGoing = writer % 2 == 0;
            for (long number = 0; !_isStopped; number++)
            {
                byte[] key = BitConverter.GetBytes((number * Writers) + writer);
                if (NodePair.IsGoing(ItemKey.Of(key)) == isGoing)
                {
                    await PutAndReadAsync(Item.Of((KeystoneDefaults.PartitionKeyName, key), ("n", number)), key, isGoing)
                        .ConfigureAwait(false);
                }
            }
        }

        private async Task PutAndReadAsync(Item item, byte[] key, bool isGoing)
        {
            try
            {
                await _database.PutItemAsync(KeystoneDefaults.TableName, item, _ended).ConfigureAwait(false);
                _acknowledged.Enqueue(item);
                Interlocked.Increment(ref isGoing ? ref _acknowledgedGoing : ref _acknowledgedStaying);
            }
            catch (KeystoneException failure)
            {
                Note(failure);
            }

            try
            {
                await _database.GetItemAsync(KeystoneDefaults.TableName, key, null, _ended).ConfigureAwait(false);
            }
            catch (KeystoneException failure)
            {
                Note(failure);
            }
        }

        private void Note(KeystoneException failure)
        {
            _failures.Enqueue(failure);
            if (failure.IsRetryable)
            {
                Interlocked.Increment(ref _refusals);
            }
        }
    }
}
