using System.Text.RegularExpressions;
using Xunit;

namespace Keystone.Tests.Architecture;

/// <summary>Rules of the house that no analyzer checks.</summary>
public sealed partial class StyleTests
{
    private const int LineColumnsMax = 140;
    private const int FilesMin = 300;

    private static readonly string[] VagueEndings = ["Manager", "Helper", "Helpers", "Util", "Utils", "Impl", "Base", "Info"];

    [Fact]
    public void No_line_is_wider_than_a_reader_sees()
    {
        string[] files = [.. SourceTree.Files()];
        Assert.True(files.Length >= FilesMin, $"Only {files.Length} files were looked at.");
        Assert.Empty(
            from file in files
            from line in SourceTree.Read(file).Split('\n').Index()
            where line.Item.Length > LineColumnsMax
            select $"{file}:{line.Index + 1} has {line.Item.Length} columns");
    }

    /// <summary>The collector takes a pinned array too when only its address is left. A field keeps it, a local does not.</summary>
    [Fact]
    public void No_address_outlives_the_array_that_it_points_into()
    {
        Assert.Empty(
            from file in SourceTree.Files()
            from line in SourceTree.Read(file).Split('\n').Index()
            where LocalAddress().IsMatch(line.Item)
            select $"{file}:{line.Index + 1} takes the address of what a local variable holds");
    }

    [Theory]
    [InlineData("byte* first = (byte*)Unsafe.AsPointer(ref " + "filter[0]);", true)]
    [InlineData("KeyPointer = (byte*)Unsafe.AsPointer(ref _key[0]);", false)]
    [InlineData("byte* line = (byte*)Unsafe.AsPointer(ref Line[0]);", false)]
    public void An_address_of_a_local_variable_is_told_from_that_of_a_field(string line, bool isLocal)
        => Assert.Equal(isLocal, LocalAddress().IsMatch(line));

    [Fact]
    public void No_file_has_a_name_that_could_hold_anything()
    {
        Assert.DoesNotContain(SourceTree.Files(), file => VagueEndings.Any(Path.GetFileNameWithoutExtension(file).EndsWith));
    }

    [GeneratedRegex(@"\.AsPointer\(ref [a-z]\w*\[\w+\]\);")]
    private static partial Regex LocalAddress();
}
