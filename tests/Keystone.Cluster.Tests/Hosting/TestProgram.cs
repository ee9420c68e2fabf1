namespace Keystone.Cluster.Tests.Hosting;

/// <summary>A program that is built with the tests, in the same configuration, and stands in its own output directory.</summary>
internal sealed class TestProgram
{
    private TestProgram(string project, string name)
    {
        // The tests stand in .../bin/PROJECT/CONFIGURATION, and so does every other program.
        var here = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(System.IO.Path.DirectorySeparatorChar));
        Path = System.IO.Path.Combine(here.Parent!.Parent!.FullName, project, here.Name, name);
    }

    public static TestProgram Kstone { get; } = new("Keystone.Cli", "kstone");

    public static TestProgram Cities { get; } = new("Cities", "Cities");

    public string Path { get; }
}
