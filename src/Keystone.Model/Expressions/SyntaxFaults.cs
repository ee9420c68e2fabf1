namespace Keystone.Model.Expressions;

/// <summary>
/// What a text that could be read has against it all the same, kept until all of it was read: DynamoDB reports one fault, by a rank of the
/// kinds of faults and not by their places. Of each kind the first one counts.
/// </summary>
internal sealed class SyntaxFaults(ExpressionKind kind)
{
    private bool _hasRedundantParentheses;
    private string? _unknownFunction;
    private string? _misusedFunction;
    private string? _reserved;
    private string? _repeatedSection;
    private int _pathLevels;

    public void RedundantParentheses() => _hasRedundantParentheses = true;

    public void UnknownFunction(string name) => _unknownFunction ??= name;

    public void MisusedFunction(string name) => _misusedFunction ??= name;

    public void Reserved(string word) => _reserved ??= word;

    public void RepeatedSection(string section) => _repeatedSection ??= section;

    public void PathTooDeep(int levels) => _pathLevels = _pathLevels == 0 ? levels : _pathLevels;

    /// <summary>Throws the fault of the highest rank, if there is any.</summary>
    public void Report()
    {
        // In an update, reserved words come before functions; in a condition behind them.
        string? early = kind == ExpressionKind.Update ? _reserved : null;
        KeystoneException? fault =
            _hasRedundantParentheses ? ExpressionError.RedundantParentheses(kind)
            : early is not null ? ExpressionError.Reserved(kind, early)
            : _unknownFunction is not null ? ExpressionError.UnknownFunction(kind, _unknownFunction)
            : _misusedFunction is not null ? ExpressionError.MisusedFunction(kind, _misusedFunction)
            : _reserved is not null ? ExpressionError.Reserved(kind, _reserved)
            : _repeatedSection is not null ? ExpressionError.RepeatedSection(kind, _repeatedSection)
            : _pathLevels > 0 ? ExpressionError.PathTooDeep(kind, _pathLevels)
            : null;
        if (fault is not null)
        {
            throw fault;
        }
    }
}
