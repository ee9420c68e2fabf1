using System.Collections.Frozen;

namespace Keystone.Model.PartiQL;

/// <summary>The words that have a meaning where a name could stand, and so are names only in double quotes.</summary>
internal static class StatementWords
{
    private static readonly FrozenSet<string> Keywords = new[]
    {
        "AND", "AS", "ASC", "BETWEEN", "BY", "DELETE", "DESC", "DISTINCT", "FALSE", "FROM", "GROUP", "HAVING", "IN", "INSERT", "INTO", "IS",
        "JOIN", "LIKE", "LIMIT", "MISSING", "NOT", "NULL", "OFFSET", "ON", "OR", "ORDER", "REMOVE", "RETURNING", "SELECT", "SET", "TRUE",
        "UNION", "UPDATE", "VALUE", "VALUES", "WHERE",
    }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    public static bool IsKeyword(string word) => Keywords.Contains(word);
}
