using Keystone.Model.Items;
using Keystone.Model.Requests;

namespace Keystone.Model.PartiQL;

/// <summary>
/// The text of a statement, with the values of its parameters, into what it asks for.
/// <code>
///  statement  = [ EXPLAIN ] ( select | insert | update | delete ) [ ; ]  |  EXISTS ( select )
///  insert     = INSERT INTO table VALUE ( map | ? )
///  update     = UPDATE table { ( SET | REMOVE ) change { , change } } WHERE term [ RETURNING ( ALL | MODIFIED ) ( OLD | NEW ) * ]
///  delete     = DELETE FROM table WHERE term [ RETURNING ALL OLD * ]
///  change     = path = sum        behind SET;  path behind REMOVE
///  sum        = part [ + part | - part ]
///  part       = list_append ( part , part ) | set_add ( path , value ) | set_delete ( path , value ) | value | path
/// </code>
/// Nothing that is written is left aside: what has no meaning here is refused.
/// </summary>
internal sealed class StatementParser
{
    private readonly StatementReader _reader;
    private readonly TermParser _terms;
    private readonly ValueParser _values;

    private StatementParser(StatementReader reader)
    {
        _reader = reader;
        _terms = new TermParser(reader);
        _values = new ValueParser(reader);
    }

    /// <summary>Throws <see cref="KeystoneErrorCode.ValidationFailed"/> for what is no statement.</summary>
    public static Statement Parse(string text, IReadOnlyList<AttributeValue> parameters)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Length is 0 or > StatementLimits.StatementLengthMax)
        {
            throw KeystoneException.Validation(
                "1 validation error detected: Value at 'statement' failed to satisfy constraint: Member must have length from 1 to "
                + $"{StatementLimits.StatementLengthMax}; it has {text.Length}");
        }

        return new StatementParser(new StatementReader(text, parameters)).Read();
    }

    private Statement Read()
    {
        bool isExplained = _reader.TakeWord("EXPLAIN");
        StatementToken first = _reader.Take();
        Statement statement = first.Is("SELECT") ? new SelectParser(_reader, _terms).Read()
            : first.Is("INSERT") ? Insert()
            : first.Is("UPDATE") ? Update()
            : first.Is("DELETE") ? Delete()
            : first.Is("EXISTS") ? Exists()
            : throw StatementError.NotWellFormed("Expected data manipulation");
        _reader.TakeSign(";");
        return _reader.Next.Kind == StatementTokenKind.End
            ? statement with { IsExplained = isExplained }
            : throw StatementError.NotWellFormed($"Unexpected token after expression at {_reader.Next.Place}");
    }

    private InsertStatement Insert()
    {
        _reader.ExpectWord("INTO");
        string table = TableName();
        _reader.ExpectWord("VALUE");
        if (_reader.Next.Kind != StatementTokenKind.Parameter)
        {
            return new InsertStatement(table, _values.ReadMap());
        }

        AttributeValue value = _reader.Parameter();
        return value.Kind == AttributeKind.Map
            ? new InsertStatement(table, value.AsMap())
            : throw KeystoneException.Validation("The parameter behind VALUE has to be a map: the attributes of the item");
    }

    private UpdateStatement Update()
    {
        string table = TableName();
        var changes = new List<UpdateChange>();
        while (_reader.Next.Is("SET") || _reader.Next.Is("REMOVE"))
        {
            bool isSet = _reader.Take().Is("SET");
            do
            {
                changes.Add(isSet ? Set() : new UpdateChange("REMOVE", _terms.ReadPath(), null));
            }
            while (_reader.TakeSign(","));
        }

        if (changes.Count == 0)
        {
            throw StatementError.Unexpected(_reader.Next, "SET or REMOVE");
        }

        Term where = Where();
        return new UpdateStatement(table, changes, where, _reader.TakeWord("RETURNING") ? Returning() : ReturnValues.None);
    }

    private DeleteStatement Delete()
    {
        _reader.ExpectWord("FROM");
        string table = TableName();
        Term where = Where();
        bool returns = _reader.TakeWord("RETURNING");
        return !returns || Returning() == ReturnValues.AllOld
            ? new DeleteStatement(table, where, returns)
            : throw KeystoneException.Validation("Only RETURNING ALL OLD * is allowed in DELETE statements");
    }

    private ExistsStatement Exists()
    {
        _reader.ExpectSign("(");
        _reader.ExpectWord("SELECT");
        SelectStatement select = new SelectParser(_reader, _terms).Read();
        _reader.ExpectSign(")");
        return select is { IndexName: null, Columns.Count: 0, OrderBy.Count: 0, Limit: null, Offset: 0, Where: not null }
            ? new ExistsStatement(select.TableName, select.Where)
            : throw KeystoneException.Validation("EXISTS() must contain a single item read with additional condition");
    }

    /// <summary>A statement that writes has the one table, and no index.</summary>
    private string TableName()
    {
        string name = _reader.ExpectName("the name of a table");
        return _reader.Next.IsSign(".")
            ? throw KeystoneException.Validation("This operation is not supported on an index")
            : name;
    }

    private Term Where()
    {
        if (!_reader.TakeWord("WHERE"))
        {
            throw KeystoneException.Validation(StatementError.NoKeyInWrite);
        }

        return _terms.Read();
    }

    private ReturnValues Returning()
    {
        bool isAll = _reader.TakeWord("ALL");
        if (!isAll)
        {
            _reader.ExpectWord("MODIFIED");
        }

        bool isOld = _reader.TakeWord("OLD");
        if (!isOld)
        {
            _reader.ExpectWord("NEW");
        }

        _reader.ExpectSign("*");
        return isAll
            ? isOld ? ReturnValues.AllOld : ReturnValues.AllNew
            : isOld ? ReturnValues.UpdatedOld : ReturnValues.UpdatedNew;
    }

    private UpdateChange Set()
    {
        DocumentPath path = _terms.ReadPath();
        _reader.ExpectSign("=");
        if (_terms.IsCallNext && (_reader.Next.Is("set_add") || _reader.Next.Is("set_delete")))
        {
            return SetMembers(path);
        }

        Operand left = Part();
        bool subtracts = _reader.Next.IsSign("-");
        return subtracts || _reader.Next.IsSign("+")
            ? new UpdateChange("SET", path, new SumOperand(subtracts, left, PartBehindSign()))
            : new UpdateChange("SET", path, left);
    }

    private Operand PartBehindSign()
    {
        _reader.Take();
        return Part();
    }

    private Operand Part()
    {
        if (!_terms.IsCallNext)
        {
            return _terms.ReadOperand();
        }

        StatementToken name = _reader.Take();
        if (!name.Is("list_append"))
        {
            throw StatementError.UnknownFunction(name);
        }

        return new CallOperand("list_append", _reader.List("(", ")", Part));
    }

    private UpdateChange SetMembers(DocumentPath path)
    {
        StatementToken name = _reader.Take();
        string function = name.Text.ToUpperInvariant();
        StatementToken first = _reader.AfterNext;
        List<Operand> arguments = _reader.List("(", ")", _terms.ReadOperand);
        if (arguments.Count != 2)
        {
            throw KeystoneException.Validation($"{function} must have exactly two arguments at {name.Place}");
        }

        if (arguments[0] is not PathOperand target || target.Path != path)
        {
            throw KeystoneException.Validation($"The first argument to {function} must equal the assignment value at {name.Place}");
        }

        return arguments[1] is ValueOperand { Value.Kind: AttributeKind.StringSet or AttributeKind.NumberSet or AttributeKind.BinarySet }
            ? new UpdateChange(function == "SET_ADD" ? "ADD" : "DELETE", path, arguments[1])
            : throw KeystoneException.Validation(
                $"The second argument to {function} must be a value with type SET at {first.Place}");
    }
}
