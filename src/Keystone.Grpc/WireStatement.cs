using Keystone.Grpc.Messages;
using Keystone.Model;
using Keystone.Model.Requests;

namespace Keystone.Grpc;

/// <summary>
/// The answers of statements as messages: of each kind of statement its own. Rows have all of their attributes, keys too.
/// </summary>
public static class WireStatement
{
    /// <summary>The greatest answer: what clients take by default, less what stands around it.</summary>
    public const int AnswerBytesMax = (4 * 1024 * 1024) - 1024;

    /// <summary>
    /// The answer of a statement. Throws <see cref="KeystoneErrorCode.LimitExceeded"/> if it is too great for a message.
    /// </summary>
    public static ExecuteStatementResponse ToMessage(ExecuteStatementResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        ExecuteStatementResponse message = Write(result);
        int bytes = message.CalculateSize();
        return bytes <= AnswerBytesMax
            ? message
            : throw new KeystoneException(
                KeystoneErrorCode.LimitExceeded,
                $"The answer of {bytes} bytes is greater than the {AnswerBytesMax} that a message holds. Send a smaller limit, or add a "
                + "LIMIT to the statement.");
    }

    private static ExecuteStatementResponse Write(ExecuteStatementResult result)
        => result.Kind switch
        {
            StatementKind.Insert => new ExecuteStatementResponse { Insert = new InsertResult { Success = true } },
            StatementKind.Update => new ExecuteStatementResponse { Update = new UpdateResult { Item = Returned(result) } },
            StatementKind.Delete => new ExecuteStatementResponse { Delete = new DeleteResult { Success = true } },
            _ => new ExecuteStatementResponse { Select = Select(result) },
        };

    private static Item? Returned(ExecuteStatementResult result)
        => result.Items.Count == 0 ? null : WireItem.ToMessage(result.Items[0]);

    private static SelectResult Select(ExecuteStatementResult result)
    {
        var message = new SelectResult { Count = (uint)result.Items.Count, ScannedCount = (uint)result.ScannedCount };
        message.Items.Add(result.Items.Select(WireItem.ToMessage));
        if (result.NextToken is not null)
        {
            message.NextToken = result.NextToken;
        }

        return message;
    }
}
