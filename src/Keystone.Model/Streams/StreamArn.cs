using System.Globalization;
using Keystone.Model.Schema;

namespace Keystone.Model.Streams;

/// <summary>The name by which a stream is asked for, in DynamoDB's form: table and time of its enabling.</summary>
/// <param name="TableName">The table.</param>
/// <param name="Label">When the stream was enabled, as text.</param>
public readonly record struct StreamArn(string TableName, string Label)
{
    private const string Prefix = "arn:aws:dynamodb:local:000000000000:table/";
    private const string Middle = "/stream/";

    /// <summary>The name of a table's stream.</summary>
    public static StreamArn Of(string tableName, StreamDescription stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        return new StreamArn(tableName, stream.Created.ToString("yyyy-MM-dd'T'HH:mm:ss.fff", CultureInfo.InvariantCulture));
    }

    /// <summary>Reads a name. Throws <see cref="KeystoneErrorCode.ValidationFailed"/>.</summary>
    public static StreamArn Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        int middle = text.IndexOf(Middle, StringComparison.Ordinal);
        if (!text.StartsWith(Prefix, StringComparison.Ordinal) || middle <= Prefix.Length)
        {
            throw KeystoneException.Validation($"Invalid StreamArn: '{text}'; it reads {Prefix}TABLE{Middle}LABEL");
        }

        return new StreamArn(text[Prefix.Length..middle], text[(middle + Middle.Length)..]);
    }

    /// <summary>The stream among those of its table. Throws <see cref="KeystoneErrorCode.ResourceNotFound"/>.</summary>
    public StreamDescription In(TableDescription table)
    {
        ArgumentNullException.ThrowIfNull(table);
        foreach (StreamDescription stream in table.Streams)
        {
            if (Of(TableName, stream) == this)
            {
                return stream;
            }
        }

        throw new KeystoneException(
            KeystoneErrorCode.ResourceNotFound, $"Requested resource not found: Stream: {this} not found");
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Prefix}{TableName}{Middle}{Label}";
}
