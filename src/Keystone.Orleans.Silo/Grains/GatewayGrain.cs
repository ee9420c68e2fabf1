using Keystone.Model;
using Keystone.Model.Requests;
using Keystone.Orleans.Client.Contract;
using Keystone.Orleans.Client.Translation;
using Keystone.Orleans.Client.Wire;
using Keystone.Orleans.Silo.Routing;
using Microsoft.Extensions.Options;
using Orleans.Concurrency;

namespace Keystone.Orleans.Silo.Grains;

/// <summary>
/// Where Orleans clients come in: turns a call into a request, asks the silo's database, turns its result or its failure into an answer.
/// It holds nothing, so there are as many as there is work for.
/// </summary>
[GrainType("ks.gateway")]
[StatelessWorker]
[Reentrant]
internal sealed partial class GatewayGrain : Grain, IGatewayGrain
{
    private readonly SiloDatabase _database;
    private readonly SiloMaintenance _maintenance;
    private readonly string _name;

    public GatewayGrain(SiloDatabase database, SiloMaintenance maintenance, IOptions<KeystoneSiloOptions> options)
    {
        _database = database;
        _maintenance = maintenance;
        _name = options.Value.DatabaseName;
    }

    /// <inheritdoc/>
    public async ValueTask<ItemAnswer> GetAsync(GetCall call)
    {
        try
        {
            RequireHere(call);
            return AnswerWriter.ToAnswer(await _database.GetItemAsync(CallReader.ToRequest(call)), call.Expressions is not null);
        }
        catch (KeystoneException failure)
        {
            return new ItemAnswer { Failure = Failures.Write(failure) };
        }
    }

    /// <inheritdoc/>
    public async ValueTask<WriteAnswer> PutAsync(PutCall call)
    {
        try
        {
            RequireHere(call);
            return AnswerWriter.ToAnswer(await _database.PutItemAsync(CallReader.ToRequest(call)));
        }
        catch (KeystoneException failure)
        {
            return new WriteAnswer { Failure = Failures.Write(failure) };
        }
    }

    /// <inheritdoc/>
    public async ValueTask<WriteAnswer> UpdateAsync(UpdateCall call)
    {
        try
        {
            RequireHere(call);
            return AnswerWriter.ToAnswer(await _database.UpdateItemAsync(CallReader.ToRequest(call)));
        }
        catch (KeystoneException failure)
        {
            return new WriteAnswer { Failure = Failures.Write(failure) };
        }
    }

    /// <inheritdoc/>
    public async ValueTask<WriteAnswer> DeleteAsync(DeleteCall call)
    {
        try
        {
            RequireHere(call);
            return AnswerWriter.ToAnswer(await _database.DeleteItemAsync(CallReader.ToRequest(call)));
        }
        catch (KeystoneException failure)
        {
            return new WriteAnswer { Failure = Failures.Write(failure) };
        }
    }

    /// <inheritdoc/>
    public async ValueTask<PageAnswer> QueryAsync(QueryCall call, CancellationToken cancellationToken = default)
    {
        try
        {
            RequireHere(call);
            QueryResult page = await _database.QueryPageAsync(CallReader.ToRequest(call), cancellationToken);
            return AnswerWriter.ToAnswer(page, call.IsShaped);
        }
        catch (KeystoneException failure)
        {
            return new PageAnswer { Failure = Failures.Write(failure) };
        }
    }

    /// <inheritdoc/>
    public async ValueTask<PageAnswer> ScanAsync(ScanCall call, CancellationToken cancellationToken = default)
    {
        try
        {
            RequireHere(call);
            ScanResult page = await _database.ScanPageAsync(CallReader.ToRequest(call), cancellationToken);
            return AnswerWriter.ToAnswer(page, call.IsShaped);
        }
        catch (KeystoneException failure)
        {
            return new PageAnswer { Failure = Failures.Write(failure) };
        }
    }

    /// <inheritdoc/>
    public async ValueTask<BatchGetAnswer> BatchGetAsync(BatchGetCall call, CancellationToken cancellationToken = default)
    {
        try
        {
            RequireHere(call);
            BatchGetItemsRequest request = CallReader.ToRequest(call);
            return AnswerWriter.ToAnswer(await _database.BatchGetItemsAsync(request, cancellationToken), request);
        }
        catch (KeystoneException failure)
        {
            return new BatchGetAnswer { Failure = Failures.Write(failure) };
        }
    }

    /// <inheritdoc/>
    public async ValueTask<BatchWriteAnswer> BatchWriteAsync(BatchWriteCall call, CancellationToken cancellationToken = default)
    {
        try
        {
            RequireHere(call);
            BatchWriteItemsRequest request = CallReader.ToRequest(call);
            return AnswerWriter.ToAnswer(await _database.BatchWriteItemsAsync(request, cancellationToken), request);
        }
        catch (KeystoneException failure)
        {
            return new BatchWriteAnswer { Failure = Failures.Write(failure) };
        }
    }

    /// <inheritdoc/>
    public ValueTask<TableAnswer> CreateTableAsync(CreateTableCall call) => TableAsync(call, async () =>
        (await _database.CreateTableAsync(CallReader.ToRequest(call))).Table);

    /// <inheritdoc/>
    public ValueTask<TableAnswer> DescribeTableAsync(DescribeTableCall call) => TableAsync(call, async () =>
        (await _database.DescribeTableAsync(new DescribeTableRequest(call.Table))).Table);

    /// <inheritdoc/>
    public ValueTask<TableAnswer> UpdateTableAsync(UpdateTableCall call) => TableAsync(call, async () =>
        (await _database.UpdateTableAsync(CallReader.ToRequest(call))).Table);

    /// <inheritdoc/>
    public ValueTask<TableAnswer> DeleteTableAsync(DeleteTableCall call) => TableAsync(call, async () =>
        (await _database.DeleteTableAsync(new DeleteTableRequest(call.Table))).Table);

    /// <inheritdoc/>
    public async ValueTask<TableNamesAnswer> ListTablesAsync(ListTablesCall call)
    {
        try
        {
            RequireHere(call);
            return TableShapes.ToAnswer(await _database.ListTablesAsync(CallReader.ToRequest(call)));
        }
        catch (KeystoneException failure)
        {
            return new TableNamesAnswer { Failure = Failures.Write(failure) };
        }
    }

    private async ValueTask<TableAnswer> TableAsync(KeystoneCall call, Func<Task<Model.Schema.TableDescription>> ask)
    {
        try
        {
            RequireHere(call);
            return TableShapes.ToAnswer(await ask());
        }
        catch (KeystoneException failure)
        {
            return new TableAnswer { Failure = Failures.Write(failure) };
        }
    }

    private void RequireHere(KeystoneCall call)
    {
        if (call.Database is { } name && name != _name)
        {
            throw new KeystoneException(
                KeystoneErrorCode.ResourceNotFound, $"The cluster has no database '{name}'; its database is '{_name}'.");
        }
    }
}
