using Keystone.Storage.Buffers;
using Keystone.Storage.Files;
using Keystone.Storage.Log;
using Keystone.Storage.Sst;
using Keystone.Storage.Versions;

namespace Keystone.Simulation.Fuzz.Targets;

/// <summary>A manifest: read to its end, its tables described, and what it says written again and read once more.</summary>
internal sealed class ManifestTarget : FuzzTarget
{
    private const int Stripes = 4;

    private static readonly MemoryAccount Account = new("fuzz manifest");

    public override string Name => "manifest";

    public override IEnumerable<byte[]> Seeds()
        => FilesOf(name => FileNames.Parse(name, out _) == FileKind.Manifest).Select(file => GroupFile.Trim(file, GroupKind.Manifest));

    public override byte[] Mutate(byte[] input, byte[] other, Random random)
        => GroupFile.Mutate(input, other, GroupKind.Manifest, random, MutateRecord);

    public override bool Run(byte[] input)
    {
        if (!GroupHeader.TryReadOwner(input, out UInt128 store, out ulong generation))
        {
            return false;
        }

        FuzzFiles files = new(input);
        bool isWhole = Attempt(() =>
        {
            ManifestState state = new ManifestFile(files, "/store", store, Account).Read((long)generation, Stripes, out _);
            for (int stripe = 0; stripe < Stripes; stripe++)
            {
                state[stripe].Levels.SelectMany(level => level).ToList().ForEach(record => Describe(record.Meta));
            }

            WriteAgain(state);
        });
        Require(Account.Bytes == 0 && files.OpenCount == 0, "memory or a handle was not given back");
        return isWhole;
    }

    private static void Describe(SstMeta meta)
    {
        using BlockCache cache = new(0, Account);
        using HandleCache handles = new(new FuzzFiles([]), "/store");
        new SstReader(meta, cache, handles).Release();
    }

    private static void WriteAgain(ManifestState state)
    {
        using NativeBuffer record = new(Account, 0);
        using NativeBuffer scratch = new(Account, 0);
        VersionEditFormat.Encode(state.ToEdit(), record, scratch);
        byte[] first = record.Written.ToArray();
        ManifestState again = new(Stripes);
        again.Apply(VersionEditFormat.Decode(first, "again", 0));
        record.Clear();
        VersionEditFormat.Encode(again.ToEdit(), record, scratch);
        Require(record.Written.SequenceEqual(first), "what was read is not what is written");
    }

    /// <summary>Mostly one field is changed, and its length made to fit.</summary>
    private static byte[] MutateRecord(byte[] body, byte[] other, Random random)
    {
        List<(byte Tag, byte[] Payload)> fields = Fields(body);
        if (fields.Count == 0 || random.Next(8) == 0)
        {
            return Mutation.Of(body, other, random);
        }

        int at = random.Next(fields.Count);
        List<(byte Tag, byte[] Payload)> others = Fields(other);
        switch (random.Next(6))
        {
            case 0:
                fields.RemoveAt(at);
                break;
            case 1:
                fields.Insert(at, fields[random.Next(fields.Count)]);
                break;
            case 2 when others.Count > 0:
                fields.Insert(at, others[random.Next(others.Count)]);
                break;
            case 3:
                fields[at] = ((byte)random.Next(12), fields[at].Payload);
                break;
            default:
                bool isTable = fields[at].Payload.Length > SstFormat.FooterBytes;
                byte[] changed = Mutation.Of(fields[at].Payload, other, random, mayResize: !isTable || random.Next(4) == 0);
                fields[at] = (fields[at].Tag, isTable ? WithFooterChecksum(changed) : changed);
                break;
        }

        using NativeBuffer record = new(Account, 0);
        foreach ((byte tag, byte[] payload) in fields)
        {
            record.Append([tag]);
            VarInt.Append(record, (ulong)payload.Length);
            record.Append(payload);
        }

        return record.Written.ToArray();
    }

    /// <summary>The footer of a table stands at the end of its field.</summary>
    private static byte[] WithFooterChecksum(byte[] payload)
    {
        if (payload.Length >= SstFormat.FooterBytes)
        {
            Span<byte> footer = payload.AsSpan(^SstFormat.FooterBytes);
            SstFormat.WriteFooterChecksum(footer, System.Buffers.Binary.BinaryPrimitives.ReadUInt128LittleEndian(footer[16..]));
        }

        return payload;
    }

    private static List<(byte Tag, byte[] Payload)> Fields(ReadOnlySpan<byte> body)
    {
        List<(byte, byte[])> fields = [];
        while (body.Length > 1)
        {
            byte tag = body[0];
            body = body[1..];
            if (!VarInt.TryRead(ref body, out ulong length) || length > (ulong)body.Length)
            {
                break;
            }

            fields.Add((tag, body[..(int)length].ToArray()));
            body = body[(int)length..];
        }

        return fields;
    }
}
