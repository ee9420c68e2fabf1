using System.Globalization;
using System.Text.RegularExpressions;
using Xunit;

namespace Keystone.Tests.Architecture;

/// <summary>
/// The known bugs that <c>Museum/run.sh</c> puts back one after the other still fit the sources: a patch that fits no more proves nothing.
/// Whether the suites catch them takes minutes and is not asked here.
/// </summary>
public sealed partial class MuseumTests
{
    private const string Museum = "tests/Keystone.Simulation/Museum";

    private const int PatchesMin = 8;

    private static readonly string[] Suites =
        ["crash", "random", "faults", "syncs", "rot", "swaps", "seal", "checkpoint", "threads", "fuzz", "audit"];

    public static TheoryData<string> Patches { get; } =
        [.. Directory.EnumerateFiles(Path.Combine(SourceTree.Root, Museum), "*.patch").Select(path => Path.GetFileName(path)).Order()];

    [Fact]
    public void The_museum_is_not_empty() => Assert.True(Patches.Count >= PatchesMin, $"There are only {Patches.Count} patches.");

    [Theory]
    [MemberData(nameof(Patches))]
    public void A_patch_says_what_is_wrong_and_which_suite_turns_red(string name)
    {
        string[] lines = Lines(name);
        Assert.False(lines[0].StartsWith("diff ", StringComparison.Ordinal), $"{name} begins without a sentence on its bug.");
        string suite = Assert.Single(lines, line => line.StartsWith("suite: ", StringComparison.Ordinal));
        Assert.Contains(suite.Split(' ')[1], Suites);
    }

    [Theory]
    [MemberData(nameof(Patches))]
    public void A_patch_still_applies(string name)
    {
        string[] file = [];
        int from = 0;
        int hunks = 0;
        string[] lines = Lines(name);
        for (int i = 0; i < lines.Length; i++)
        {
            if (lines[i].StartsWith("--- a/", StringComparison.Ordinal))
            {
                file = SourceTree.Read(lines[i][6..]).Split('\n');
                from = 0;
            }
            else if (HunkHeader().Match(lines[i]) is { Success: true } header)
            {
                (string[] before, int hunkLines) = ReadHunk(lines.AsSpan(i + 1), header);
                int at = FindAll(file, before, from);
                Assert.True(at >= 0, $"{name}:{i + 1}: the engine has not these lines any more. Write the patch anew.");
                from = at + before.Length;
                i += hunkLines;
                hunks++;
            }
        }

        Assert.True(hunks > 0, $"{name} changes nothing.");
    }

    [Fact]
    public void A_patch_of_lines_that_are_not_there_does_not_apply()
    {
        string[] file = ["one", "two", "three"];
        Assert.Equal(1, FindAll(file, ["two", "three"], from: 0));
        Assert.Equal(-1, FindAll(file, ["two", "three"], from: 2));
        Assert.Equal(-1, FindAll(file, ["two", "four"], from: 0));
        Assert.Equal(-1, FindAll(file, ["three", "four"], from: 0));
    }

    /// <summary>
    /// The lines that a hunk expects in the file, and how many lines it has itself. They have to be what its header counts.
    /// </summary>
    private static (string[] Before, int HunkLines) ReadHunk(ReadOnlySpan<string> lines, Match header)
    {
        int before = Count(header.Groups[1]);
        int after = Count(header.Groups[2]);
        List<string> expected = [];
        int read = 0;
        while (before > 0 || after > 0)
        {
            string line = lines[read++];
            char sign = line.Length > 0 ? line[0] : ' ';
            Assert.True(sign is ' ' or '-' or '+', $"A hunk has the line: {line}");
            before -= sign == '+' ? 0 : 1;
            after -= sign == '-' ? 0 : 1;
            if (sign != '+')
            {
                expected.Add(line.Length > 0 ? line[1..] : line);
            }
        }

        Assert.True(before == 0 && after == 0, "A hunk has other lines than its header counts.");
        return ([.. expected], read);
    }

    /// <summary>Where the expected lines stand together, as <c>git apply</c> looks for them: anywhere, without a difference.</summary>
    private static int FindAll(string[] file, string[] expected, int from)
    {
        for (int at = from; at + expected.Length <= file.Length; at++)
        {
            if (file.AsSpan(at, expected.Length).SequenceEqual(expected))
            {
                return at;
            }
        }

        return -1;
    }

    private static int Count(Group group) => group.Success ? int.Parse(group.Value, CultureInfo.InvariantCulture) : 1;

    private static string[] Lines(string name) => SourceTree.Read(Path.Combine(Museum, name)).Split('\n');

    [GeneratedRegex(@"^@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@")]
    private static partial Regex HunkHeader();
}
