using System.Buffers;

namespace Keystone.Model.Expressions;

/// <summary>What a placeholder may have behind its sign.</summary>
internal static class PlaceholderLetters
{
    public static readonly SearchValues<char> All = SearchValues.Create("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz");
}
