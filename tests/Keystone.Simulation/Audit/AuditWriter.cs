using System.Globalization;
using Keystone.Simulation.Kill;
using Keystone.Storage;
using Keystone.Storage.Jobs;
using Microsoft.Win32.SafeHandles;

namespace Keystone.Simulation.Audit;

/// <summary>
/// The engine in a process of its own, to be traced: makes the store if there is none, writes alone for a while and says when it is
/// answered, then goes on as the writer of the kill suite until it is killed.
/// </summary>
internal static class AuditWriter
{
    /// <summary>The hidden command that the suite starts this executable with.</summary>
    public const string Verb = "audit-writer";

    private const int WritesAlone = 40;

    /// <summary>The descriptor that the audit goes to, here and in the server.</summary>
    public static int Descriptor
        => int.Parse(Environment.GetEnvironmentVariable(TracedProcess.Variable)!, CultureInfo.InvariantCulture);

    public static IEnumerable<string> Arguments(string directory, int seed, int cycle)
        => [Verb, directory, .. new[] { seed, cycle }.Select(n => n.ToString(CultureInfo.InvariantCulture))];

    public static async Task<int> RunAsync(string[] arguments)
    {
        string directory = arguments[1];
        int seed = int.Parse(arguments[2], CultureInfo.InvariantCulture);
        int cycle = int.Parse(arguments[3], CultureInfo.InvariantCulture);
        await using (ThreadJobHost host = new())
        {
            StoreOptions options = KillStore.Draw(seed, store: 0, host) with { AuditDescriptor = Descriptor };
            await using StorageEngine engine = File.Exists(Path.Combine(directory, "IDENTITY"))
                ? StorageEngine.Open(directory, options)
                : StorageEngine.Create(directory, options);
            await engine.ClaimAsync(Enumerable.Range(0, engine.StripeCount).Select(stripe => new StripeClaim(stripe, KillStore.Epoch)));
            await WriteAloneAsync(engine, cycle);
        }

        return await KillWriter.RunAsync([.. KillWriter.Arguments(directory, seed, store: 0, cycle, isLying: false)], Descriptor);
    }

    /// <summary>Nobody else writes meanwhile, so when an answer is here no group at all may be without its sync.</summary>
    private static async Task WriteAloneAsync(StorageEngine engine, int cycle)
    {
        using SafeFileHandle handle = new(Descriptor, ownsHandle: false);
        using FileStream audit = new(handle, FileAccess.Write, bufferSize: 0);
        StripeClaim claim = new(0, KillStore.Epoch);
        KillFailure.Require(engine.TryServe(claim), "the claim of stripe 0 is gone");
        for (int number = 0; number < WritesAlone; number++)
        {
            WriteResult result = await engine.PutAsync(claim, [255, (byte)number], [(byte)cycle], WriteDurability.Synced);
            KillFailure.Require(result.Status == WriteStatus.Committed, $"a write was answered with {result.Status}");
            audit.Write("answer\n"u8);
        }
    }
}
