using System.Diagnostics;

namespace Keystone.Simulation.Full;

/// <summary>
/// A file system of 64 MiB in memory, mounted for this run: small enough to be filled in a moment, and full as a disk is full.
/// Needs the right to mount. Disposing it unmounts.
/// </summary>
internal sealed class SmallDisk : IDisposable
{
    public const int Megabytes = 64;

    private const int PieceBytes = 64 << 10;

    private readonly string _root;

    private SmallDisk(string root) => _root = root;

    public string StorePath => Path.Combine(_root, "store");

    private string FillerPath => Path.Combine(_root, "filler");

    /// <summary>The disk, or the reason why there is none.</summary>
    public static SmallDisk? TryMount(out string refusal)
    {
        string root = Directory.CreateTempSubdirectory("keystone-full-").FullName;
        refusal = Run("mount", "-t", "tmpfs", "-o", $"size={Megabytes}m", "tmpfs", root);
        if (refusal.Length == 0)
        {
            return new SmallDisk(root);
        }

        Directory.Delete(root);
        return null;
    }

    public long FreeBytes => new DriveInfo(_root).AvailableFreeSpace;

    /// <summary>Somebody else takes what is free, but for so many bytes, and keeps what was taken before.</summary>
    public void FillBut(long bytes)
    {
        byte[] piece = new byte[PieceBytes];
        using FileStream filler = new(FillerPath, FileMode.Append, FileAccess.Write, FileShare.Read, bufferSize: 0);
        try
        {
            while (FreeBytes >= bytes + piece.Length)
            {
                filler.Write(piece);
            }
        }
        catch (IOException)
        {
            // The store was faster: the disk is full.
        }
    }

    /// <summary>The other one gives back what it took.</summary>
    public void Free() => File.Delete(FillerPath);

    public void Dispose()
    {
        string failure = Run("umount", _root);
        if (failure.Length == 0)
        {
            Directory.Delete(_root);
        }
        else
        {
            Console.Error.WriteLine($"{_root} could not be unmounted: {failure}");
        }
    }

    /// <summary>Empty when the command succeeded; else what it said.</summary>
    private static string Run(string command, params string[] arguments)
    {
        ProcessStartInfo start = new(command) { RedirectStandardError = true };
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        using Process process = Process.Start(start)!;
        string said = process.StandardError.ReadToEnd().Trim();
        process.WaitForExit();
        return process.ExitCode == 0 ? "" : said.Length > 0 ? said : $"{command} ended with {process.ExitCode}";
    }
}
