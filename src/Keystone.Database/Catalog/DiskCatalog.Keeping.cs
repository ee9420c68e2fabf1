using Keystone.Model;
using Keystone.Model.Schema;

namespace Keystone.Database.Catalog;

/// <content>What a table keeps for a time: its streams, and items that expire. Enabled and disabled by an exchange, as indexes
/// are.</content>
internal sealed partial class DiskCatalog
{
    /// <summary>Into how many shards a stream is divided.</summary>
    private const int ShardCount = 4;

    /// <summary>So long changes are kept.</summary>
    public static readonly TimeSpan StreamRetention = TimeSpan.FromHours(24);

    /// <summary>Is told when there is something that is kept for a time only. Set before the first change.</summary>
    public Action OnKept { get; set; } = () => { };

    /// <summary>Whether something is kept for a time only.</summary>
    public bool KeepsForATime
        => _current.Tables.Any(table => table.Description.Streams.Count > 0 || table.Description.TimeToLive is not null);

    /// <summary>Forgets the streams that were disabled so long ago that nothing of them is kept.</summary>
    public async ValueTask ForgetStreamsAsync(DateTimeOffset before)
    {
        foreach (CatalogTable table in _current.Tables.Where(table => table.Description.Streams.Any(IsOld)))
        {
            await ChangeAsync(() => ForgetStreamsAsync(table.Id, IsOld), CancellationToken.None).ConfigureAwait(false);
        }

        bool IsOld(StreamDescription stream) => stream.Disabled is { } disabled && disabled < before;
    }

    private async ValueTask<bool> ForgetStreamsAsync(uint tableId, Func<StreamDescription, bool> isOld)
    {
        if (_current.Find(tableId) is not { TakesItems: true } table)
        {
            return false;
        }

        foreach (StreamDescription stream in table.Description.Streams.Where(isOld))
        {
            await DropAsync(stream.Id).ConfigureAwait(false);
        }

        TableDescription left = table.Description with { Streams = [.. table.Description.Streams.Where(stream => !isOld(stream))] };
        await ShowAsync(left, table.Use).ConfigureAwait(false);
        return true;
    }

    private async ValueTask<TableDescription> EnableStreamAsync(CatalogTable table, StreamViewType view)
    {
        RequireUnchanging(table);
        TableDescription before = table.Description;
        if (before.Stream is not null)
        {
            throw KeystoneException.Validation($"Table already has an enabled stream: TableName: {table.Name}");
        }

        if (before.Streams.Count >= _options.Limits.StreamsMax)
        {
            throw new KeystoneException(
                KeystoneErrorCode.LimitExceeded,
                $"The table {table.Name} has {before.Streams.Count} streams that can still be read; "
                + $"{_options.Limits.StreamsMax} is the most. "
                + $"The oldest goes {StreamRetention.TotalHours:F0} hours after it was disabled.");
        }

        RequireIds(1);
        TableDescription after = before with
        {
            Definition = before.Definition with { Stream = view },
            Streams = [.. before.Streams, NewStream(before.Streams, view, _current.NextId)],
        };
        await ExchangeAsync(table, after).ConfigureAwait(false);
        OnKept();
        return after;
    }

    private async ValueTask<TableDescription> DisableStreamAsync(CatalogTable table)
    {
        RequireUnchanging(table);
        TableDescription before = table.Description;
        if (before.Stream is not { } stream)
        {
            throw KeystoneException.Validation($"Table has no stream to disable: TableName: {table.Name}");
        }

        TableDescription after = before with
        {
            Definition = before.Definition with { Stream = null },
            Streams = [.. before.Streams.SkipLast(1), stream with { Disabled = Now() }],
        };
        await ExchangeAsync(table, after).ConfigureAwait(false);
        return after;
    }

    private async ValueTask<TableDescription> EnableExpiryAsync(CatalogTable table, string attribute)
    {
        RequireUnchanging(table);
        TableDescription before = table.Description;
        if (before.TimeToLive is { } there)
        {
            throw KeystoneException.Validation(there.Attribute == attribute
                ? "TimeToLive is already enabled"
                : $"TimeToLive is active on a different AttributeName: current AttributeName is {there.Attribute}");
        }

        RequireIds(1);
        TimeToLiveDescription expiry = new(attribute, _current.NextId, TimeToLiveStatus.Enabling);
        CatalogTable next = await ExchangeAsync(table, before with { TimeToLive = expiry }).ConfigureAwait(false);
        OnFilling(next.Id, expiry.Id);
        OnKept();
        return next.Description;
    }

    private async ValueTask<TableDescription> DisableExpiryAsync(CatalogTable table, string attribute)
    {
        RequireUnchanging(table);
        TableDescription before = table.Description;
        if (before.TimeToLive is not { } expiry)
        {
            throw KeystoneException.Validation("TimeToLive is already disabled");
        }

        if (expiry.Attribute != attribute)
        {
            throw KeystoneException.Validation(
                $"TimeToLive is active on a different AttributeName: current AttributeName is {expiry.Attribute}");
        }

        TableDescription going = before with { TimeToLive = expiry with { Status = TimeToLiveStatus.Disabling } };
        await ForgetExpiryAsync(await ExchangeAsync(table, going).ConfigureAwait(false)).ConfigureAwait(false);
        return going;
    }

    /// <summary>Drops the times of items to which nobody writes any more, then what the catalog knows of them.</summary>
    private async ValueTask ForgetExpiryAsync(CatalogTable table)
    {
        uint id = table.Description.TimeToLive!.Id;
        await DropAsync(id).ConfigureAwait(false);
        await ShowAsync(table.Description with { TimeToLive = null }, table.Use, unmarked: id).ConfigureAwait(false);
        _tallies.TryRemove(id, out _);
    }

    /// <summary>A stream that begins now. Names of streams are times, so two of a table never have the same.</summary>
    private StreamDescription NewStream(IReadOnlyList<StreamDescription> others, StreamViewType view, uint id)
    {
        DateTimeOffset now = Now();
        while (others.Any(other => other.Created == now))
        {
            now += TimeSpan.FromMilliseconds(1);
        }

        return new StreamDescription(id, view, now, Math.Min(ShardCount, _epochs.Length));
    }

    private DateTimeOffset Now() => DateTimeOffset.FromUnixTimeMilliseconds(_options.Time.GetUtcNow().ToUnixTimeMilliseconds());
}
