using Xunit;

namespace Keystone.Tests.Architecture;

/// <summary>Rules of the house that no analyzer checks.</summary>
public sealed class StyleTests
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

    [Fact]
    public void No_file_has_a_name_that_could_hold_anything()
    {
        Assert.DoesNotContain(SourceTree.Files(), file => VagueEndings.Any(Path.GetFileNameWithoutExtension(file).EndsWith));
    }
}
