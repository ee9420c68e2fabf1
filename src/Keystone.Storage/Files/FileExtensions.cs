namespace Keystone.Storage.Files;

/// <summary>
/// Whole reads and writes out of the single system calls of <see cref="IFile"/>, bounded by the length that was asked for; and the removal
/// of what is of no use to anybody.
/// </summary>
internal static class FileExtensions
{
    /// <summary>
    /// Removes a file that nothing names, on the way back from a failure. One that stays because this fails, the next opening removes;
    /// what failed first is what the caller has to hear.
    /// </summary>
    public static void TryUnlink(this IFileSystem files, string path)
    {
        try
        {
            files.Unlink(path);
        }
        catch (StoreException)
        {
            // It takes some room until then.
        }
    }

    /// <summary>Writes all bytes. A failure may leave any prefix of them written.</summary>
    public static void WriteAll(this IFile file, long offset, ReadOnlySpan<byte> source)
    {
        while (!source.IsEmpty)
        {
            int written = file.Write(offset, source);
            Invariant.Require(written > 0 && written <= source.Length);
            offset += written;
            source = source[written..];
        }
    }

    /// <summary>Reads until the destination is full or the file ends. Returns how many bytes were read.</summary>
    public static int ReadUpTo(this IFile file, long offset, Span<byte> destination)
    {
        int total = 0;
        while (total < destination.Length)
        {
            int read = file.Read(offset + total, destination[total..]);
            if (read == 0)
            {
                break;
            }

            total += read;
        }

        return total;
    }

    /// <summary>Fills the destination. A file that ends before that is damaged: its length was known to the caller.</summary>
    public static void ReadExactly(this IFile file, long offset, Span<byte> destination)
    {
        int read = file.ReadUpTo(offset, destination);
        if (read < destination.Length)
        {
            throw StoreException.Corrupt(file.Path, offset + read, $"the file ends {destination.Length - read} bytes too early");
        }
    }
}
