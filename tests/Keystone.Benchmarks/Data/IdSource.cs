namespace Keystone.Benchmarks.Data;

/// <summary>Uniform ids from a seed, without allocation. One thread owns it.</summary>
internal struct IdSource
{
    private ulong _state;

    public IdSource(ulong seed)
    {
        _state = RecordShape.Mix64(seed) | 1;
    }

    public int Below(int limit)
    {
        _state ^= _state << 13;
        _state ^= _state >> 7;
        _state ^= _state << 17;
        return (int)(((_state >> 32) * (ulong)limit) >> 32);
    }
}
