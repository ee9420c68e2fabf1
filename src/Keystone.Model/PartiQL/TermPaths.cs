namespace Keystone.Model.PartiQL;

/// <summary>The attributes that terms are about.</summary>
internal static class TermPaths
{
    /// <summary>Whether a term names an attribute, or a part of it.</summary>
    public static bool Name(Term term, string attribute) => Of(term).Any(path => path.Attribute == attribute);

    private static IEnumerable<DocumentPath> Of(Term term) => term switch
    {
        AndTerm and => and.Terms.SelectMany(Of),
        OrTerm or => or.Terms.SelectMany(Of),
        NotTerm not => Of(not.Inner),
        ComparisonTerm comparison => Of(comparison.Left).Concat(Of(comparison.Right)),
        BetweenTerm between => Of(between.Operand).Concat(Of(between.Lower)).Concat(Of(between.Upper)),
        InTerm membership => Of(membership.Operand).Concat(membership.List.SelectMany(Of)),
        _ => Of(((CallTerm)term).Call),
    };

    private static IEnumerable<DocumentPath> Of(Operand operand) => operand switch
    {
        PathOperand path => [path.Path],
        CallOperand call => call.Arguments.SelectMany(Of),
        SumOperand sum => Of(sum.Left).Concat(Of(sum.Right)),
        _ => [],
    };
}
