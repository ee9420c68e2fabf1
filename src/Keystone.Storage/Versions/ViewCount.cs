namespace Keystone.Storage.Versions;

/// <summary>
/// How many Views of a store are alive, and one for the store itself. When the store has given back its own and the last reader its View,
/// nobody can look at native memory any more, and it goes: so an iterator that is disposed after its store ends it properly.
/// </summary>
internal sealed class ViewCount(Action onNone)
{
    private int _alive = 1;

    public void Add()
    {
        int now = Interlocked.Increment(ref _alive);
        Invariant.Require(now > 1);
    }

    public void Remove()
    {
        int now = Interlocked.Decrement(ref _alive);
        Invariant.Require(now >= 0);
        if (now == 0)
        {
            onNone();
        }
    }
}
