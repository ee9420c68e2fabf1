using Keystone.Database.Owner;
using Keystone.Model;
using Keystone.Model.Requests;
using Keystone.Orleans.Client;
using Keystone.Orleans.Client.Wire.Stripes;
using Keystone.Orleans.Silo.Translation;

namespace Keystone.Orleans.Silo.Routing;

/// <content>
/// Batches: what this silo serves goes to the disk in one piece, what others own in one message for each stripe, all at once. A stripe that
/// cannot be reached fails its own part and no other.
/// </content>
internal sealed partial class StripeRouter
{
    /// <inheritdoc/>
    public async ValueTask<StripeOutcome<GetItemResult>[]> GetManyAsync(
        IReadOnlyList<StripeGet> gets, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(gets);
        var parts = BatchParts.Of(gets.Count, at => gets[at].Target.Stripe, _host.IsServing);
        var outcomes = new StripeOutcome<GetItemResult>[gets.Count];
        await Task.WhenAll(parts.Select(AskAsync)).ConfigureAwait(false);
        return outcomes;

        async Task AskAsync(BatchPart part)
        {
            StripeGet[] asked = [.. part.Places.Select(at => gets[at])];
            StripeOutcome<GetItemResult>[] answers = part.Stripe is { } stripe
                ? await SendAsync(stripe, asked, cancellationToken).ConfigureAwait(false)
                : await _host.Disk.GetManyAsync(asked, cancellationToken).ConfigureAwait(false);
            part.Scatter(answers, outcomes);
        }
    }

    /// <inheritdoc/>
    public async ValueTask<StripeOutcome<StripeWriteResult>[]> WriteManyAsync(
        IReadOnlyList<StripeWrite> writes, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(writes);
        var parts = BatchParts.Of(writes.Count, at => writes[at].Target.Stripe, _host.IsServing);
        var outcomes = new StripeOutcome<StripeWriteResult>[writes.Count];
        // All are under way before the first is waited for, and each is awaited whatever became of those before it.
        Task<StripeOutcome<StripeWriteResult>[]>[] asked = [.. parts.Select(AskAsync)];
        List<StripeOutcome<StripeWriteResult>> ended = [];
        OperationCanceledException? cancelled = null;
        KeystoneException? failed = null;
        foreach (Task<StripeOutcome<StripeWriteResult>[]> part in asked)
        {
            try
            {
                ended.AddRange(await part.ConfigureAwait(false));
            }
            catch (OperationCanceledException failure)
            {
                cancelled = failure;
            }
            catch (KeystoneException failure)
            {
                failed = failure;
            }
        }

        if (failed is not null)
        {
            throw failed;
        }

        return cancelled is null ? outcomes : throw CancelledBatch.ToException(cancelled, ended);

        async Task<StripeOutcome<StripeWriteResult>[]> AskAsync(BatchPart part)
        {
            StripeWrite[] writesOfPart = [.. part.Places.Select(at => writes[at])];
            StripeOutcome<StripeWriteResult>[] answers = part.Stripe is { } stripe
                ? await SendAsync(stripe, writesOfPart, cancellationToken).ConfigureAwait(false)
                : await _host.Disk.WriteManyAsync(writesOfPart, cancellationToken).ConfigureAwait(false);
            part.Scatter(answers, outcomes);
            return answers;
        }
    }

    private async Task<StripeOutcome<GetItemResult>[]> SendAsync(int stripe, StripeGet[] gets, CancellationToken cancellationToken)
    {
        var call = new StripeGetManyCall
        {
            Epoch = _map.Epoch,
            CatalogVersion = gets[0].Target.CatalogVersion,
            ConsistentRead = gets[0].ConsistentRead,
            Gets = [.. gets.Select(StripeCalls.Write)],
        };
        try
        {
            ValueTask<StripeGetManyAnswer> sent = GrainOf(stripe).GetManyAsync(call, cancellationToken);
            StripeGetManyAnswer answer = await ReadAsync(stripe, sent, cancellationToken).ConfigureAwait(false);
            return [.. answer.Items.Select(StripeAnswers.ReadOutcome)];
        }
        catch (KeystoneException failure)
        {
            return [.. gets.Select(_ => new StripeOutcome<GetItemResult>(null, failure))];
        }
    }

    private async Task<StripeOutcome<StripeWriteResult>[]> SendAsync(int stripe, StripeWrite[] writes, CancellationToken cancellationToken)
    {
        var call = new StripeWriteManyCall
        {
            Epoch = _map.Epoch,
            CatalogVersion = writes[0].Target.CatalogVersion,
            Writes = [.. writes.Select(StripeCalls.Write)],
        };
        try
        {
            ValueTask<StripeWriteManyAnswer> sent = GrainOf(stripe).WriteManyAsync(call, cancellationToken);
            StripeWriteManyAnswer answer = await Sending.WriteAsync(sent, cancellationToken, stripe, _map.OwnerOf(stripe))
                .ConfigureAwait(false);
            return [.. answer.Writes.Select(StripeAnswers.ReadOutcome)];
        }
        catch (KeystoneException failure)
        {
            return [.. writes.Select(_ => new StripeOutcome<StripeWriteResult>(default, failure))];
        }
    }
}
