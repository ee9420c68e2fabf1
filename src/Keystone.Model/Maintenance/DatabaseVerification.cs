namespace Keystone.Model.Maintenance;

/// <summary>What the verification of a database found.</summary>
/// <param name="Files">Table files that were read.</param>
/// <param name="Bytes">Bytes of them.</param>
/// <param name="Damages">The damaged files, by stripe.</param>
public sealed record DatabaseVerification(int Files, long Bytes, IReadOnlyList<StripeDamage> Damages)
{
    /// <summary>Nothing was read and nothing found.</summary>
    public static DatabaseVerification Empty { get; } = new(0, 0, []);

    /// <summary>Whether everything is as it was written.</summary>
    public bool IsSound => Damages.Count == 0;
}

/// <summary>A damaged file of a stripe.</summary>
/// <param name="Stripe">The stripe.</param>
/// <param name="Message">File, offset, what is wrong there.</param>
public sealed record StripeDamage(int Stripe, string Message);
