using System.IO.Hashing;
using Keystone.Storage.Files;
using Keystone.Storage.Versions;

namespace Keystone.Simulation.Fuzz.Targets;

/// <summary>The identity of a store, from which everything else is sized.</summary>
internal sealed class IdentityTarget : FuzzTarget
{
    private const int ChecksumBytes = 8;

    public override string Name => "identity";

    public override IEnumerable<byte[]> Seeds() => FilesOf(name => name == FileNames.Identity);

    public override byte[] Mutate(byte[] input, byte[] other, Random random)
    {
        byte[] bytes = Mutation.Of(input, other, random);
        if (bytes.Length > ChecksumBytes && random.Next(16) != 0)
        {
            XxHash3.Hash(bytes.AsSpan(..^ChecksumBytes)).AsSpan().CopyTo(bytes.AsSpan(^ChecksumBytes));
            bytes.AsSpan(^ChecksumBytes).Reverse();
        }

        return bytes;
    }

    public override bool Run(byte[] input)
    {
        FuzzFiles files = new(input);
        bool isWhole = Attempt(() =>
        {
            StoreIdentity identity = StoreIdentity.Read(files, "/store");
            _ = new ManifestState(identity.StripeCount);
        });
        Require(files.OpenCount == 0, "a handle was not given back");
        return isWhole;
    }
}
