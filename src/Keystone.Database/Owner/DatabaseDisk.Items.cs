using System.Buffers;
using Keystone.Database.Catalog;
using Keystone.Database.Indexes;
using Keystone.Database.Streams;
using Keystone.Model;
using Keystone.Model.Expressions;
using Keystone.Model.Items;
using Keystone.Model.Keys;
using Keystone.Model.Requests;
using Keystone.Storage;
using Keystone.Storage.Versions;

namespace Keystone.Database.Owner;

/// <content>Writes and point reads.</content>
public sealed partial class DatabaseDisk
{
    /// <summary>Engine keys up to this length are made on the stack.</summary>
    private const int KeyStackBytes = 512;

    /// <summary>How often a write is decided anew because it touches stripes that it did not hold.</summary>
    private const int DecisionRoundsMax = 32;

    /// <inheritdoc/>
    public async ValueTask<StripeWriteResult> WriteAsync(StripeWrite write, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using UseGate.Pass use = Enter();
        using UseGate.Pass tableUse = EnterTable(write.Target, out CatalogTable table);
        await SettledAsync(table).ConfigureAwait(false);
        bool wasPoisoned = _events.IsPoisoned;
        try
        {
            bool isBlind = write is { IsPut: true, Condition: null, Expressions: null, Return: ReturnValues.None }
                && !table.KeepsMoreThanItems;
            return isBlind
                ? await PutAsync(table, write).ConfigureAwait(false)
                : await DecideAsync(table, write, cancellationToken).ConfigureAwait(false);
        }
        catch (StoreException failure)
        {
            throw StoreErrors.MapWrite(failure, wasPoisoned, _events.WillReopen);
        }
    }

    /// <inheritdoc/>
    public ValueTask<GetItemResult> GetAsync(StripeGet get, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using UseGate.Pass use = Enter();
        CatalogTable table = TableOf(get.Target);
        table.Description.Definition.Key.Require(get.Key, _limits);
        ProjectionExpression? projection = Bound(get.Expressions, table.Description.Definition.Key)?.Projection;
        StripeClaim claim = ClaimOf(get.Target);
        uint hash = HashOf(claim, table.Id, get.Key);
        int length = EngineKey.Length(get.Key);
        Span<byte> key = length <= KeyStackBytes ? stackalloc byte[KeyStackBytes] : new byte[length];
        key = key[..EngineKey.Write(key, table.Id, hash, get.Key)];
        GetItemResult? found = null;
        ExpiredItems expired = ExpiredOf(table);
        try
        {
            ReadResult read = _engine.Read(
                claim,
                key,
                new Answer(ref found, projection, expired),
                static (answer, value, sequence) => answer.Result = StoredItem.Read(value, sequence, answer.Projection, answer.Expired));
            return read.Status switch
            {
                ReadStatus.Found => new ValueTask<GetItemResult>(found!),
                ReadStatus.NotFound => new ValueTask<GetItemResult>(GetItemResult.NotFound),
                ReadStatus.NeedsDisk => GetFromDiskAsync(claim, key.ToArray(), projection, expired),
                _ => throw StoreErrors.NotServing(claim),
            };
        }
        catch (StoreException failure)
        {
            throw StoreErrors.Map(failure);
        }
    }

    /// <inheritdoc/>
    public async ValueTask<StripeOutcome<StripeWriteResult>[]> WriteManyAsync(
        IReadOnlyList<StripeWrite> writes, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(writes);

        // All are under way before the first is waited for, so that they share the syncs of the log.
        var pending = new ValueTask<StripeOutcome<StripeWriteResult>>[writes.Count];
        for (int i = 0; i < pending.Length; i++)
        {
            pending[i] = StripeOutcome<StripeWriteResult>.OfAsync(WriteAsync(writes[i], cancellationToken));
        }

        (StripeOutcome<StripeWriteResult>[] outcomes, OperationCanceledException? cancelled) =
            await AllAsync(pending).ConfigureAwait(false);
        return cancelled is null ? outcomes : throw CancelledBatch.ToException(cancelled, outcomes);
    }

    /// <inheritdoc/>
    public async ValueTask<StripeOutcome<GetItemResult>[]> GetManyAsync(
        IReadOnlyList<StripeGet> gets, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(gets);
        var pending = new ValueTask<StripeOutcome<GetItemResult>>[gets.Count];
        for (int i = 0; i < pending.Length; i++)
        {
            pending[i] = StripeOutcome<GetItemResult>.OfAsync(StartGet(gets[i], cancellationToken));
        }

        (StripeOutcome<GetItemResult>[] outcomes, OperationCanceledException? cancelled) = await AllAsync(pending).ConfigureAwait(false);
        return cancelled is null ? outcomes : throw cancelled;
    }

    /// <summary>
    /// Waits for all operations. Those that were cancelled are missing among the outcomes, and one of their ends is told.
    /// </summary>
    private static async ValueTask<(StripeOutcome<T>[] Outcomes, OperationCanceledException? Cancelled)> AllAsync<T>(
        ValueTask<StripeOutcome<T>>[] pending)
    {
        // Each is awaited whatever became of those before it: an abandoned one would still be writing.
        List<StripeOutcome<T>> outcomes = new(pending.Length);
        OperationCanceledException? cancelled = null;
        foreach (ValueTask<StripeOutcome<T>> operation in pending)
        {
            try
            {
                outcomes.Add(await operation.ConfigureAwait(false));
            }
            catch (OperationCanceledException failure)
            {
                cancelled = failure;
            }
        }

        return ([.. outcomes], cancelled);
    }

    private async ValueTask<GetItemResult> StartGet(StripeGet get, CancellationToken cancellationToken)
        => await GetAsync(get, cancellationToken).ConfigureAwait(false);

    private async ValueTask<StripeWriteResult> PutAsync(CatalogTable table, StripeWrite write)
    {
        StripeClaim claim = ClaimOf(write.Target);
        WriteResult result = await StartPut(table, claim, write.Item).ConfigureAwait(false);
        return result.Status == WriteStatus.Committed
            ? new StripeWriteResult(new ItemVersion(claim.Epoch, result.Sequence), null)
            : throw StoreErrors.NotServing(claim);
    }

    private ValueTask<WriteResult> StartPut(CatalogTable table, StripeClaim claim, EncodedItem item)
    {
        ItemKey key = KeyOfPut(table, item);
        uint hash = HashOf(claim, table.Id, key);
        int keyLength = EngineKey.Length(key);
        int valueLength = StoredItem.Length(claim.Epoch, item);
        byte[] bytes = ArrayPool<byte>.Shared.Rent(keyLength + valueLength);
        try
        {
            Span<byte> value = bytes.AsSpan(keyLength, valueLength);
            EngineKey.Write(bytes, table.Id, hash, key);
            StoredItem.Write(value, claim.Epoch, item);
            return _engine.PutAsync(claim, bytes.AsSpan(0, keyLength), value, _durability);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    private async ValueTask<StripeWriteResult> DecideAsync(CatalogTable table, StripeWrite write, CancellationToken cancellationToken)
    {
        StripeClaim claim = ClaimOf(write.Target);
        BoundExpressions? expressions = write.Expressions?.Bind(_expressions);
        expressions?.RequireKey(table.Description.Definition.Key);
        ItemDecision decision = DecisionOf(table, claim, write, expressions);
        DecidedWrite plan = new([decision], stripe => ClaimOf(new StripeTarget(stripe, 0, 0)), StripeCount) { Clock = _streamClock };
        using StreamClock.Pass numbering = table.Description.Stream is null ? default : _streamClock.Enter();
        await DecideAsync(plan, cancellationToken).ConfigureAwait(false);
        if (decision.Failure is { } failure)
        {
            throw new KeystoneException(failure.Code, failure.Message, failure);
        }

        if (!decision.ConditionHolds)
        {
            throw KeystoneException.ConditionFailed(write.ReturnCurrentOnConditionFailure ? decision.Found : null);
        }

        ItemVersion? version = decision.IsChange ? new ItemVersion(claim.Epoch, decision.Sequence) : null;
        return new StripeWriteResult(version, ReturnedAttributes.Of(write.Return, decision, expressions?.Update));
    }

    /// <summary>Decides with ever more stripes, until all that the decision touches are among them.</summary>
    private async ValueTask DecideAsync(IHoldingPlan plan, CancellationToken cancellationToken)
    {
        for (int round = 0; round < DecisionRoundsMax; round++)
        {
            WriteResult result = await _engine.WriteAsync(plan, _durability, cancellationToken).ConfigureAwait(false);
            if (result.Status == WriteStatus.NotServing)
            {
                throw StoreErrors.NotServing(plan.Held.Claims.Values.FirstOrDefault(claim => !IsServing(claim), plan.ClaimAt(0)));
            }

            if (!plan.Held.IsLacking)
            {
                return;
            }

            plan.Held.HoldLacking();
        }

        throw new KeystoneException(
            KeystoneErrorCode.Overloaded,
            $"Other writes moved the item between partitions of an index {DecisionRoundsMax} times while this one was decided. Try again.");
    }

    private bool IsServing(StripeClaim claim)
    {
        (StripeState state, ulong epoch) = _engine.StateOf(claim.Stripe);
        return state == StripeState.Serving && epoch == claim.Epoch;
    }

    /// <summary>Begins a write to a table. One that is exchanged for another form of itself meanwhile is looked up anew.</summary>
    private UseGate.Pass EnterTable(StripeTarget target, out CatalogTable table)
    {
        UseGate? closed = null;
        while (true)
        {
            table = TableOf(target);
            if (table.Use.TryEnter(out UseGate.Pass use))
            {
                return use;
            }

            if (ReferenceEquals(table.Use, closed))
            {
                throw KeystoneException.TableNotFound(table.Name);
            }

            closed = table.Use;
        }
    }

    /// <summary>
    /// Waits until nothing is decided any more under the form that a table had before. Side by side, a write under the old form could undo
    /// what one under the new form has put into an index, and leave the entry. Exchanges come one after the other, so whoever waits here
    /// for
    /// one table is waited for at no other; nobody who waits may be in the old form of the same table.
    /// </summary>
    private static ValueTask SettledAsync(CatalogTable table)
        => table.Former is null or { IsDrained: true } ? ValueTask.CompletedTask : new ValueTask(table.Former.Drained);

    private ItemDecision DecisionOf(CatalogTable table, StripeClaim claim, StripeWrite write, BoundExpressions? expressions)
    {
        KeySchema schema = table.Description.Definition.Key;
        ItemKey itemKey = write.IsPut ? KeyOfPut(table, write.Item) : write.Key;
        if (!write.IsPut)
        {
            schema.Require(itemKey, _limits);
        }

        byte[] key = new byte[EngineKey.Length(itemKey)];
        EngineKey.Write(key, table.Id, HashOf(claim, table.Id, itemKey), itemKey);
        WriteEffect effect = write switch
        {
            { IsPut: true } => WriteEffect.Put(claim.Epoch, write.Item),
            { IsCheck: true } => WriteEffect.Check,
            { IsUpdate: true } => WriteEffect.Update(claim.Epoch, schema.ToItem(itemKey), expressions?.Update, _limits),
            _ => WriteEffect.Delete(claim.Epoch),
        };
        return new ItemDecision(table, claim, itemKey, key, effect, write, expressions, _limits);
    }

    private ItemKey KeyOfPut(CatalogTable table, EncodedItem item)
    {
        _limits.RequireItem(item);
        return table.Description.Definition.Key.KeyOf(item, _limits);
    }

    private async ValueTask<GetItemResult> GetFromDiskAsync(
        StripeClaim claim, byte[] key, ProjectionExpression? projection, ExpiredItems expired)
    {
        // Begins while the caller's own use has not ended, and lasts as long as the disk takes.
        using UseGate.Pass use = Enter();
        try
        {
            ArrayBufferWriter<byte> value = new();
            ReadResult read = await _engine.GetAsync(claim, key, value).ConfigureAwait(false);
            return read.Status switch
            {
                ReadStatus.Found => StoredItem.Read(value.WrittenSpan, read.Sequence, projection, expired),
                ReadStatus.NotFound => GetItemResult.NotFound,
                _ => throw StoreErrors.NotServing(claim),
            };
        }
        catch (StoreException failure)
        {
            throw StoreErrors.Map(failure);
        }
    }

    /// <summary>The hash of a key, which has to lie in the stripe that the request names.</summary>
    private uint HashOf(StripeClaim claim, uint id, ItemKey key)
    {
        ulong hash = StripeHash.Of(id, key.PartitionBytes.Span);
        int stripe = StripeHash.StripeOf(hash, StripeCount);
        return stripe == claim.Stripe
            ? StripeHash.KeyPartOf(hash)
            : throw new KeystoneException(
                KeystoneErrorCode.Internal,
                $"A request for stripe {claim.Stripe} has a key of stripe {stripe}: its sender counts other stripes than {StripeCount}.");
    }

    /// <summary>Where the answer of a read goes, and what of the item it has.</summary>
    private readonly ref struct Answer(ref GetItemResult? result, ProjectionExpression? projection, ExpiredItems expired)
    {
        private readonly ref GetItemResult? _result = ref result;

        public ProjectionExpression? Projection { get; } = projection;

        public ExpiredItems Expired { get; } = expired;

        public GetItemResult? Result
        {
            set => _result = value;
        }
    }
}
