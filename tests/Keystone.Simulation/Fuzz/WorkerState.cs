using System.IO.MemoryMappedFiles;
using Keystone.Simulation.Fuzz.Targets;

namespace Keystone.Simulation.Fuzz;

/// <summary>
/// What a worker and the suite share: a mapped file, so that it outlives the worker. Written by the worker, but for the wish to stop.
/// <code>
/// 0 stop   8 inputs that ended   16 target at work   20 bytes of its input   64 counts: per target tried, read to the end, kept
/// 4096 input at work             then per target the edges that it has seen
/// </code>
/// </summary>
internal sealed unsafe class WorkerState : IDisposable
{
    public const int InputBytesMax = 128 << 10;

    private const int CountsOffset = 64;
    private const int CountsPerTarget = 3;
    private const int InputOffset = 4096;
    private const int SeenOffset = InputOffset + InputBytesMax;

    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private readonly byte* _bytes;

    private WorkerState(string path, FileMode mode)
    {
        _file = MemoryMappedFile.CreateFromFile(path, mode, null, SeenOffset + (FuzzTarget.All.Length * EdgeMap.Bytes));
        _view = _file.CreateViewAccessor();
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref _bytes);
    }

    public bool WantsStop => Volatile.Read(ref *_bytes) != 0;

    public long Moves => Volatile.Read(ref *(long*)(_bytes + 8));

    public static WorkerState Create(string path) => new(path, FileMode.CreateNew);

    public static WorkerState Open(string path) => new(path, FileMode.Open);

    public void Stop() => Volatile.Write(ref *_bytes, 1);

    public long Executions(int target) => Volatile.Read(ref *Count(target, 0));

    public long Accepted(int target) => Volatile.Read(ref *Count(target, 1));

    public long Kept(int target) => Volatile.Read(ref *Count(target, 2));

    public Span<byte> Seen(int target) => new(_bytes + SeenOffset + (target * EdgeMap.Bytes), EdgeMap.Bytes);

    /// <summary>Before the input is run: what may kill the process must be known by then.</summary>
    public void Begin(int target, ReadOnlySpan<byte> input)
    {
        *(int*)(_bytes + 16) = target;
        *(int*)(_bytes + 20) = input.Length;
        input.CopyTo(new Span<byte>(_bytes + InputOffset, InputBytesMax));
    }

    public void End(int target, bool isAccepted)
    {
        ++*Count(target, 0);
        *Count(target, 1) += isAccepted ? 1 : 0;
        Volatile.Write(ref *(long*)(_bytes + 8), Moves + 1);
    }

    public void Keep(int target) => ++*Count(target, 2);

    public byte[] Input(out int target)
    {
        target = *(int*)(_bytes + 16);
        return new ReadOnlySpan<byte>(_bytes + InputOffset, *(int*)(_bytes + 20)).ToArray();
    }

    public void Dispose()
    {
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _file.Dispose();
    }

    private long* Count(int target, int which) => (long*)(_bytes + CountsOffset) + (target * CountsPerTarget) + which;
}
