using Keystone.Model.Items;

namespace Keystone.Model.PartiQL;

/// <summary>
/// Values as statements have them.
/// <code>
///  value  = text | [ - ] number | TRUE | FALSE | NULL | ? | list | map | set
///  list   = [ [ value { , value } ] ]
///  map    = { [ text : value { , text : value } ] }
///  set    = &lt;&lt; value { , value } &gt;&gt;                  of texts, of numbers or of binary parameters
/// </code>
/// </summary>
internal sealed class ValueParser(StatementReader reader)
{
    public bool IsNext => reader.Next.Kind is StatementTokenKind.Text or StatementTokenKind.Number or StatementTokenKind.Parameter
        || reader.Next.IsSign("-") || reader.Next.IsSign("[") || reader.Next.IsSign("{") || reader.Next.IsSign("<<")
        || reader.Next.Is("TRUE") || reader.Next.Is("FALSE") || reader.Next.Is("NULL");

    public AttributeValue Read()
    {
        StatementToken token = reader.Next;
        switch (token.Kind)
        {
            case StatementTokenKind.Text:
                return AttributeValue.String(reader.Take().Text);
            case StatementTokenKind.Number:
                return AttributeValue.Number(reader.Take().Text);
            case StatementTokenKind.Parameter:
                return reader.Parameter();
            case StatementTokenKind.Sign:
                return ReadSigned(token);
            default:
                return ReadWord(token);
        }
    }

    public Item ReadMap()
    {
        var map = new ItemBuilder();
        foreach ((string name, AttributeValue value) in reader.List("{", "}", ReadEntry))
        {
            map.Add(name, value);
        }

        return map.Build();
    }

    private AttributeValue ReadSigned(StatementToken token)
    {
        switch (token.Text)
        {
            case "[":
                return AttributeValue.List(reader.List("[", "]", Read));
            case "{":
                return AttributeValue.Map(ReadMap());
            case "<<":
                return ReadSet();
            case "-" when reader.AfterNext.Kind == StatementTokenKind.Number:
                reader.Take();
                return AttributeValue.Number("-" + reader.Take().Text);
            default:
                throw StatementError.Unexpected(token, "a value");
        }
    }

    private AttributeValue ReadWord(StatementToken token)
    {
        AttributeValue? value = token.Is("TRUE") ? AttributeValue.True
            : token.Is("FALSE") ? AttributeValue.False
            : token.Is("NULL") ? AttributeValue.Null
            : null;
        if (value is null)
        {
            throw StatementError.Unexpected(token, "a value");
        }

        reader.Take();
        return value;
    }

    private (string Name, AttributeValue Value) ReadEntry()
    {
        StatementToken name = reader.Next;
        if (name.Kind is not (StatementTokenKind.Text or StatementTokenKind.QuotedName))
        {
            throw StatementError.Unexpected(name, "the name of a map's entry in quotes");
        }

        reader.Take();
        reader.ExpectSign(":");
        return (name.Text, Read());
    }

    private AttributeValue ReadSet()
    {
        StatementToken open = reader.Next;
        List<AttributeValue> members = reader.List("<<", ">>", Read);
        if (members.Count == 0)
        {
            throw KeystoneException.Validation("Empty bags are not supported");
        }

        if (members.Exists(member => member.Kind != members[0].Kind))
        {
            throw StatementError.NotWellFormed($"The members of the set at {open.Place} have several types");
        }

        return members[0].Kind switch
        {
            AttributeKind.String => AttributeValue.StringSet(members.Select(member => member.AsString())),
            AttributeKind.Number => AttributeValue.NumberSet(members.Select(member => member.AsNumber())),
            AttributeKind.Binary => AttributeValue.BinarySet(members.Select(member => member.AsBinary())),
            _ => throw StatementError.NotWellFormed($"The set at {open.Place} is of neither texts, numbers nor binary values"),
        };
    }
}
