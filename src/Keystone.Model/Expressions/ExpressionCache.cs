using System.Collections.Concurrent;
using System.Text;

namespace Keystone.Model.Expressions;

/// <summary>
/// The syntax of expressions that were parsed before, for any number of threads. What enters: texts, under the limits of this cache. What
/// leaves: syntax, immutable and shared. What always holds: at most <see cref="EntriesMax"/> texts are kept, and only such as were
/// accepted, so each is as long as the limit allows at most.
/// <para>
/// There are two generations. A text that is found in the old one moves to the young one; when the young one is half of the bound, it
/// becomes the old one and what the old one held is forgotten. So what is used stays, and a look takes no lock.
/// </para>
/// </summary>
public sealed class ExpressionCache
{
    /// <summary>The most texts that are kept.</summary>
    public const int EntriesMax = 2048;

    private readonly Lock _turn = new();
    private volatile Generations _generations = new(new Generation(), new Generation());

    /// <summary>A cache that parses under these limits, DynamoDB's by default.</summary>
    public ExpressionCache(ExpressionLimits? limits = null) => Limits = limits ?? ExpressionLimits.Default;

    /// <summary>The limits that every expression here was judged by.</summary>
    public ExpressionLimits Limits { get; }

    /// <summary>How many texts are kept now.</summary>
    internal int Count => _generations.Young.Texts.Count + _generations.Old.Texts.Count;

    /// <summary>The syntax of a condition, filter or key condition. Throws <see cref="KeystoneErrorCode.ValidationFailed"/>.</summary>
    internal ConditionSyntax Condition(string text, ExpressionKind kind)
        => (ConditionSyntax)Get(text, kind, ExpressionKind.Condition);

    internal UpdateSyntax Update(string text) => (UpdateSyntax)Get(text, ExpressionKind.Update, ExpressionKind.Update);

    internal ProjectionSyntax Projection(string text)
        => (ProjectionSyntax)Get(text, ExpressionKind.Projection, ExpressionKind.Projection);

    private ExpressionSyntax Get(string text, ExpressionKind kind, ExpressionKind grammar)
    {
        ArgumentNullException.ThrowIfNull(text);
        Generations now = _generations;
        var key = new Key(grammar, text);
        if (now.Young.Texts.TryGetValue(key, out ExpressionSyntax? syntax))
        {
            return syntax;
        }

        syntax = now.Old.Texts.TryGetValue(key, out ExpressionSyntax? old) ? old : Parse(text, kind);
        Keep(now, key, syntax);
        return syntax;
    }

    private ExpressionSyntax Parse(string text, ExpressionKind kind)
    {
        if (text.Length == 0)
        {
            throw ExpressionError.Empty(kind);
        }

        int bytes = Encoding.UTF8.GetByteCount(text);
        if (bytes > Limits.ExpressionBytesMax)
        {
            throw ExpressionError.TooLong(kind, bytes);
        }

        return kind switch
        {
            ExpressionKind.Update => UpdateParser.Parse(text, Limits),
            ExpressionKind.Projection => ProjectionParser.Parse(text, Limits),
            _ => ConditionParser.Parse(text, kind, Limits),
        };
    }

    private void Keep(Generations now, Key key, ExpressionSyntax syntax)
    {
        // A place is taken before the entry is made, so that threads together never make more entries than there are places.
        if (Interlocked.Increment(ref now.Young.PlacesTaken) <= EntriesMax / 2)
        {
            now.Young.Texts.TryAdd(key, syntax);
            return;
        }

        lock (_turn)
        {
            if (ReferenceEquals(_generations, now))
            {
                _generations = new Generations(new Generation(), now.Young);
            }
        }
    }

    private readonly record struct Key(ExpressionKind Grammar, string Text);

    private sealed class Generation
    {
        public int PlacesTaken;

        public ConcurrentDictionary<Key, ExpressionSyntax> Texts { get; } = new();
    }

    private sealed record Generations(Generation Young, Generation Old);
}
