using Keystone.Testing.Audit;
using Xunit;

namespace Keystone.Tests.Testing.Audit;

/// <summary>What strace writes is read as it is meant.</summary>
public sealed class TraceReaderTests
{
    [Fact]
    public void A_call_begins_and_ends_on_its_line()
    {
        (TracedCall call, bool isEnd)[] events = Read("7 1.5 pwrite64(3</d/000002.log>, \"a\\0\\1772\\n\\\"\\\\\", 7, 64) = 7");

        Assert.Equal([false, true], events.Select(e => e.isEnd));
        TracedCall call = events[1].call;
        Assert.Equal(("pwrite64", 7L, 64L), (call.Name, call.Result, call.Number(3)));
        Assert.Equal("/d/000002.log", call.DescriptorPath(0));
        Assert.Equal("a\0\u007F2\n\"\\"u8.ToArray(), call.Bytes(1));
    }

    [Fact]
    public void A_call_that_others_interrupt_ends_where_it_is_resumed()
    {
        (TracedCall call, bool isEnd)[] events = Read(
            "7 1.5 fdatasync(3</d/000002.log> <unfinished ...>",
            "8     1.6 fsync(4</d>)         = -1 EIO (Input/output error)",
            "7 1.7 <... fdatasync resumed>) = 0");

        Assert.Equal(["fdatasync", "fsync", "fsync", "fdatasync"], events.Select(e => e.call.Name));
        Assert.Equal((1, 3, 0L), (events[3].call.BeginLine, events[3].call.EndLine, events[3].call.Result));
        Assert.Equal((-1L, false), (events[2].call.Result, events[2].call.HasSucceeded));
    }

    [Fact]
    public void A_call_in_which_its_process_died_has_never_ended()
    {
        (TracedCall call, bool isEnd)[] events = Read(
            "7 1.5 fdatasync(3</d/000002.log> <unfinished ...>",
            "7 1.6 <... fdatasync resumed>) = ?",
            "7 1.7 +++ killed by SIGKILL +++");

        Assert.Equal((null, int.MaxValue), (events[^1].call.Result, events[^1].call.EndLine));
    }

    [Fact]
    public void Commas_and_parentheses_in_texts_and_paths_part_nothing()
    {
        (TracedCall call, _) = Read("7 1.5 openat(AT_FDCWD</w>, \"/d/a, b) = c\", O_RDWR|O_CREAT, 0600) = 9</d/a, b) = c>")[0];

        Assert.Equal(4, call.Arguments.Count);
        Assert.Equal("/d/a, b) = c", call.Path(1));
    }

    [Fact]
    public void A_file_without_a_name_has_no_path()
        => Assert.Null(Read("7 1.5 fdatasync(3</d/000002.sst>(deleted)) = 0")[0].Call.DescriptorPath(0));

    [Theory]
    [InlineData("7 1.5 <... fdatasync resumed>) = 0")]
    [InlineData("7 1.5 something else")]
    public void What_no_tracer_writes_is_refused(string line) => Assert.Throws<AuditFailure>(() => Read(line));

    private static (TracedCall Call, bool IsEnd)[] Read(params string[] lines)
        => [.. new TraceReader(new StringReader(string.Join('\n', lines))).Read()];
}
