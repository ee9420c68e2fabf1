using Keystone.Model;
using Keystone.Orleans.Client.Translation;
using Keystone.Orleans.Client.Wire;

namespace Keystone.Orleans.Silo.Grains;

/// <content>Transactions and streams.</content>
internal sealed partial class GatewayGrain
{
    /// <inheritdoc/>
    public async ValueTask<TransactWriteAnswer> TransactWriteAsync(TransactWriteCall call, CancellationToken cancellationToken = default)
    {
        try
        {
            RequireHere(call);
            await _database.TransactWriteItemsAsync(TransactionShapes.ToRequest(call), cancellationToken);
            return new TransactWriteAnswer { IsDone = true };
        }
        catch (KeystoneException failure)
        {
            return new TransactWriteAnswer { Failure = Failures.Write(failure) };
        }
    }

    /// <inheritdoc/>
    public async ValueTask<TransactGetAnswer> TransactGetAsync(TransactGetCall call, CancellationToken cancellationToken = default)
    {
        try
        {
            RequireHere(call);
            return TransactionShapes.ToAnswer(await _database.TransactGetItemsAsync(TransactionShapes.ToRequest(call), cancellationToken));
        }
        catch (KeystoneException failure)
        {
            return new TransactGetAnswer { Failure = Failures.Write(failure) };
        }
    }

    /// <inheritdoc/>
    public async ValueTask<ShardIteratorAnswer> GetShardIteratorAsync(ShardIteratorCall call, CancellationToken cancellationToken = default)
    {
        try
        {
            RequireHere(call);
            string iterator = (await _database.GetShardIteratorAsync(StreamShapes.ToRequest(call), cancellationToken)).ShardIterator;
            return new ShardIteratorAnswer { Iterator = iterator };
        }
        catch (KeystoneException failure)
        {
            return new ShardIteratorAnswer { Failure = Failures.Write(failure) };
        }
    }

    /// <inheritdoc/>
    public async ValueTask<RecordsAnswer> GetRecordsAsync(RecordsCall call, CancellationToken cancellationToken = default)
    {
        try
        {
            RequireHere(call);
            return StreamShapes.ToAnswer(await _database.GetRecordsAsync(StreamShapes.ToRequest(call), cancellationToken));
        }
        catch (KeystoneException failure)
        {
            return new RecordsAnswer { Failure = Failures.Write(failure) };
        }
    }
}
