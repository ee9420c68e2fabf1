namespace Keystone.Cluster.Tests.Hosting;

/// <summary>A directory of a test's own, gone when the test is.</summary>
internal sealed class TestDirectory : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("keystone-cluster-");

    /// <summary>A path in it at which nothing is yet.</summary>
    public string PathOf(string name) => Path.Combine(_directory.FullName, name);

    public void Dispose() => _directory.Delete(recursive: true);
}
