using Keystone.Model;
using Keystone.Model.Requests;

namespace Keystone.Database.Owner;

/// <summary>
/// The operations that the owners of stripes carry out: what stands between the routing of calls and the stripes themselves.
/// <para>
/// What enters: requests that name stripe, epoch and table id, with keys and items as bytes. What leaves: answers, or a
/// <see cref="KeystoneException"/>. What always holds: the owner decides; it checks whatever the sender could have checked. On this disk
/// the implementation is <see cref="DatabaseDisk"/>; one that sends the requests to other nodes stands in the same place.
/// </para>
/// </summary>
public interface IStripeOperations
{
    /// <summary>Puts, updates or deletes one item.</summary>
    ValueTask<StripeWriteResult> WriteAsync(StripeWrite write, CancellationToken cancellationToken = default);

    /// <summary>Reads one item.</summary>
    ValueTask<GetItemResult> GetAsync(StripeGet get, CancellationToken cancellationToken = default);

    /// <summary>Reads a page of one partition.</summary>
    ValueTask<StripePage> QueryAsync(StripeQuery query, CancellationToken cancellationToken = default);

    /// <summary>Reads a page of one table in one stripe.</summary>
    ValueTask<StripePage> ScanAsync(StripeScan scan, CancellationToken cancellationToken = default);

    /// <summary>Reads changes of one stripe.</summary>
    ValueTask<StripeChangePage> ReadChangesAsync(StripeChanges changes, CancellationToken cancellationToken = default);

    /// <summary>Writes many items of any stripes, each by itself. One outcome for each, in their order.</summary>
    ValueTask<StripeOutcome<StripeWriteResult>[]> WriteManyAsync(
        IReadOnlyList<StripeWrite> writes, CancellationToken cancellationToken = default);

    /// <summary>Reads many items of any stripes, each by itself. One outcome for each, in their order.</summary>
    ValueTask<StripeOutcome<GetItemResult>[]> GetManyAsync(
        IReadOnlyList<StripeGet> gets, CancellationToken cancellationToken = default);
}
