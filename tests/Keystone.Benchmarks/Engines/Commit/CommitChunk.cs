namespace Keystone.Benchmarks.Engines.Commit;

/// <summary>A part of a group's waiters, completed one after another by one thread of the pool.</summary>
internal sealed class CommitChunk : IThreadPoolWorkItem
{
    private CommitWaiter[] _waiters = new CommitWaiter[64];
    private int _count;
    private volatile bool _isBusy;

    public bool IsBusy => _isBusy;

    public void Fill(ReadOnlySpan<CommitWaiter> waiters)
    {
        _isBusy = true;
        if (_waiters.Length < waiters.Length)
        {
            _waiters = new CommitWaiter[waiters.Length * 2];
        }

        waiters.CopyTo(_waiters);
        _count = waiters.Length;
    }

    public void Execute()
    {
        for (int i = 0; i < _count; i++)
        {
            _waiters[i].Complete();
        }

        _isBusy = false;
    }
}
