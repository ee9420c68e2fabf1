namespace Keystone.Testing.Audit;

/// <summary>
/// Reads what <c>strace -f -y -ttt</c> has written: one line a call, or two when calls of other threads came in between.
/// <code>
/// 4711  1795473271.484692 fdatasync(12&lt;/data/000002.log&gt;) = 0
/// 4711  1795473271.484722 fdatasync(12&lt;/data/000002.log&gt; &lt;unfinished ...&gt;
/// 4711  1795473271.484799 &lt;... fdatasync resumed&gt;) = 0
/// 4711  1795473271.484822 --- SIGCHLD ... ---       4711  1795473271.484844 +++ exited with 0 +++
/// </code>
/// A call that began is given once, and once more when it ended. The tracer stops a thread at both, so a thing that one thread does because
/// another has done something stands behind it.
/// </summary>
internal sealed class TraceReader(TextReader trace)
{
    private const string Unfinished = "<unfinished ...>";
    private const string Resumed = " resumed>";

    private readonly Dictionary<string, TracedCall> _underWay = [];
    private int _line;

    /// <summary>Calls in the order of the trace; whether each begins or ends here.</summary>
    public IEnumerable<(TracedCall Call, bool IsEnd)> Read()
    {
        while (trace.ReadLine() is { } line)
        {
            _line++;
            (string thread, string rest) = Split(line);
            if (rest.Length == 0 || rest[0] is '-' or '+')
            {
                continue;
            }

            if (rest.StartsWith("<... ", StringComparison.Ordinal))
            {
                yield return (Resume(thread, rest), true);
                continue;
            }

            TracedCall call = Begin(rest);
            yield return (call, false);
            if (rest.EndsWith(Unfinished, StringComparison.Ordinal))
            {
                _underWay[thread] = call;
            }
            else
            {
                call.End(_line, rest[ResultOf(rest)..]);
                yield return (call, true);
            }
        }
    }

    /// <summary>Thread, time and the rest.</summary>
    private static (string Thread, string Text) Split(string line)
    {
        int thread = line.IndexOf(' ', StringComparison.Ordinal);
        if (thread <= 0)
        {
            return ("", "");
        }

        string rest = line[thread..].TrimStart();
        int time = rest.IndexOf(' ', StringComparison.Ordinal);
        return (line[..thread], time < 0 ? "" : rest[(time + 1)..]);
    }

    private TracedCall Resume(string thread, string rest)
    {
        int name = rest.IndexOf(Resumed, StringComparison.Ordinal);
        if (name < 0 || !_underWay.Remove(thread, out TracedCall? call))
        {
            throw new AuditFailure($"line {_line}: a call ends that has not begun: {rest}");
        }

        call.End(_line, rest[ResultOf(rest)..]);
        return call;
    }

    private TracedCall Begin(string rest)
    {
        int open = rest.IndexOf('(', StringComparison.Ordinal);
        if (open <= 0)
        {
            throw new AuditFailure($"line {_line} is none of strace's: {rest}");
        }

        return new TracedCall { Name = rest[..open], BeginLine = _line, Arguments = ArgumentsOf(rest, open + 1) };
    }

    /// <summary>Where the result begins: behind the last equals sign that follows a closing parenthesis and spaces.</summary>
    private int ResultOf(string rest)
    {
        int equals = rest.LastIndexOf(" = ", StringComparison.Ordinal);
        if (equals < 0 || !rest.AsSpan(0, equals).TrimEnd().EndsWith(")"))
        {
            throw new AuditFailure($"line {_line} has no result: {rest}");
        }

        return equals + 3;
    }

    /// <summary>Splits at commas that are in no text, no path and no brackets, up to the parenthesis that closes the call.</summary>
    private static List<string> ArgumentsOf(string rest, int from)
    {
        List<string> arguments = [];
        int depth = 0;
        int start = from;
        int at = from;
        for (; at < rest.Length; at++)
        {
            char c = rest[at];
            if (c == '"')
            {
                at = EndOfText(rest, at);
            }
            else if (c == '<' && rest.AsSpan(at).StartsWith(Unfinished))
            {
                break;
            }
            else if (c is '(' or '[' or '{' or '<')
            {
                depth++;
            }
            else if (c is ']' or '}' or '>' || (c == ')' && depth > 0))
            {
                depth--;
            }
            else if (c == ')')
            {
                break;
            }
            else if (c == ',' && depth == 0)
            {
                arguments.Add(rest[start..at].Trim());
                start = at + 1;
            }
        }

        string last = rest[start..Math.Min(at, rest.Length)].Trim();
        return last.Length > 0 ? [.. arguments, last] : arguments;
    }

    private static int EndOfText(string rest, int quote)
    {
        int at = quote + 1;
        while (at < rest.Length && rest[at] != '"')
        {
            at += rest[at] == '\\' ? 2 : 1;
        }

        return at;
    }
}
