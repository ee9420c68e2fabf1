namespace Keystone.Model.Maintenance;

/// <summary>What a part of the verification of a stripe found.</summary>
/// <param name="Files">Table files that were read.</param>
/// <param name="Bytes">Bytes of them.</param>
/// <param name="Damages">What is damaged: one sentence for each file, with its name and the offset.</param>
/// <param name="LastFile">The number of the last file that was read; the next part begins after it.</param>
/// <param name="IsComplete">Whether there is no next part.</param>
public sealed record StripeVerification(int Files, long Bytes, IReadOnlyList<string> Damages, long LastFile, bool IsComplete);
