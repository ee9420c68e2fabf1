using System.Buffers.Binary;
using Keystone.Storage.Buffers;
using Keystone.Storage.Encryption;
using Keystone.Storage.Entries;
using Keystone.Storage.Sst;
using Keystone.Testing.Keys;

namespace Keystone.Simulation.Seal;

/// <summary>Tables of many small blocks, for the number: each has a key of its own.</summary>
internal static class SealedTables
{
    private const int TablesPerCase = 5;
    private const int EntriesPerTable = 20_000;
    private const int ValueBytes = 40;

    public static void Run(int seed, SealObserver observer, Func<bool> wantsMore)
    {
        MemoryAccount account = new("seal");
        KeyVault vault = new(new TestKeyRing("tables"), System.Security.Cryptography.RandomNumberGenerator.Fill, observer);
        SstOptions options = new() { BlockBytes = SstOptions.BlockBytesMin, Compression = Compression.None };
        byte[] key = new byte[sizeof(int)];
        byte[] value = new byte[ValueBytes];
        new Random(seed).NextBytes(value);
        using SstBuilder builder = new(options, account);
        for (int table = 0; table < TablesPerCase && wantsMore(); table++)
        {
            builder.Begin(table + 1, new UInt128((ulong)seed, (ulong)table), vault.NewKey());
            for (int i = 0; i < EntriesPerTable; i++)
            {
                BinaryPrimitives.WriteInt32BigEndian(key, i);
                builder.Add(key, EntryStamp.Of(1, EntryKind.Put), value);
                builder.Taken(builder.Finished.Length);
            }

            builder.Finish();
            builder.Rest();
        }
    }
}
