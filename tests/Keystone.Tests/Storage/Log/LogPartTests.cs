using Keystone.Storage;
using Keystone.Storage.Entries;
using Keystone.Storage.Log;
using Xunit;

namespace Keystone.Tests.Storage.Log;

/// <summary>Parts that no writer writes, though the checksum of their group may be right.</summary>
public sealed class LogPartTests
{
    [Theory]
    [InlineData(StoreLimits.KeyBytesMax, 1, true)]
    [InlineData(StoreLimits.KeyBytesMax + 1, 1, false)]
    [InlineData(1, StoreLimits.ValueBytesMax, true)]
    [InlineData(1, StoreLimits.ValueBytesMax + 1, false)]
    public void An_operation_beyond_the_limits_is_none(int keyBytes, int valueBytes, bool isOperation)
    {
        byte[] body = Part(1, EntryKind.Put, keyBytes, valueBytes);
        ReadOnlySpan<byte> rest = body;
        Assert.Equal(isOperation, LogPart.TryRead(ref rest, out _));
        Assert.Equal(isOperation ? 0 : body.Length, rest.Length);
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(1, true)]
    [InlineData(EntryStamp.SequenceMax, true)]
    [InlineData(EntryStamp.SequenceMax + 1, false)]
    [InlineData(ulong.MaxValue, false)]
    public void A_part_whose_sequence_no_stripe_can_have_is_none(ulong sequence, bool isPart)
    {
        ReadOnlySpan<byte> body = Part(sequence, EntryKind.Delete, keyBytes: 3, valueBytes: 0);
        Assert.Equal(isPart, LogPart.TryRead(ref body, out _));
    }

    [Fact]
    public void A_part_whose_last_sequence_no_stripe_can_have_is_none()
    {
        const int count = 2;
        byte[] key = new byte[3];
        int bytes = count * LogPart.OperationBytes(EntryKind.Delete, key.Length, 0);
        foreach ((ulong first, bool isPart) in new[] { (EntryStamp.SequenceMax - 1, true), (EntryStamp.SequenceMax, false) })
        {
            byte[] body = new byte[LogPart.HeaderBytes(0, 1, first, count, bytes) + bytes];
            Span<byte> rest = LogPart.WriteHeader(body, 0, 1, first, count, bytes);
            rest = LogPart.WriteOperation(rest, EntryKind.Delete, key, []);
            LogPart.WriteOperation(rest, EntryKind.Delete, key, []);
            ReadOnlySpan<byte> source = body;
            Assert.Equal(isPart, LogPart.TryRead(ref source, out _));
        }
    }

    private static byte[] Part(ulong sequence, EntryKind kind, int keyBytes, int valueBytes)
    {
        int operation = LogPart.OperationBytes(kind, keyBytes, valueBytes);
        byte[] body = new byte[LogPart.HeaderBytes(0, 1, sequence, 1, operation) + operation];
        Span<byte> rest = LogPart.WriteHeader(body, 0, 1, sequence, 1, operation);
        LogPart.WriteOperation(rest, kind, new byte[keyBytes], new byte[valueBytes]);
        return body;
    }
}
