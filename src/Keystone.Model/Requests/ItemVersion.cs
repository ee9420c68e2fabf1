using System.Globalization;

namespace Keystone.Model.Requests;

/// <summary>
/// Which write an item is from: the epoch of its stripe's owner and the stripe's sequence. Two states of one item never have the same
/// version, also after it was deleted and written again. Callers keep it as an opaque text and hand it back in
/// <see cref="WriteCondition.VersionIs"/>.
/// </summary>
/// <param name="Epoch">The epoch of the owner's claim to the stripe.</param>
/// <param name="Sequence">The number of the write in its stripe, from 1.</param>
public readonly record struct ItemVersion(ulong Epoch, ulong Sequence)
{
    private const char Separator = '-';

    /// <summary>Reads the text of a version. Throws <see cref="KeystoneErrorCode.ValidationFailed"/> if it is none.</summary>
    public static ItemVersion Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        int at = text.IndexOf(Separator);
        bool hasEpoch = ulong.TryParse(
            text.AsSpan(0, Math.Max(at, 0)), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong epoch);
        bool hasSequence = ulong.TryParse(
            text.AsSpan(at + 1), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong sequence);
        var version = new ItemVersion(epoch, sequence);

        // One text for one version: texts may be compared without reading them.
        return hasEpoch && hasSequence && version.ToString() == text
            ? version
            : throw KeystoneException.Validation("The text is no item version. Give back exactly what a read or a write answered.");
    }

    /// <summary>The version as a text: two lower-case hexadecimal numbers.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Epoch:x}{Separator}{Sequence:x}");
}
