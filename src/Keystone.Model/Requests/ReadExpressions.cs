using Keystone.Model.Expressions;
using Keystone.Model.Items;

namespace Keystone.Model.Requests;

/// <summary>
/// The expressions of one read as its caller wrote them, with what their placeholders stand for. They travel as they are written, to where
/// the items are; whoever uses them binds them. Bound once in a process: all threads get expressions that say the same.
/// </summary>
public sealed class ReadExpressions
{
    private static readonly string[] QueryParameters = ["FilterExpression", "KeyConditionExpression"];
    private static readonly string[] ScanParameters = ["FilterExpression"];
    private static readonly string[] GetParameters = ["ProjectionExpression"];

    private volatile BoundReadExpressions? _bound;

    /// <summary>Which read they are of.</summary>
    public required ReadKind Kind { get; init; }

    /// <summary>Which keys a query reads; null means that it says so otherwise. Used up by whoever knows the table.</summary>
    public string? KeyCondition { get; init; }

    /// <summary>Which of the items that are read are answered; null means all.</summary>
    public string? Filter { get; init; }

    /// <summary>Which attributes are answered; null means all.</summary>
    public string? Projection { get; init; }

    /// <summary>Whether only the count of the items is answered.</summary>
    public bool CountOnly { get; init; }

    /// <inheritdoc cref="WriteExpressions.Names"/>
    public IReadOnlyDictionary<string, string>? Names { get; init; }

    /// <inheritdoc cref="WriteExpressions.Values"/>
    public IReadOnlyDictionary<string, AttributeValue>? Values { get; init; }

    /// <summary>Whether the read is one without any of this.</summary>
    public bool IsEmpty
        => KeyCondition is null && Filter is null && Projection is null && !CountOnly && Names is null && Values is null;

    /// <summary>Whether what is answered is not simply the items that are read.</summary>
    public bool ShapesAnswer => Filter is not null || Projection is not null || CountOnly;

    /// <inheritdoc cref="WriteExpressions.Bind"/>
    public BoundReadExpressions Bind(ExpressionCache cache) => _bound ??= Check(cache);

    private BoundReadExpressions Check(ExpressionCache cache)
    {
        bool hasValued = KeyCondition is not null || Filter is not null;
        string[] valueParameters = Kind switch
        {
            ReadKind.Query => QueryParameters,
            ReadKind.Scan => ScanParameters,
            _ => GetParameters,
        };
        RequestStyle.RequireExpressions(
            Names is not null, Values is not null, hasValued || Projection is not null, hasValued, valueParameters);
        var scope = new ExpressionScope(cache, Names, Values);
        ConditionExpression? filter = Filter is null ? null : scope.Filter(Filter);
        KeyConditionExpression? keyCondition = KeyCondition is null ? null : scope.KeyCondition(KeyCondition);
        ProjectionExpression? projection = Projection is null ? null : scope.Projection(Projection);
        scope.RequireAllUsed();
        return new BoundReadExpressions(Kind, keyCondition, filter, projection, CountOnly);
    }
}
