using System.Globalization;

namespace Keystone.Benchmarks.Measuring;

/// <summary>What the operating system counted for this process, engine threads and library included.</summary>
internal static class ProcessMeter
{
    /// <summary>The largest resident memory that this process ever had, in MiB.</summary>
    public static double PeakMemoryMiB => NumberOf("/proc/self/status", "VmHWM:") / 1024.0;

    /// <summary>Processor time of all threads, user and system.</summary>
    public static double CpuSeconds => Environment.CpuUsage.TotalTime.TotalSeconds;

    /// <summary>Bytes passed to write(2)-like calls so far.</summary>
    public static long BytesWritten => NumberOf("/proc/self/io", "wchar:");

    /// <summary>Managed bytes allocated by all threads so far.</summary>
    public static long BytesAllocated => GC.GetTotalAllocatedBytes(precise: true);

    /// <summary>Sum of the lengths of all files below a directory.</summary>
    public static long DiskBytes(string directory) =>
        new DirectoryInfo(directory).EnumerateFiles("*", SearchOption.AllDirectories).Sum(static file => file.Length);

    private static long NumberOf(string path, string name)
    {
        foreach (string line in File.ReadLines(path))
        {
            if (line.StartsWith(name, StringComparison.Ordinal))
            {
                ReadOnlySpan<char> number = line.AsSpan(name.Length).Trim();
                int end = number.IndexOf(' ');
                return long.Parse(end < 0 ? number : number[..end], CultureInfo.InvariantCulture);
            }
        }

        throw new InvalidOperationException($"{path} has no line {name}: the benchmark needs Linux.");
    }
}
