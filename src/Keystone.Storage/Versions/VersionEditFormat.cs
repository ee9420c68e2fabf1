using Keystone.Storage.Buffers;
using Keystone.Storage.Encryption;
using Keystone.Storage.Sst;

namespace Keystone.Storage.Versions;

/// <summary>
/// The bytes of an edit: the body of a group of the manifest log. A row of fields, each
/// <code>
/// +-----+----------------+---------
/// | tag | length (varint)| payload
/// +-----+----------------+---------
/// 1 counters   file number, generation, group         6 drop added     stripe, sequence, from length, from, to length, to
/// 2 claim      stripe, epoch                          7 drop removed   stripe, sequence
/// 3 flushed    stripe, sequence                       8 segment        file number, generation, first group, end group
/// 4 file added stripe, level, drops through, table    9 segment removed  file number
/// 5 file gone  stripe, level, file number            10 key            file number, length, wrapped key (WrappedKey)
///                                                    11 durable        group through which the log was durable
/// </code>
/// Numbers are varints. An unknown tag means a newer version wrote the store.
/// </summary>
internal static class VersionEditFormat
{
    private enum Tag : byte
    {
        Counters = 1,
        Claim = 2,
        Flushed = 3,
        FileAdded = 4,
        FileRemoved = 5,
        DropAdded = 6,
        DropRemoved = 7,
        Segment = 8,
        SegmentRemoved = 9,
        Key = 10,
        Durable = 11,
    }

    /// <summary>Appends the edit to the buffer. <paramref name="scratch"/> is used for payloads and left empty.</summary>
    public static void Encode(VersionEdit edit, NativeBuffer target, NativeBuffer scratch)
    {
        Field(Tag.Counters, target, scratch, (ulong)edit.Counters.FileNumber, edit.Counters.Generation, edit.Counters.Group);
        if (edit.LogDurableThrough != 0)
        {
            Field(Tag.Durable, target, scratch, edit.LogDurableThrough);
        }

        edit.Claims.ForEach(c => Field(Tag.Claim, target, scratch, (ulong)c.Stripe, c.Epoch));
        edit.FlushedThrough.ForEach(f => Field(Tag.Flushed, target, scratch, (ulong)f.Stripe, f.Sequence));
        edit.RemovedFiles.ForEach(f => Field(Tag.FileRemoved, target, scratch, (ulong)f.Stripe, (ulong)f.Level, (ulong)f.FileNumber));
        foreach ((int stripe, int level, FileRecord file) in edit.AddedFiles)
        {
            Numbers(scratch, (ulong)stripe, (ulong)level, file.DropsThrough);
            file.Meta.Encode(scratch);
            Close(Tag.FileAdded, target, scratch);
        }

        foreach ((int stripe, DropMark mark) in edit.AddedDrops)
        {
            Numbers(scratch, (ulong)stripe, mark.Sequence, (ulong)mark.From.Length);
            scratch.Append(mark.From);
            Numbers(scratch, (ulong)mark.To.Length);
            scratch.Append(mark.To);
            Close(Tag.DropAdded, target, scratch);
        }

        edit.RemovedDrops.ForEach(d => Field(Tag.DropRemoved, target, scratch, (ulong)d.Stripe, d.Sequence));
        edit.Segments.ForEach(s => Field(Tag.Segment, target, scratch, (ulong)s.FileNumber, s.Generation, s.FirstGroup, s.EndGroup));
        edit.RemovedSegments.ForEach(s => Field(Tag.SegmentRemoved, target, scratch, (ulong)s));
        foreach (FileKey key in edit.Keys)
        {
            Invariant.Require(key.Wrapped is not null);
            Numbers(scratch, (ulong)key.FileNumber, (ulong)key.Wrapped.Bytes.Length);
            scratch.Append(key.Wrapped.Bytes);
            Close(Tag.Key, target, scratch);
        }
    }

    /// <summary>
    /// Reads an edit that <see cref="Encode"/> wrote. <paramref name="file"/> and <paramref name="offset"/> name the place in errors.
    /// </summary>
    public static VersionEdit Decode(ReadOnlySpan<byte> source, string file, long offset)
    {
        VersionEdit edit = new();
        while (!source.IsEmpty)
        {
            Tag tag = (Tag)source[0];
            source = source[1..];
            if (!VarInt.TryRead(ref source, out ulong length) || length > (ulong)source.Length)
            {
                throw StoreException.Corrupt(file, offset, "a field of a manifest record is longer than the record");
            }

            ReadOnlySpan<byte> payload = source[..(int)length];
            source = source[(int)length..];
            FieldReader reader = new(payload, file, offset);
            DecodeField(tag, ref reader, edit);
            reader.RequireEnd();
        }

        return edit;
    }

    private static void DecodeField(Tag tag, ref FieldReader reader, VersionEdit edit)
    {
        switch (tag)
        {
            case Tag.Counters:
                edit.Counters = new ManifestCounters((long)reader.Number(), reader.Number(), reader.Number());
                break;
            case Tag.Claim:
                edit.Claims.Add((reader.Stripe(), reader.Number()));
                break;
            case Tag.Flushed:
                edit.FlushedThrough.Add((reader.Stripe(), reader.Number()));
                break;
            case Tag.FileAdded:
                edit.AddedFiles.Add((reader.Stripe(), reader.Level(), reader.File()));
                break;
            case Tag.FileRemoved:
                edit.RemovedFiles.Add((reader.Stripe(), reader.Level(), (long)reader.Number()));
                break;
            case Tag.DropAdded:
                edit.AddedDrops.Add((reader.Stripe(), new DropMark(reader.Number(), reader.Bytes(), reader.Bytes())));
                break;
            case Tag.DropRemoved:
                edit.RemovedDrops.Add((reader.Stripe(), reader.Number()));
                break;
            case Tag.Segment:
                edit.Segments.Add(new SegmentRecord((long)reader.Number(), reader.Number(), reader.Number(), reader.Number()));
                break;
            case Tag.SegmentRemoved:
                edit.RemovedSegments.Add((long)reader.Number());
                break;
            case Tag.Key:
                edit.Keys.Add(reader.Key());
                break;
            case Tag.Durable:
                edit.LogDurableThrough = reader.Number();
                break;
            default:
                throw new StoreException(
                    StoreErrorCode.NewerFormat,
                    $"{reader.FileName} has a manifest record with the unknown field {(byte)tag} at offset {reader.Offset}. "
                        + "Use the version that wrote it.");
        }
    }

    private static void Field(Tag tag, NativeBuffer target, NativeBuffer scratch, params ReadOnlySpan<ulong> numbers)
    {
        Numbers(scratch, numbers);
        Close(tag, target, scratch);
    }

    private static void Numbers(NativeBuffer buffer, params ReadOnlySpan<ulong> numbers)
    {
        foreach (ulong number in numbers)
        {
            VarInt.Append(buffer, number);
        }
    }

    private static void Close(Tag tag, NativeBuffer target, NativeBuffer scratch)
    {
        target.Append([(byte)tag]);
        VarInt.Append(target, (ulong)scratch.Length);
        target.Append(scratch.Written);
        scratch.Clear();
    }

    private ref struct FieldReader(ReadOnlySpan<byte> payload, string file, long offset)
    {
        private ReadOnlySpan<byte> _rest = payload;

        public readonly string FileName => file;

        public readonly long Offset => offset;

        public ulong Number() => VarInt.TryRead(ref _rest, out ulong value) ? value : throw Damaged();

        public int Stripe() => Number() is ulong value and < 4096 ? (int)value : throw Damaged();

        public int Level() => Number() is ulong value and < StripeFiles.LevelCount ? (int)value : throw Damaged();

        public byte[] Bytes()
        {
            ulong length = Number();
            if (length > (ulong)_rest.Length)
            {
                throw Damaged();
            }

            byte[] bytes = _rest[..(int)length].ToArray();
            _rest = _rest[(int)length..];
            return bytes;
        }

        public FileRecord File()
        {
            ulong dropsThrough = Number();
            return new FileRecord(SstMeta.Decode(ref _rest), dropsThrough);
        }

        public FileKey Key()
        {
            long number = (long)Number();
            return new FileKey(number) { Wrapped = WrappedKey.TryDecode(Bytes()) ?? throw Damaged() };
        }

        public readonly void RequireEnd()
        {
            if (!_rest.IsEmpty)
            {
                throw Damaged();
            }
        }

        private readonly StoreException Damaged() => StoreException.Corrupt(file, offset, "a field of a manifest record does not decode");
    }
}
