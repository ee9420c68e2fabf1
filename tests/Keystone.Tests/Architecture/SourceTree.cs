using System.Runtime.CompilerServices;

namespace Keystone.Tests.Architecture;

/// <summary>The source tree that these tests were built from.</summary>
internal static class SourceTree
{
    private static readonly string[] Rooms = ["src", "tests", "samples"];

    public static string Root { get; } = FindRoot();

    /// <summary>All C# files of the project, by paths relative to the root.</summary>
    public static IEnumerable<string> Files()
        => Rooms
            .SelectMany(room => Directory.EnumerateFiles(Path.Combine(Root, room), "*.cs", SearchOption.AllDirectories))
            .Select(path => Path.GetRelativePath(Root, path));

    public static string Read(string path) => File.ReadAllText(Path.Combine(Root, path));

    private static string FindRoot([CallerFilePath] string here = "")
    {
        DirectoryInfo? directory = new FileInfo(here).Directory;
        while (directory is not null && !File.Exists(Path.Combine(directory.FullName, "Keystone.Orleans.sln")))
        {
            directory = directory.Parent;
        }

        return directory?.FullName ?? throw new InvalidOperationException(
            $"No solution above {here}: run the tests where they were built.");
    }
}
