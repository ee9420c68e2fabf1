using Keystone.Model.Items;
using Keystone.Model.Requests;

namespace Keystone.Model.PartiQL;

/// <summary>
/// Runs a select by its plan. What can be answered as it is read is answered a page at a time; what has to be seen as a whole is read to
/// its end within <see cref="ExecuteStatementRequest.HeldBytesMax"/>, and answered at once.
/// </summary>
internal sealed class SelectExecution
{
    /// <summary>The bytes of items after which a page of several runs of keys ends.</summary>
    private const int PageBytesMax = 1024 * 1024;

    private readonly SelectPlan _plan;
    private readonly SelectSource _source;
    private readonly ExecuteStatementRequest _request;

    public SelectExecution(IKeystoneDatabase database, SelectPlan plan, ExecuteStatementRequest request)
    {
        _plan = plan;
        _source = new SelectSource(database, plan, request.ConsistentRead);
        _request = request;
    }

    public ValueTask<ExecuteStatementResult> RunAsync(CancellationToken cancellationToken)
        => _plan.HoldsRows ? RunWholeAsync(cancellationToken) : RunPageAsync(cancellationToken);

    private async ValueTask<ExecuteStatementResult> RunWholeAsync(CancellationToken cancellationToken)
    {
        if (_request.NextToken is not null)
        {
            throw KeystoneException.Validation("Invalid NextToken: the statement is answered at once and has none");
        }

        IHeldRows rows = _plan.Select.IsAggregate
            ? new GroupedRows(_plan.Select, _request.HeldBytesMax)
            : new SortedRows(_plan, _request.HeldBytesMax);
        SourcePosition? position = new(0);
        long looked = 0;
        while (position is not null)
        {
            SourcePage page = await _source.ReadAsync(position, _request.Limit, cancellationToken).ConfigureAwait(false);
            rows.Add(page);
            looked += page.ScannedCount;
            position = page.Next;
        }

        return new ExecuteStatementResult(rows.Build()) { ScannedCount = looked };
    }

    private async ValueTask<ExecuteStatementResult> RunPageAsync(CancellationToken cancellationToken)
    {
        uint number = NextToken.NumberOf(_request.Statement, _request.Parameters);
        NextToken here = _request.NextToken is { } text
            ? NextToken.Read(text, number, _plan)
            : new NextToken(new SourcePosition(0), _plan.Select.Offset, _plan.Select.Limit);
        var rows = new List<EncodedItem>();
        long bytes = 0;
        int looked = 0;
        NextToken? next = here;
        while (next is { Left: null or > 0 } && bytes < PageBytesMax && (_request.Limit is not { } most || looked < most))
        {
            SourcePage page = await _source.ReadAsync(next.Position, LimitOf(next, looked), cancellationToken).ConfigureAwait(false);
            looked += page.ScannedCount;
            bytes += page.Items.Sum(item => (long)item.Bytes.Length);
            next = Take(page, next, rows);
            if (_plan.Branches.Count <= 1)
            {
                break;
            }
        }

        string? token = next is { Left: null or > 0 } ? next.Write(number, _plan.TableKey) : null;
        return new ExecuteStatementResult(rows, token) { ScannedCount = looked };
    }

    /// <summary>Where no filter takes items away, no more are looked at than are to be answered.</summary>
    private int? LimitOf(NextToken here, int looked)
    {
        long limit = _request.Limit - looked ?? int.MaxValue;
        if (here.Left is { } left && _plan.Filter is null && _plan.Residual is null)
        {
            limit = Math.Min(limit, left > int.MaxValue - here.Skip ? int.MaxValue : left + here.Skip);
        }

        return limit < int.MaxValue ? (int)limit : null;
    }

    private NextToken? Take(SourcePage page, NextToken here, List<EncodedItem> rows)
    {
        long skipped = Math.Min(here.Skip, page.Items.Count);
        long taken = Math.Min(here.Left ?? long.MaxValue, page.Items.Count - skipped);
        for (long i = skipped; i < skipped + taken; i++)
        {
            rows.Add(RowShape.Of(_plan, page.Items[(int)i]));
        }

        return page.Next is null ? null : new NextToken(page.Next, here.Skip - skipped, here.Left - taken);
    }
}
