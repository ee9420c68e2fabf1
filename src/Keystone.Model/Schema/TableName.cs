using System.Buffers;

namespace Keystone.Model.Schema;

/// <summary>The rule for names of tables and indexes: 3 to 255 of the characters a-z, A-Z, 0-9, underscore, hyphen and dot.</summary>
public static class TableName
{
    /// <summary>The least length of a name.</summary>
    public const int LengthMin = 3;

    /// <summary>The greatest length of a name.</summary>
    public const int LengthMax = 255;

    private static readonly SearchValues<char> Allowed
        = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.");

    /// <summary>Whether a text may be a name.</summary>
    public static bool IsValid(string? name)
        => name is { Length: >= LengthMin and <= LengthMax } && !name.AsSpan().ContainsAnyExcept(Allowed);

    /// <summary>
    /// The name itself. Throws <see cref="KeystoneErrorCode.ValidationFailed"/>, naming the parameter, if it may be none.
    /// </summary>
    public static string Require(string? name, string parameter = "TableName")
    {
        if (name is not { Length: >= LengthMin and <= LengthMax })
        {
            throw KeystoneException.Validation(
                $"{parameter} must be at least {LengthMin} characters long and at most {LengthMax} characters long; "
                + $"it has {name?.Length ?? 0}");
        }

        return IsValid(name)
            ? name
            : throw KeystoneException.Validation($"{parameter} must satisfy regular expression pattern: [a-zA-Z0-9_.-]+");
    }
}
