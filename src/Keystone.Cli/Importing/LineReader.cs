using System.IO.Compression;
using System.IO.Pipelines;

namespace Keystone.Cli.Importing;

/// <summary>
/// Reads a stream line by line as bytes, unpacking it first if it is gzip, which its first bytes tell whatever it is called. The memory for
/// a line is bounded: a longer one is passed over and told as such.
/// </summary>
internal sealed class LineReader : IAsyncDisposable
{
    /// <summary>The longest line. The largest item, every byte of it escaped and its types written out, is shorter.</summary>
    public const int LineBytesMax = 8 << 20;

    private const int BufferBytesStart = 64 << 10;

    private static readonly byte[] GzipMark = [0x1f, 0x8b];
    private static readonly byte[] ByteOrderMark = [0xef, 0xbb, 0xbf];

    private readonly Stream _text;
    private byte[] _buffer = new byte[BufferBytesStart];
    private int _start;
    private int _scanned;
    private int _end;
    private bool _isAtEnd;

    private LineReader(Stream text) => _text = text;

    /// <summary>The number of the current line, from 1.</summary>
    public long Number { get; private set; }

    /// <summary>The current line without its end; holds until the next one is read.</summary>
    public ReadOnlyMemory<byte> Line { get; private set; }

    /// <summary>Whether the current line was longer than <see cref="LineBytesMax"/>; <see cref="Line"/> is then only its end.</summary>
    public bool IsTooLong { get; private set; }

    public static async Task<LineReader> OpenAsync(Stream stream, CancellationToken cancellation)
    {
        PipeReader pipe = PipeReader.Create(stream);
        ReadResult head = await pipe.ReadAtLeastAsync(GzipMark.Length, cancellation).ConfigureAwait(false);
        bool isGzip = head.Buffer.Length >= GzipMark.Length && head.Buffer.FirstSpan.StartsWith(GzipMark);
        pipe.AdvanceTo(head.Buffer.Start);
        return new LineReader(isGzip ? new GZipStream(pipe.AsStream(), CompressionMode.Decompress) : pipe.AsStream());
    }

    /// <summary>Goes to the next line. False at the end.</summary>
    public async ValueTask<bool> ReadAsync(CancellationToken cancellation)
    {
        IsTooLong = false;
        while (true)
        {
            int found = _buffer.AsSpan(_scanned, _end - _scanned).IndexOf((byte)'\n');
            if (found >= 0)
            {
                Take(_scanned + found, behind: _scanned + found + 1);
                return true;
            }

            _scanned = _end;
            if (_isAtEnd)
            {
                return TakeLast();
            }

            MakeRoom();
            int read = await ReadTextAsync(cancellation).ConfigureAwait(false);
            _end += read;
            _isAtEnd = read == 0;
        }
    }

    public ValueTask DisposeAsync() => _text.DisposeAsync();

    /// <exception cref="InvalidDataException">The gzip data are not whole.</exception>
    private async ValueTask<int> ReadTextAsync(CancellationToken cancellation)
    {
        try
        {
            return await _text.ReadAsync(_buffer.AsMemory(_end), cancellation).ConfigureAwait(false);
        }
        catch (InvalidDataException damage)
        {
            throw new InvalidDataException(
                $"The gzip data are damaged or cut off behind line {Number}. Get the file anew.", damage);
        }
    }

    /// <summary>The last line may lack its end.</summary>
    private bool TakeLast()
    {
        if (_start == _end && !IsTooLong)
        {
            return false;
        }

        Take(_end, behind: _end);
        return true;
    }

    private void Take(int end, int behind)
    {
        Number++;
        ReadOnlyMemory<byte> line = _buffer.AsMemory(_start, end - _start);
        Line = Number == 1 && line.Span.StartsWith(ByteOrderMark) ? line[ByteOrderMark.Length..] : line;
        _start = behind;
        _scanned = behind;
    }

    private void MakeRoom()
    {
        if (_start > 0)
        {
            Buffer.BlockCopy(_buffer, _start, _buffer, 0, _end - _start);
            _end -= _start;
            _scanned -= _start;
            _start = 0;
        }

        if (_end < _buffer.Length)
        {
            return;
        }

        if (_buffer.Length < LineBytesMax)
        {
            Array.Resize(ref _buffer, Math.Min(_buffer.Length * 2, LineBytesMax));
            return;
        }

        // Too long: what is here is let go, and reading goes on to the end of the line.
        IsTooLong = true;
        _end = 0;
        _scanned = 0;
    }
}
