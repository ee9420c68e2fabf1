namespace Keystone.Model.Expressions;

/// <summary>
/// Whether bytes have others as a part, in time that grows with the sum of both lengths whatever the bytes are, and without memory. The
/// search of the platform is faster on what people write, but takes the product of the lengths on bytes that repeat themselves; so it
/// keeps what is short.
/// <para>
/// For long parts this is the two-way search of Crochemore and Perrin. The part is cut where its two sides differ most; the right side is
/// compared first, forwards, then the left. A mismatch on the right moves the part behind it, and after a match of the right side the part
/// moves by its period, or by the longer of its sides if that period is too long to matter.
/// </para>
/// </summary>
internal static class ByteSearch
{
    /// <summary>From this length on a part is searched for in linear time.</summary>
    public const int LinearBytesMin = 256;

    public static bool Contains(ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> part)
    {
        if (part.Length < LinearBytesMin || bytes.Length <= part.Length)
        {
            return bytes.IndexOf(part) >= 0;
        }

        (int cut, int period) = CutOf(part);
        bool repeats = part[..cut].SequenceEqual(part.Slice(period, cut));
        return repeats
            ? ContainsRepeating(bytes, part, cut, period)
            : ContainsPlain(bytes, part, cut, Math.Max(cut, part.Length - cut) + 1);
    }

    /// <summary>
    /// The part is a repetition of its first bytes, as many as the period: what was compared before a move by the period is known to be
    /// equal after it.
    /// </summary>
    private static bool ContainsRepeating(ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> part, int cut, int period)
    {
        int known = 0;
        int at = 0;
        while (at <= bytes.Length - part.Length)
        {
            ReadOnlySpan<byte> window = bytes.Slice(at, part.Length);
            int right = Math.Max(cut, known);
            int equal = right + part[right..].CommonPrefixLength(window[right..]);
            if (equal < part.Length)
            {
                at += equal - cut + 1;
                known = 0;
                continue;
            }

            int left = Math.Min(known, cut);
            if (part[left..cut].SequenceEqual(window[left..cut]))
            {
                return true;
            }

            at += period;
            known = part.Length - period;
        }

        return false;
    }

    private static bool ContainsPlain(ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> part, int cut, int move)
    {
        int at = 0;
        while (at <= bytes.Length - part.Length)
        {
            ReadOnlySpan<byte> window = bytes.Slice(at, part.Length);
            int equal = cut + part[cut..].CommonPrefixLength(window[cut..]);
            if (equal < part.Length)
            {
                at += equal - cut + 1;
                continue;
            }

            if (part[..cut].SequenceEqual(window[..cut]))
            {
                return true;
            }

            at += move;
        }

        return false;
    }

    /// <summary>Where the right side of a part starts, and the period of that side.</summary>
    private static (int Cut, int Period) CutOf(ReadOnlySpan<byte> part)
    {
        (int Cut, int Period) ascending = GreatestSuffix(part, isReversed: false);
        (int Cut, int Period) descending = GreatestSuffix(part, isReversed: true);
        return ascending.Cut > descending.Cut ? ascending : descending;
    }

    /// <summary>The suffix that is the greatest in the order of bytes, or in the reversed order, and its period.</summary>
    private static (int Start, int Period) GreatestSuffix(ReadOnlySpan<byte> part, bool isReversed)
    {
        int start = 0;
        int rival = 1;
        int offset = 0;
        int period = 1;
        while (rival + offset < part.Length)
        {
            int order = part[rival + offset].CompareTo(part[start + offset]);
            if (order == 0)
            {
                bool isWholePeriod = offset + 1 == period;
                rival += isWholePeriod ? period : 0;
                offset = isWholePeriod ? 0 : offset + 1;
            }
            else if (order < 0 != isReversed)
            {
                rival += offset + 1;
                offset = 0;
                period = rival - start;
            }
            else
            {
                start = rival;
                rival = start + 1;
                offset = 0;
                period = 1;
            }
        }

        return (start, period);
    }
}
