namespace Keystone.Database;

/// <summary>What wrapping the keys of a database anew did.</summary>
/// <param name="CurrentKeyId">The key of the ring under which all keys are wrapped now.</param>
/// <param name="Keys">Keys that were wrapped: one for each table and each use of a segment. The new manifest has another one.</param>
/// <param name="RetiredKeyIds">Keys of the ring that were needed before and are not any more.</param>
public sealed record RewrapSummary(string CurrentKeyId, int Keys, IReadOnlyList<string> RetiredKeyIds);
