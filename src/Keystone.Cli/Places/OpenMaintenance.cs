using Keystone.Model.Maintenance;

namespace Keystone.Cli.Places;

/// <summary>A database opened for its maintenance. Disposing it closes what was opened.</summary>
internal sealed class OpenMaintenance(IKeystoneMaintenance database, IAsyncDisposable opened) : IAsyncDisposable
{
    public IKeystoneMaintenance Database => database;

    public ValueTask DisposeAsync() => opened.DisposeAsync();
}
