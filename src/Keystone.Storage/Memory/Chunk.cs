namespace Keystone.Storage.Memory;

/// <summary>
/// The head of every piece of memory that a table holds, chunk of the pool or run of its own. Whoever holds the piece links it into a
/// list of his own; the size is what the pool and the account were charged with.
/// </summary>
internal unsafe struct Chunk
{
    /// <summary>Bytes in front of what the holder may use.</summary>
    public const int HeadBytes = 16;

    public Chunk* Next;
    public long Bytes;
}
