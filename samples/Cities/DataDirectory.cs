namespace Keystone.Samples.Cities;

/// <summary>The directory of the database: one that is kept, or a temporary one that goes when the program ends.</summary>
internal sealed class DataDirectory : IDisposable
{
    private readonly DirectoryInfo? _temporary;

    public DataDirectory(string? kept)
    {
        _temporary = kept is null ? Directory.CreateTempSubdirectory("keystone-cities-") : null;
        Path = kept ?? System.IO.Path.Combine(_temporary!.FullName, "db");
    }

    public string Path { get; }

    public void Dispose() => _temporary?.Delete(recursive: true);
}
