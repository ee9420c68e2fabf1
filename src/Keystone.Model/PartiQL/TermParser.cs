using System.Globalization;
using Keystone.Model.Items;

namespace Keystone.Model.PartiQL;

/// <summary>
/// The WHERE clause of a statement into its terms, and the paths and operands that other clauses have too.
/// <code>
///  term        = and { OR and }
///  and         = not { AND not }
///  not         = { NOT } ( ( term ) | comparison )
///  comparison  = operand [ sign operand | [ NOT ] BETWEEN operand AND operand | [ NOT ] IN list | IS [ NOT ] ( MISSING | NULL ) ]
///  list        = ( operand { , operand } ) | [ operand { , operand } ]
///  operand     = function ( operand { , operand } ) | value | path
///  path        = name { . name | [ number ] }
/// </code>
/// </summary>
internal sealed class TermParser(StatementReader reader)
{
    private readonly ValueParser _values = new(reader);

    public Term Read()
    {
        Term first = And();
        return reader.Next.Is("OR") ? new OrTerm(Terms("OR", first, And)) : first;
    }

    public Operand ReadOperand()
    {
        if (_values.IsNext)
        {
            return new ValueOperand(_values.Read());
        }

        return IsCallNext ? ReadCall() : new PathOperand(ReadPath());
    }

    public bool IsCallNext => reader.Next.Kind == StatementTokenKind.Word && reader.AfterNext.IsSign("(");

    public DocumentPath ReadPath()
    {
        List<DocumentPart> parts = [new DocumentPart(reader.ExpectName("the name of an attribute"), 0)];
        while (true)
        {
            if (reader.TakeSign("."))
            {
                parts.Add(new DocumentPart(reader.ExpectName("a name behind the dot of a path"), 0));
            }
            else if (reader.TakeSign("["))
            {
                parts.Add(new DocumentPart(null, ReadIndex()));
                reader.ExpectSign("]");
            }
            else
            {
                return new DocumentPath(parts);
            }
        }
    }

    private int ReadIndex()
    {
        bool isNegative = reader.TakeSign("-");
        StatementToken digits = reader.Take();
        bool isIndex = digits.Kind == StatementTokenKind.Number
            && int.TryParse(digits.Text, NumberStyles.None, CultureInfo.InvariantCulture, out int index)
            && (index == 0 || !isNegative);
        return isIndex
            ? int.Parse(digits.Text, CultureInfo.InvariantCulture)
            : throw KeystoneException.Validation(
                $"List index is not within the allowable range; index: [{(isNegative ? "-" : "")}{digits.Text}] at {digits.Place}");
    }

    private Term And()
    {
        Term first = Not();
        return reader.Next.Is("AND") ? new AndTerm(Terms("AND", first, Not)) : first;
    }

    private List<Term> Terms(string sign, Term first, Func<Term> readTerm)
    {
        List<Term> terms = [first];
        while (reader.TakeWord(sign))
        {
            terms.Add(readTerm());
        }

        return terms;
    }

    private Term Not()
    {
        bool isNegated = false;
        while (reader.TakeWord("NOT"))
        {
            isNegated = !isNegated;
        }

        Term term = reader.Next.IsSign("(") ? Parenthesized() : Comparison();
        return isNegated ? new NotTerm(term) : term;
    }

    private Term Parenthesized()
    {
        reader.ExpectSign("(");
        reader.Enter();
        Term term = Read();
        reader.Leave();
        reader.ExpectSign(")");
        return term;
    }

    private Term Comparison()
    {
        Operand operand = ReadOperand();
        if (reader.TakeWord("IS"))
        {
            return Is(operand);
        }

        bool isNegated = reader.Next.Is("NOT") && (reader.AfterNext.Is("IN") || reader.AfterNext.Is("BETWEEN")) && reader.TakeWord("NOT");
        Term? term = reader.TakeWord("BETWEEN") ? Between(operand)
            : reader.TakeWord("IN") ? In(operand)
            : ComparisonSign() is { } sign ? new ComparisonTerm(sign, operand, ReadOperand())
            : null;
        if (term is not null)
        {
            return isNegated ? new NotTerm(term) : term;
        }

        if (reader.Next.Is("LIKE"))
        {
            throw StatementError.NotOffered($"LIKE at {reader.Next.Place}; use begins_with or contains");
        }

        return operand is CallOperand { Name: not "size" } call
            ? new CallTerm(call)
            : throw StatementError.Unexpected(reader.Next, "a comparison");
    }

    private Term Is(Operand operand)
    {
        bool isNegated = reader.TakeWord("NOT");
        string test = reader.TakeWord("MISSING") ? "attribute_not_exists" : "attribute_type";
        if (test == "attribute_type")
        {
            reader.ExpectWord("NULL");
        }

        if (operand is not PathOperand)
        {
            throw StatementError.NotWellFormed("IS asks about an attribute, not about a value");
        }

        Term term = new CallTerm(test == "attribute_type"
            ? new CallOperand(test, [operand, new ValueOperand(AttributeValue.String("NULL"))])
            : new CallOperand(test, [operand]));
        return isNegated ? new NotTerm(term) : term;
    }

    private BetweenTerm Between(Operand operand)
    {
        Operand lower = ReadOperand();
        reader.ExpectWord("AND");
        return new BetweenTerm(operand, lower, ReadOperand());
    }

    private InTerm In(Operand operand)
    {
        StatementToken open = reader.Next;
        List<Operand> list = open.IsSign("[") ? reader.List("[", "]", ReadOperand) : reader.List("(", ")", ReadOperand);
        return list.Count > 0 ? new InTerm(operand, list) : throw StatementError.NotWellFormed($"The list at {open.Place} is empty");
    }

    private string? ComparisonSign()
    {
        string? sign = reader.Next.Kind != StatementTokenKind.Sign ? null : reader.Next.Text switch
        {
            "!=" => "<>",
            "=" or "<>" or "<" or "<=" or ">" or ">=" => reader.Next.Text,
            _ => null,
        };
        if (sign is not null)
        {
            reader.Take();
        }

        return sign;
    }

    private CallOperand ReadCall()
    {
        StatementToken name = reader.Take();
        string function = name.Text.ToLowerInvariant();
        if (function is not ("attribute_exists" or "attribute_not_exists" or "attribute_type" or "begins_with" or "contains" or "size"))
        {
            throw StatementError.UnknownFunction(name);
        }

        List<Operand> arguments = reader.List("(", ")", ReadOperand);
        return arguments.Count > 0
            ? new CallOperand(function, arguments)
            : throw KeystoneException.Validation(
                "Incorrect number of operands for operator or function; "
                + $"operator or function: {function}, number of operands: 0");
    }
}
