using Keystone.Storage.Log;

namespace Keystone.Simulation.Fuzz.Targets;

/// <summary>A log taken apart into its groups and put together again, with offsets, lengths and checksums that fit.</summary>
internal static class GroupFile
{
    private const int GroupsMax = 400;

    /// <summary>The groups that stand one after another from the start. Nothing but their frames is looked at.</summary>
    public static List<(GroupHeader Header, byte[] Body)> Parse(ReadOnlySpan<byte> bytes, GroupKind kind)
    {
        List<(GroupHeader, byte[])> groups = [];
        long offset = 0;
        while (groups.Count < GroupsMax
            && offset + GroupHeader.Bytes <= bytes.Length
            && GroupHeader.TryReadOwner(bytes[(int)offset..], out UInt128 store, out ulong generation)
            && GroupHeader.TryRead(bytes[(int)offset..], store, generation, kind, offset, bytes.Length, out GroupHeader header))
        {
            groups.Add((header, bytes.Slice((int)offset + GroupHeader.Bytes, header.BodyBytes).ToArray()));
            offset = header.EndBytes;
        }

        return groups;
    }

    public static byte[] Assemble(IEnumerable<(GroupHeader Header, byte[] Body)> groups, int tailBytes)
    {
        using MemoryStream file = new();
        foreach ((GroupHeader header, byte[] body) in groups)
        {
            GroupHeader placed = header with { OffsetBytes = file.Length, BodyBytes = body.Length };
            byte[] group = new byte[GroupHeader.SizeInFile(body.Length)];
            body.CopyTo(group, GroupHeader.Bytes);
            placed.Seal(group.AsSpan(0, GroupHeader.Bytes + body.Length));
            file.Write(group);
        }

        file.Write(new byte[tailBytes]);
        return file.ToArray();
    }

    /// <summary>
    /// Mostly one body or one header is changed and everything else made to fit; at times groups change places or go; rarely bytes are
    /// changed and nothing is made to fit.
    /// </summary>
    public static byte[] Mutate(
        byte[] input, byte[] other, GroupKind kind, Random random, Func<byte[], byte[], Random, byte[]> mutateBody)
    {
        List<(GroupHeader Header, byte[] Body)> groups = Parse(input, kind);
        if (groups.Count == 0 || random.Next(16) == 0)
        {
            return Mutation.Of(input, other, random);
        }

        for (int i = random.Next(3) + 1; i > 0 && groups.Count > 0; i--)
        {
            int at = random.Next(groups.Count);
            (GroupHeader header, byte[] body) = groups[at];
            List<(GroupHeader Header, byte[] Body)> others = Parse(other, kind);
            switch (random.Next(12))
            {
                case 0:
                    groups[at] = (header with { Number = Mutation.Number(random, header.Number) }, body);
                    break;
                case 1:
                    groups[at] = (header with { DurableThrough = Mutation.Number(random, header.Number) }, body);
                    break;
                case 2:
                    groups.RemoveRange(at, random.Next(2) == 0 ? 1 : groups.Count - at);
                    break;
                case 3:
                    groups.Insert(at, groups[random.Next(groups.Count)]);
                    break;
                case 4 when others.Count > 0:
                    groups[at] = (header, others[random.Next(others.Count)].Body);
                    break;
                case 5:
                    groups[at] = (header with { IsSealed = random.Next(2) == 0, CarriesKey = random.Next(2) == 0 }, body);
                    break;
                default:
                    byte[] otherBody = others.Count > 0 ? others[random.Next(others.Count)].Body : other;
                    groups[at] = (header, mutateBody(body, otherBody, random));
                    break;
            }
        }

        return Assemble(groups, random.Next(3) * GroupHeader.Alignment);
    }

    /// <summary>Without the room behind the last group, which says nothing and takes time.</summary>
    public static byte[] Trim(byte[] file, GroupKind kind) => Assemble(Parse(file, kind), GroupHeader.Alignment);
}
