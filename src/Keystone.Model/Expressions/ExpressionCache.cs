using System.Collections.Concurrent;
using System.Text;

namespace Keystone.Model.Expressions;

/// <summary>
/// The syntax of expressions that were parsed before, for any number of threads. What enters: texts, under the limits of this cache. What
/// leaves: syntax, immutable and shared. What always holds: at most <see cref="BytesMax"/> of memory are kept, by an estimate that is
/// rather too high, and only texts that were accepted.
/// <para>
/// There are two generations. A text that is found in the old one moves to the young one; when the young one has half of the bound, it
/// becomes the old one and what the old one held is forgotten. So what is used stays, and a look takes no lock. A text that weighs more
/// than <see cref="TextBytesMax"/> is parsed each time: it would push out hundreds of others.
/// </para>
/// </summary>
public sealed class ExpressionCache
{
    /// <summary>The most memory that texts and their syntax take together: 8 MiB.</summary>
    public const int BytesMax = 8 * 1024 * 1024;

    /// <summary>The most memory that one text and its syntax take if it is kept: 256 KiB.</summary>
    public const int TextBytesMax = BytesMax / 32;

    private readonly Lock _turn = new();
    private volatile Generations _generations = new(new Generation(), new Generation());

    /// <summary>A cache that parses under these limits, DynamoDB's by default.</summary>
    public ExpressionCache(ExpressionLimits? limits = null) => Limits = limits ?? ExpressionLimits.Default;

    /// <summary>The limits that every expression here was judged by.</summary>
    public ExpressionLimits Limits { get; }

    /// <summary>How many texts are kept now.</summary>
    internal int Count => _generations.Young.Texts.Count + _generations.Old.Texts.Count;

    /// <summary>How much memory is taken for them, by the estimate.</summary>
    internal long Bytes => _generations.Young.Bytes + _generations.Old.Bytes;

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
        int bytes = WeightOf(key.Text, syntax);
        if (bytes <= TextBytesMax && !now.Young.TryKeep(key, syntax, bytes))
        {
            // If others have filled the new generation meanwhile, the text is not kept this time.
            Turn(now).Young.TryKeep(key, syntax, bytes);
        }
    }

    /// <summary>Makes the young generation the old one, unless another thread did, and returns the present ones.</summary>
    private Generations Turn(Generations full)
    {
        lock (_turn)
        {
            if (ReferenceEquals(_generations, full))
            {
                _generations = new Generations(new Generation(), full.Young);
            }

            return _generations;
        }
    }

    /// <summary>
    /// About what a text takes with its syntax: the text and its names again in both encodings, the slots with the strings and arrays in
    /// them, and the nodes, of which a token makes less than one on average; and of a plain text the expression, which has a tree of its
    /// names.
    /// </summary>
    private static int WeightOf(string text, ExpressionSyntax syntax)
    {
        const int Entry = 256;
        const int Character = 5;
        const int Slot = 80;
        const int Token = 48;
        const int PlainSlot = 400;
        long bytes = Entry + ((long)Character * text.Length) + (syntax.IsPlain ? (long)PlainSlot * (1 + syntax.Names.Length) : 0)
            + ((long)Slot * (syntax.Names.Length + syntax.Values.Length)) + ((long)Token * syntax.Tokens);
        return (int)Math.Min(bytes, int.MaxValue);
    }

    private readonly record struct Key(ExpressionKind Grammar, string Text);

    /// <summary>Texts up to half of the bound.</summary>
    private sealed class Generation
    {
        private long _bytes;

        public ConcurrentDictionary<Key, ExpressionSyntax> Texts { get; } = new();

        public long Bytes => Interlocked.Read(ref _bytes);

        /// <summary>
        /// Keeps a text, or finds it kept; false if there is no room. The room is taken before the entry is made, so that threads together
        /// never take more than there is, and given back if another thread made the entry.
        /// </summary>
        public bool TryKeep(Key key, ExpressionSyntax syntax, int bytes)
        {
            bool hasRoom = Interlocked.Add(ref _bytes, bytes) <= BytesMax / 2;
            if (!hasRoom || !Texts.TryAdd(key, syntax))
            {
                Interlocked.Add(ref _bytes, -bytes);
            }

            return hasRoom;
        }
    }

    private sealed record Generations(Generation Young, Generation Old);
}
