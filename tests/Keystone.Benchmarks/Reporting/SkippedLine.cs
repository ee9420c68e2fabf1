using System.Text;

namespace Keystone.Benchmarks.Reporting;

/// <summary>
/// The line in place of a figure that there is not, with the reason on one line.
/// <code>BENCH fillbatch value=100 engine=zonetree skipped="a plain ZoneTree writes one record at a time"</code>
/// </summary>
internal static class SkippedLine
{
    /// <summary>The line without its end.</summary>
    /// <param name="workload">Name in the catalog.</param>
    /// <param name="valueBytes">Length of the values.</param>
    /// <param name="engine">Which engine is skipped; null when it is the whole workload.</param>
    /// <param name="reason">Any text.</param>
    public static string ToText(string workload, int valueBytes, string? engine, string reason)
    {
        var text = new StringBuilder($"BENCH {workload} value={valueBytes}");
        if (engine is not null)
        {
            text.Append(" engine=").Append(engine);
        }

        return text.Append(" skipped=\"").Append(reason.ReplaceLineEndings(" ").Replace('"', '\'')).Append('"').ToString();
    }
}
