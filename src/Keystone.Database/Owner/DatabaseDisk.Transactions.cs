using System.Buffers;
using Keystone.Database.Catalog;
using Keystone.Database.Streams;
using Keystone.Model;
using Keystone.Model.Expressions;
using Keystone.Model.Items;
using Keystone.Model.Keys;
using Keystone.Model.Requests;
using Keystone.Storage;
using Keystone.Storage.Versions;

namespace Keystone.Database.Owner;

/// <content>
/// Transactions of which this disk owns every stripe: decided together under the writers of all of them, and written in one batch. So they
/// are in one order with each other and with all other writes, and none waits with a lock for another.
/// </content>
public sealed partial class DatabaseDisk
{
    /// <summary>
    /// Where the next look for records of tokens begins, for each stripe. Any thread moves it; a look too many harms nobody.
    /// </summary>
    private readonly byte[]?[] _tokenCursors;

    /// <inheritdoc/>
    public async ValueTask TransactWriteAsync(StripeTransaction transaction, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(transaction);
        cancellationToken.ThrowIfCancellationRequested();
        using UseGate.Pass use = Enter();
        TransactionRule.RequireCount(transaction.Writes.Count, _limits);
        bool wasPoisoned = _events.IsPoisoned;
        List<UseGate.Pass> uses = new(transaction.Writes.Count);
        try
        {
            ItemDecision[] decisions = new ItemDecision[transaction.Writes.Count];
            HashSet<(uint Table, ItemKey Key)> seen = [];
            Dictionary<uint, CatalogTable> tables = [];
            for (int i = 0; i < decisions.Length; i++)
            {
                StripeWrite write = transaction.Writes[i];
                if (!tables.TryGetValue(write.Target.TableId, out CatalogTable? table))
                {
                    // Each table once, and in one form: who waits for another form must not be in an older one.
                    uses.Add(EnterTable(write.Target, out table));
                    tables.Add(write.Target.TableId, table);
                    await SettledAsync(table).ConfigureAwait(false);
                }

                BoundExpressions? expressions = write.Expressions?.Bind(_expressions);
                expressions?.RequireKey(table.Description.Definition.Key);
                decisions[i] = DecisionOf(table, ClaimOf(write.Target), write, expressions);
                if (!seen.Add((table.Id, decisions[i].ItemKey)))
                {
                    throw KeystoneException.Validation("Transaction request cannot include multiple operations on one item");
                }
            }

            using StreamClock.Pass numbering = _streamClock.Enter();
            await TransactAsync(transaction, decisions, cancellationToken).ConfigureAwait(false);
        }
        catch (StoreException failure)
        {
            throw StoreErrors.MapWrite(failure, wasPoisoned, _events.WillReopen);
        }
        finally
        {
            uses.ForEach(one => one.Dispose());
        }
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<EncodedItem?>> TransactGetAsync(
        IReadOnlyList<StripeGet> gets, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(gets);
        cancellationToken.ThrowIfCancellationRequested();
        using UseGate.Pass use = Enter();
        TransactionRule.RequireCount(gets.Count, _limits);

        // A group of writes is published at once for all of its stripes, so a moment has all of a transaction or nothing.
        using Snapshot moment = _engine.TakeSnapshot();
        var items = new EncodedItem?[gets.Count];
        long bytes = 0;
        for (int i = 0; i < items.Length; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            items[i] = await GetAtAsync(gets[i], moment).ConfigureAwait(false);
            bytes += items[i]?.Bytes.Length ?? 0;
            if (bytes > _limits.TransactionBytesMax)
            {
                throw TooManyBytes(bytes);
            }
        }

        return items;
    }

    private async ValueTask TransactAsync(StripeTransaction transaction, ItemDecision[] decisions, CancellationToken cancellationToken)
    {
        TransactionToken? token = transaction.Token is { } text
            ? await TokenOfAsync(text, transaction.Writes, decisions[0]).ConfigureAwait(false)
            : null;
        DecidedWrite plan = new(decisions, stripe => ClaimOf(new StripeTarget(stripe, 0, 0)), StripeCount, token)
        {
            BytesMax = _limits.TransactionBytesMax,
            Clock = _streamClock,
        };
        await DecideAsync(plan, cancellationToken).ConfigureAwait(false);
        if (token is { IsTaken: true })
        {
            throw new KeystoneException(
                KeystoneErrorCode.IdempotentParameterMismatch,
                "Request token was used earlier with different parameters: another transaction has it. Take a new one.");
        }

        if (token is { IsRepeat: true })
        {
            return;
        }

        if (plan.Bytes > _limits.TransactionBytesMax)
        {
            throw TooManyBytes(plan.Bytes);
        }

        if (Array.Exists(decisions, decision => !decision.Agrees))
        {
            throw KeystoneException.TransactionCanceled([.. decisions.Select(ReasonOf)]);
        }
    }

    private async ValueTask<EncodedItem?> GetAtAsync(StripeGet get, Snapshot moment)
    {
        CatalogTable table = TableOf(get.Target);
        KeySchema schema = table.Description.Definition.Key;
        schema.Require(get.Key, _limits);
        ProjectionExpression? projection = Bound(get.Expressions, schema)?.Projection;
        StripeClaim claim = ClaimOf(get.Target);
        byte[] key = new byte[EngineKey.Length(get.Key)];
        EngineKey.Write(key, table.Id, HashOf(claim, table.Id, get.Key), get.Key);
        try
        {
            ArrayBufferWriter<byte> value = new();
            ReadResult read = await _engine.GetAsync(claim, key, value, moment).ConfigureAwait(false);
            return read.Status switch
            {
                ReadStatus.Found => StoredItem.Read(value.WrittenSpan, read.Sequence, projection, ExpiredOf(table)).Item,
                ReadStatus.NotFound => default(EncodedItem?),
                _ => throw StoreErrors.NotServing(claim),
            };
        }
        catch (StoreException failure)
        {
            throw StoreErrors.Map(failure);
        }
    }

    private async ValueTask<TransactionToken> TokenOfAsync(string text, IReadOnlyList<StripeWrite> writes, ItemDecision first)
    {
        uint hash = EngineKey.Parse(first.Key).Hash;
        IReadOnlyList<byte[]> others = await OtherTokensAsync(first.Claim).ConfigureAwait(false);
        return new TransactionToken(
            first.Claim, TransactionToken.KeyOf(hash, text), TransactionToken.DigestOf(writes), _options.Time.GetUtcNow(), others);
    }

    /// <summary>A few records of tokens in a stripe, from where the last look ended.</summary>
    private async ValueTask<IReadOnlyList<byte[]>> OtherTokensAsync(StripeClaim home)
    {
        List<byte[]> keys = [];
        byte[] from = Volatile.Read(ref _tokenCursors[home.Stripe]) ?? CatalogFormat.StartOf(TableIds.Tokens);
        using StripeIterator records = _engine.OpenIterator(home, from, CatalogFormat.EndOf(TableIds.Tokens))
            ?? throw StoreErrors.NotServing(home);
        bool isStarted = false;
        while (keys.Count < TransactionToken.LooksMax)
        {
            IteratorState state = isStarted ? records.Next() : records.SeekFirst();
            if (state == IteratorState.NeedsDisk)
            {
                await records.LoadAsync().ConfigureAwait(false);
                continue;
            }

            isStarted = true;
            if (state == IteratorState.End)
            {
                break;
            }

            keys.Add(records.Key.ToArray());
        }

        Volatile.Write(ref _tokenCursors[home.Stripe], keys.Count < TransactionToken.LooksMax ? null : [.. keys[^1], 0]);
        return keys;
    }

    private static CancellationReason ReasonOf(ItemDecision decision) => decision switch
    {
        { Agrees: true } => CancellationReason.None,
        { Failure: { } failure } => new CancellationReason(failure.Code, failure.Message),
        _ => new CancellationReason(KeystoneErrorCode.ConditionalCheckFailed, "The conditional request failed")
        {
            Item = decision.Write.ReturnCurrentOnConditionFailure ? decision.Found : null,
        },
    };

    private KeystoneException TooManyBytes(long bytes) => KeystoneException.Validation(
        $"The aggregated size of the items of a transaction has exceeded the limit: {bytes} bytes, {_limits.TransactionBytesMax} are "
        + "allowed. Divide it");
}
