using Keystone.Model.Items;

namespace Keystone.Model.PartiQL;

/// <summary>What stands in a WHERE clause: something that is true of an item or not.</summary>
internal abstract record Term;

/// <summary>All of them hold.</summary>
internal sealed record AndTerm(IReadOnlyList<Term> Terms) : Term;

/// <summary>One of them holds.</summary>
internal sealed record OrTerm(IReadOnlyList<Term> Terms) : Term;

/// <summary>It does not hold.</summary>
internal sealed record NotTerm(Term Inner) : Term;

/// <summary>A comparison, by the sign of the expression language.</summary>
internal sealed record ComparisonTerm(string Sign, Operand Left, Operand Right) : Term;

/// <summary>Not below one and not above the other.</summary>
internal sealed record BetweenTerm(Operand Operand, Operand Lower, Operand Upper) : Term;

/// <summary>Equal to one of them.</summary>
internal sealed record InTerm(Operand Operand, IReadOnlyList<Operand> List) : Term;

/// <summary>A function that is true or false.</summary>
internal sealed record CallTerm(CallOperand Call) : Term;

/// <summary>What has a value.</summary>
internal abstract record Operand;

/// <summary>An attribute or a part of one.</summary>
internal sealed record PathOperand(DocumentPath Path) : Operand;

/// <summary>A value of the statement or of its parameters.</summary>
internal sealed record ValueOperand(AttributeValue Value) : Operand;

/// <summary>A function by its name in the expression language.</summary>
internal sealed record CallOperand(string Name, IReadOnlyList<Operand> Arguments) : Operand;

/// <summary>A sum or a difference in an update.</summary>
internal sealed record SumOperand(bool Subtracts, Operand Left, Operand Right) : Operand;
