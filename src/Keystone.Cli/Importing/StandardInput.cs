namespace Keystone.Cli.Importing;

/// <summary>
/// Standard input for a reader who can be told to stop. A read of a pipe or a terminal lasts until somebody writes, and nothing ends it;
/// so it is done into memory of this stream's own, and a reader who is told to stop leaves it behind.
/// </summary>
internal sealed class StandardInput(Stream input) : Stream
{
    private const int BufferBytes = 64 << 10;

    private readonly byte[] _buffer = new byte[BufferBytes];
    private ReadOnlyMemory<byte> _unread;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_unread.IsEmpty)
        {
            // On a thread of the pool: the stream of a console waits on the thread that asks.
            Task<int> read = Task.Run(() => input.Read(_buffer), CancellationToken.None);
            _unread = _buffer.AsMemory(0, await read.WaitAsync(cancellationToken).ConfigureAwait(false));
        }

        int length = Math.Min(buffer.Length, _unread.Length);
        _unread[..length].CopyTo(buffer);
        _unread = _unread[length..];
        return length;
    }

    public override int Read(byte[] buffer, int offset, int count)
        => ReadAsync(buffer.AsMemory(offset, count)).AsTask().GetAwaiter().GetResult();

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
