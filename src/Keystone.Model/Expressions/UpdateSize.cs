using Keystone.Model.Items;

namespace Keystone.Model.Expressions;

/// <summary>
/// How many bytes an update sets and adds, measured in the item as it was and in the values of the request before any value is made: one
/// short text may ask for the same large value in hundreds of clauses. DELETE and REMOVE add nothing. What is missing or of the wrong type
/// counts nothing here; the evaluation refuses it.
/// </summary>
internal readonly ref struct UpdateSize(Binding binding, ItemReader item)
{
    private readonly Binding _binding = binding;
    private readonly ItemReader _item = item;

    /// <summary>Throws <see cref="KeystoneErrorCode.ValidationFailed"/> if the clauses set and add more bytes than these.</summary>
    public void Require(UpdateClause[] clauses, int bytesMax)
    {
        long bytes = 0;
        foreach (UpdateClause clause in clauses)
        {
            bytes += clause.Section is TokenKind.Set or TokenKind.Add ? LengthOf(clause.Value!) : 0;
            if (bytes > bytesMax)
            {
                throw ExpressionError.ItemTooLarge();
            }
        }
    }

    private long LengthOf(OperandNode node) => node switch
    {
        ValueNode value => _binding.ValueOf(value).PayloadLength,
        PathNode path => PathLookup.Find(_item, path, _binding).RawPayload.Length,
        SumNode => NumberBytes.LengthMax,
        _ => LengthOf((CallNode)node),
    };

    private long LengthOf(CallNode call)
    {
        OperandNode first = call.Arguments[0];
        OperandNode second = call.Arguments[1];
        if (call.Function == ExpressionFunction.ListAppend)
        {
            return LengthOf(first) + LengthOf(second);
        }

        return PathLookup.Find(_item, (PathNode)first, _binding).Exists ? LengthOf(first) : LengthOf(second);
    }
}
