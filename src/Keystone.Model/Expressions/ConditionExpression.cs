using Keystone.Model.Items;

namespace Keystone.Model.Expressions;

/// <summary>
/// A condition or a filter with the names and values of one request: checked, and ready to be asked of any number of items, by any number
/// of threads. Made by <see cref="ExpressionScope"/>.
/// </summary>
public sealed class ConditionExpression
{
    private static readonly EncodedItem NoItem = EncodedItem.Encode(Item.Empty);

    private readonly Binding _binding;
    private readonly ConditionNode _root;

    internal ConditionExpression(Binding binding, ConditionNode root, ExpressionKind kind)
    {
        _binding = binding;
        _root = root;
        Kind = kind;
        new ConditionCheck(binding, kind).Require(root);
        binding.EncodeValues();
    }

    internal Binding Binding => _binding;

    /// <summary>As which kind it was checked.</summary>
    internal ExpressionKind Kind { get; }

    internal ConditionNode Root => _root;

    /// <summary>Whether the condition is true of an item. No item at all is as one without attributes. Allocates nothing.</summary>
    public bool Holds(EncodedItem item)
        => Holds((item.IsNone ? NoItem : item).Read());

    /// <summary>Whether the condition is true of an item that is read in place. Allocates nothing.</summary>
    public bool Holds(ItemReader item) => new ConditionEvaluation(_binding, item).Holds(_root);

    /// <summary>
    /// Throws <see cref="KeystoneErrorCode.ValidationFailed"/> if one of the names is the first of a path with more than one part: keys
    /// have no parts. <paramref name="what"/> says what the names are, <c>Key</c> or <c>IndexKey</c>.
    /// </summary>
    public void RequireScalars(IEnumerable<string> names, string what)
        => ScalarRule.Require(_binding, PathsOf.Condition(_root), names, what);

    /// <summary>The attributes that the condition is about, or that its paths begin with, each once.</summary>
    public IEnumerable<string> Attributes => PathsOf.Condition(_root).Select(path => _binding.NameOf(path.Parts[0])).Distinct();

    /// <summary>Whether the condition names an attribute, or a part of it.</summary>
    public bool Names(string attribute)
        => PathsOf.Condition(_root).Any(path => _binding.NameOf(path.Parts[0]) == attribute);
}
