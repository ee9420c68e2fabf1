using Keystone.Model.Maintenance;
using Keystone.Orleans.Client.Wire.Maintenance;

namespace Keystone.Orleans.Client.Translation;

/// <summary>Maintenance between the model and the wire, both ways.</summary>
internal static class MaintenanceShapes
{
    public static LayoutAnswer ToAnswer(DatabaseLayout layout) => new() { StripeCount = layout.StripeCount, Tables = layout.Tables };

    public static DatabaseLayout ToLayout(LayoutAnswer answer)
    {
        Failures.ThrowIfFailed(answer);
        return new DatabaseLayout(answer.StripeCount, answer.Tables);
    }

    public static StripeStatisticsAnswer ToAnswer(StripeStatistics statistics) => new()
    {
        Node = statistics.Node,
        DiskId = statistics.DiskId,
        Files = statistics.Files,
        FileBytes = statistics.FileBytes,
        FileEntries = statistics.FileEntries,
        MemoryEntries = statistics.MemoryEntries,
        MemoryBytes = statistics.MemoryBytes,
        DiskLogBytes = statistics.DiskLogBytes,
    };

    public static StripeStatistics ToStatistics(StripeStatisticsAnswer answer, int stripe)
    {
        Failures.ThrowIfFailed(answer);
        return new StripeStatistics
        {
            Stripe = stripe,
            Node = answer.Node,
            DiskId = answer.DiskId,
            Files = answer.Files,
            FileBytes = answer.FileBytes,
            FileEntries = answer.FileEntries,
            MemoryEntries = answer.MemoryEntries,
            MemoryBytes = answer.MemoryBytes,
            DiskLogBytes = answer.DiskLogBytes,
        };
    }

    public static VerifyStripeAnswer ToAnswer(StripeVerification part) => new()
    {
        Files = part.Files,
        Bytes = part.Bytes,
        Damages = [.. part.Damages],
        LastFile = part.LastFile,
        IsComplete = part.IsComplete,
    };

    public static StripeVerification ToVerification(VerifyStripeAnswer answer)
    {
        Failures.ThrowIfFailed(answer);
        return new StripeVerification(answer.Files, answer.Bytes, answer.Damages, answer.LastFile, answer.IsComplete);
    }

    public static bool ToIsDone(CompactStripeAnswer answer)
    {
        Failures.ThrowIfFailed(answer);
        return answer.IsDone;
    }
}
