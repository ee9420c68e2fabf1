using System.Buffers.Binary;
using System.IO.Hashing;

namespace Keystone.Testing.Disk;

/// <summary>
/// The content of a file at one moment: a length and pages of 4 KiB, of which null stands for zeros. A page is never changed
/// once it is in an image: a write puts a new page in place of the old one. So images share pages, and a copy of an image is a
/// copy of the list. Bytes of the last page beyond the length are zeros.
/// </summary>
internal sealed class FileImage
{
    public const int PageBytes = 4096;
    public const int SectorBytes = 512;
    public const int SectorsPerPage = PageBytes / SectorBytes;

    private static readonly byte[] ZeroPage = new byte[PageBytes];

    private byte[]?[] _pages;

    public FileImage()
        : this([], 0)
    {
    }

    private FileImage(byte[]?[] pages, long length)
    {
        _pages = pages;
        Length = length;
    }

    public long Length { get; private set; }

    /// <summary>Pages that have a place in the list, whether they have bytes or not.</summary>
    public int PageCount => _pages.Length;

    /// <summary>Pages that take space on the disk.</summary>
    public int AllocatedPages
    {
        get
        {
            int allocated = 0;
            foreach (byte[]? page in _pages)
            {
                allocated += page is null ? 0 : 1;
            }

            return allocated;
        }
    }

    public FileImage Clone() => new((byte[]?[])_pages.Clone(), Length);

    public byte[]? PageAt(int index) => index < _pages.Length ? _pages[index] : null;

    /// <summary>The bytes of a page, zeros where there is none.</summary>
    public ReadOnlySpan<byte> BytesAt(int index) => PageAt(index) ?? ZeroPage;

    /// <summary>Puts a page in its place. The caller never changes its bytes again.</summary>
    public void SetPage(int index, byte[]? page)
    {
        if (index >= _pages.Length)
        {
            if (page is null)
            {
                return;
            }

            Array.Resize(ref _pages, Math.Max(index + 1, Math.Min(_pages.Length * 2, index + 4096)));
        }

        _pages[index] = page;
    }

    /// <summary>Changes the length. What is cut off reads as zeros if the file grows again.</summary>
    public void SetLength(long length)
    {
        bool isCut = length < Length;
        Length = length;
        if (!isCut)
        {
            return;
        }

        int keptPages = (int)((length + PageBytes - 1) / PageBytes);
        for (int index = keptPages; index < _pages.Length; index++)
        {
            _pages[index] = null;
        }

        int tail = (int)(length % PageBytes);
        if (tail != 0 && PageAt(keptPages - 1) is { } last)
        {
            byte[] trimmed = GC.AllocateUninitializedArray<byte>(PageBytes);
            last.AsSpan(0, tail).CopyTo(trimmed);
            trimmed.AsSpan(tail).Clear();
            _pages[keptPages - 1] = trimmed;
        }
    }

    public int Read(long offset, Span<byte> destination)
    {
        int count = (int)Math.Clamp(Length - offset, 0, destination.Length);
        for (int done = 0; done < count;)
        {
            (int index, int within) = Locate(offset + done);
            ReadOnlySpan<byte> source = BytesAt(index)[within..];
            int part = Math.Min(source.Length, count - done);
            source[..part].CopyTo(destination[done..]);
            done += part;
        }

        return count;
    }

    /// <summary>Hashes length and content. Pages of zeros count by their number.</summary>
    public void AppendTo(XxHash3 hash)
    {
        Span<byte> number = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(number, Length);
        hash.Append(number);
        for (int index = 0; index < _pages.Length; index++)
        {
            if (_pages[index] is { } page && !ReferenceEquals(page, ZeroPage))
            {
                BinaryPrimitives.WriteInt64LittleEndian(number, index);
                hash.Append(number);
                hash.Append(page);
            }
        }
    }

    /// <summary>Changes bytes within the length.</summary>
    public void Overwrite(long offset, ReadOnlySpan<byte> source)
    {
        while (!source.IsEmpty)
        {
            (int index, int within) = Locate(offset);
            int part = Math.Min(PageBytes - within, source.Length);
            SetPage(index, PageWith(index, within, source[..part]));
            source = source[part..];
            offset += part;
        }
    }

    /// <summary>A new page: the old one at this index with these bytes written into it.</summary>
    public byte[] PageWith(int index, int within, ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length == PageBytes && bytes.IndexOfAnyExcept((byte)0) < 0)
        {
            return ZeroPage;
        }

        byte[] page = GC.AllocateUninitializedArray<byte>(PageBytes);
        if (bytes.Length < PageBytes)
        {
            BytesAt(index).CopyTo(page);
        }

        bytes.CopyTo(page.AsSpan(within));
        return page;
    }

    public static (int Page, int Within) Locate(long offset) => ((int)(offset / PageBytes), (int)(offset % PageBytes));
}
