using System.Reflection;
using System.Text.RegularExpressions;
using Xunit;

namespace Keystone.Tests.Architecture;

/// <summary>The stories in src/README.md are told by the names of the code, so that a reader can follow them.</summary>
public sealed partial class StoryTests
{
    private const int NamesMin = 15;

    private const BindingFlags Everything =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static readonly string[] Rooms =
        ["Keystone.Model", "Keystone.Storage", "Keystone.Database", "Keystone.Orleans.Client", "Keystone.Orleans.Silo"];

    [Fact]
    public void The_stories_name_only_what_exists()
    {
        string map = SourceTree.Read("src/README.md");
        int start = map.IndexOf("## The stories", StringComparison.Ordinal);
        int end = map.IndexOf("\n## ", start + 1, StringComparison.Ordinal);
        string[] names = [.. CodeName().Matches(map[start..end]).Select(match => match.Groups[1].Value).Distinct()];
        Assert.True(names.Length >= NamesMin, $"The stories name {names.Length} things; they were longer.");
        Assert.All(names, name => Assert.True(Exists(name), name));
    }

    private static bool Exists(string name)
    {
        string[] parts = name.Split('.');
        Type[] types = [.. Rooms.SelectMany(TypesOf).Where(type => type.Name == parts[0])];
        return parts.Length == 1 ? types.Length > 0 : types.Any(type => type.GetMember(parts[1], Everything).Length > 0);
    }

    private static Type[] TypesOf(string room) => Assembly.LoadFrom(Path.Combine(AppContext.BaseDirectory, room + ".dll")).GetTypes();

    /// <summary>`Type` or `Type.Member`.</summary>
    [GeneratedRegex(@"`([A-Z]\w+(?:\.[A-Z]\w+)?)`")]
    private static partial Regex CodeName();
}
