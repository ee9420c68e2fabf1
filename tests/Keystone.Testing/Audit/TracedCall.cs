namespace Keystone.Testing.Audit;

/// <summary>
/// A system call as strace tells of it: with <c>-y</c>, so that descriptors carry their paths, and with lines in the order in which calls
/// began and ended.
/// </summary>
internal sealed class TracedCall
{
    public required string Name { get; init; }

    public required int BeginLine { get; init; }

    /// <summary>Arguments as they are written in the trace.</summary>
    public required IReadOnlyList<string> Arguments { get; init; }

    /// <summary>The line on which the call returned; beyond every line while it is under way, or if its process died in it.</summary>
    public int EndLine { get; private set; } = int.MaxValue;

    /// <summary>What it returned; null while it is under way, and for ever if its process died in it.</summary>
    public long? Result { get; private set; }

    public bool HasSucceeded => Result >= 0;

    /// <inheritdoc/>
    public override string ToString()
        => $"{Name}({string.Join(", ", Arguments.Select(a => a.Length <= 80 ? a : a[..80] + "..."))})";

    /// <summary>
    /// The call has returned on this line with this text behind the equals sign; a question mark there is a process that died in it.
    /// </summary>
    public void End(int line, string result)
    {
        int length = result.AsSpan().IndexOfAnyExcept("-0123456789");
        if (long.TryParse(result.AsSpan(0, length < 0 ? result.Length : length), out long number))
        {
            EndLine = line;
            Result = number;
        }
    }

    public long Number(int argument) => long.Parse(Arguments[argument], System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>The path of a descriptor; null when strace knows none, or the file has no name any more.</summary>
    public string? DescriptorPath(int argument)
    {
        string text = Arguments[argument];
        int open = text.IndexOf('<', StringComparison.Ordinal);
        return open >= 0 && text[^1] == '>' ? text[(open + 1)..^1] : null;
    }

    /// <summary>A path that was handed over as text.</summary>
    public string Path(int argument) => System.Text.Encoding.UTF8.GetString(Bytes(argument));

    /// <summary>The bytes of a text, as many as the trace shows.</summary>
    public byte[] Bytes(int argument)
    {
        string text = Arguments[argument];
        List<byte> bytes = new(text.Length);
        for (int at = 1; at < text.Length && text[at] != '"';)
        {
            bytes.Add(text[at] == '\\' ? Escaped(text, ref at) : (byte)text[at++]);
        }

        return [.. bytes];
    }

    /// <summary>One byte behind a backslash: a letter, or one to three octal digits.</summary>
    private static byte Escaped(string text, ref int at)
    {
        at++;
        if (text[at] is < '0' or > '7')
        {
            return text[at++] switch
            {
                'a' => 7,
                'b' => 8,
                't' => 9,
                'n' => 10,
                'v' => 11,
                'f' => 12,
                'r' => 13,
                char itself => (byte)itself,
            };
        }

        int value = 0;
        for (int digits = 0; digits < 3 && text[at] is >= '0' and <= '7'; digits++)
        {
            value = (value * 8) + text[at++] - '0';
        }

        return (byte)value;
    }
}
