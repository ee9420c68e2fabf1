using Keystone.Simulation.Rot;
using Keystone.Storage;

namespace Keystone.Simulation.Fuzz.Targets;

/// <summary>One reader of the engine, the files that it begins with, and how they are changed so that it is not refused at once.</summary>
internal abstract class FuzzTarget
{
    /// <summary>All of them. Their order is their index.</summary>
    public static readonly FuzzTarget[] All =
        [new LogTarget(), new ManifestTarget(), new TableTarget(), new BlockTarget(), new IdentityTarget()];

    private static readonly Lazy<RotStore[]> Stores = new(() => [new RotStore(1, isClosed: true), new RotStore(3, isClosed: false)]);

    public abstract string Name { get; }

    public int Index => Array.IndexOf(All, this);

    /// <summary>Bytes as the engine writes them.</summary>
    public abstract IEnumerable<byte[]> Seeds();

    /// <summary>Something that comes of one input, and perhaps of a second one.</summary>
    public abstract byte[] Mutate(byte[] input, byte[] other, Random random);

    /// <summary>Reads it, as the engine does. Returns whether nothing was refused; throws when a promise is broken.</summary>
    public abstract bool Run(byte[] input);

    /// <summary>The files of tiny stores whose names end so.</summary>
    protected static IEnumerable<byte[]> FilesOf(Func<string, bool> isWanted)
        => Stores.Value.SelectMany(store => store.Left.Files().Order(StringComparer.Ordinal)
            .Where(path => isWanted(Path.GetFileName(path)))
            .Select(path => store.Left.ReadAll(path)));

    /// <summary>Whether it went well. That it was refused as damage, or as of a newer version, is no failure.</summary>
    protected static bool Attempt(Action read)
    {
        try
        {
            read();
            return true;
        }
        catch (StoreException refused) when (refused.Code is StoreErrorCode.Corrupt or StoreErrorCode.NewerFormat)
        {
            return false;
        }
    }

    protected static void Require(bool isKept, string what)
    {
        if (!isKept)
        {
            throw new InvalidOperationException(what);
        }
    }
}
