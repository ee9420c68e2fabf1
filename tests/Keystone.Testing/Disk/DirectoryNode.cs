namespace Keystone.Testing.Disk;

/// <summary>
/// A directory: the names that processes see, the names that a power loss falls back to, and the changes that lead from the one
/// to the other. A name is dirty from its change to the next sync; a sync that fails makes it clean without making it durable, after
/// which no sync looks at it until it is changed again. Names stand for files and directories that exist apart from them:
/// <see cref="Inode"/> or this type.
/// </summary>
internal sealed class DirectoryNode(int id)
{
    /// <summary>Unsynced changes that can be told apart by a crash. Older ones are lost or kept with the name's last state.</summary>
    public const int HistoryChangesMax = 256;

    private readonly List<NameChange> _history = [];
    private readonly HashSet<string> _dirty = new(StringComparer.Ordinal);

    public int Id { get; } = id;

    public Dictionary<string, object> Cached { get; private init; } = new(StringComparer.Ordinal);

    public Dictionary<string, object> Durable { get; private init; } = new(StringComparer.Ordinal);

    public IReadOnlyList<NameChange> History => _history;

    /// <summary>Lets a name stand for something else, or with null for nothing.</summary>
    public void Set(string name, object? target)
    {
        Apply(Cached, new NameChange(name, target));
        _dirty.Add(name);
        if (_history.Count == HistoryChangesMax)
        {
            _history.RemoveAt(0);
        }

        _history.Add(new NameChange(name, target));
    }

    public void Sync()
    {
        foreach (string name in _dirty)
        {
            Apply(Durable, new NameChange(name, Cached.GetValueOrDefault(name)));
        }

        LoseUnsynced();
    }

    /// <summary>The effect of a sync that fails: the unsynced changes count as synced.</summary>
    public void LoseUnsynced()
    {
        _dirty.Clear();
        _history.Clear();
    }

    /// <summary>The names that a sync at this moment would make durable.</summary>
    public Dictionary<string, object> Written()
    {
        Dictionary<string, object> names = new(Durable, StringComparer.Ordinal);
        foreach (string name in _dirty)
        {
            Apply(names, new NameChange(name, Cached.GetValueOrDefault(name)));
        }

        return names;
    }

    /// <summary>The same directory on another disk, where each file and directory is what <paramref name="other"/> says.</summary>
    public DirectoryNode Clone(Func<object, object> other)
    {
        DirectoryNode clone = new(Id) { Cached = Translate(Cached, other), Durable = Translate(Durable, other) };
        foreach (NameChange change in _history)
        {
            clone._history.Add(new NameChange(change.Name, change.Target is null ? null : other(change.Target)));
        }

        clone._dirty.UnionWith(_dirty);

        return clone;
    }

    /// <summary>A directory on another disk with these names and no others, all of them durable.</summary>
    public static DirectoryNode Restored(int id, Dictionary<string, object> names, Func<object, object> other)
    {
        Dictionary<string, object> translated = Translate(names, other);
        return new DirectoryNode(id) { Cached = translated, Durable = new(translated, StringComparer.Ordinal) };
    }

    public static void Apply(Dictionary<string, object> names, NameChange change)
    {
        if (change.Target is null)
        {
            names.Remove(change.Name);
        }
        else
        {
            names[change.Name] = change.Target;
        }
    }

    private static Dictionary<string, object> Translate(Dictionary<string, object> names, Func<object, object> other)
    {
        Dictionary<string, object> translated = new(names.Count, StringComparer.Ordinal);
        foreach ((string name, object target) in names)
        {
            translated.Add(name, other(target));
        }

        return translated;
    }
}

/// <summary>An unsynced change of a directory: what the name stands for since; null for nothing.</summary>
internal readonly record struct NameChange(string Name, object? Target);
