using System.Globalization;
using Keystone.Storage;

namespace Keystone.Database.Owner;

/// <summary>Hears what the engine tells of itself and its jobs, remembers that the store failed, and passes all of it on.</summary>
internal sealed class DiskEvents(Action<DatabaseEvent> listener)
{
    private volatile bool _isPoisoned;
    private volatile bool _willReopen;
    private string? _opened;

    /// <summary>Whether the store refuses writes.</summary>
    public bool IsPoisoned => _isPoisoned;

    /// <summary>Whether somebody opens the disk anew when it has failed, so that whoever is refused should try again.</summary>
    public bool WillReopen
    {
        get => _willReopen;
        set => _willReopen = value;
    }

    public void Hear(StoreEvent happened)
    {
        if (happened.Kind == StoreEventKind.Opened)
        {
            _opened = happened.Message;
            return;
        }

        _isPoisoned |= happened.Kind == StoreEventKind.Poisoned;
        listener(DatabaseEvent.Of(happened));
    }

    /// <summary>Work of the database's own in the background has to wait, or is given up until the next opening.</summary>
    public void TellHindered(string message, Exception failure)
        => listener(new DatabaseEvent(DatabaseEventKind.JobHindered, message, failure));

    /// <summary>The disk is open: what the engine said of it is told now, with the time that opening took.</summary>
    public void TellOpened(TimeSpan time)
        => listener(new DatabaseEvent(
            DatabaseEventKind.Opened, string.Create(CultureInfo.InvariantCulture, $"{_opened} Opening took {time.TotalSeconds:F3} s.")));
}
