using System.Globalization;

namespace Keystone.Cli.Output;

/// <summary>Counts and sizes as people read them.</summary>
internal static class Quantity
{
    private static readonly string[] Units = ["B", "KiB", "MiB", "GiB", "TiB"];

    /// <summary>A count with its digits in groups: 171,075.</summary>
    public static string Count(long count) => count.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>A size in the unit that leaves few digits: 3.1 MiB.</summary>
    public static string Bytes(long bytes)
    {
        double size = bytes;
        int unit = 0;
        while (size >= 1024 && unit < Units.Length - 1)
        {
            size /= 1024;
            unit++;
        }

        return string.Create(CultureInfo.InvariantCulture, $"{Math.Round(size, unit == 0 ? 0 : 1)} {Units[unit]}");
    }

    /// <summary>A time and what was done in each second of it: 3.2 s (53,460/s).</summary>
    public static string Pace(long count, TimeSpan time)
        => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:F1} s ({Rate(count, time)}/s)");

    /// <summary>How many in each second.</summary>
    public static string Rate(long count, TimeSpan time) => Count((long)(count / Math.Max(time.TotalSeconds, 0.001)));
}
