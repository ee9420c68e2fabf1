namespace Keystone.Model.Requests;

/// <summary>The rule for the count of items that a page may be limited to.</summary>
internal static class PageLimit
{
    public static void Require(int? limit)
    {
        if (limit < 1)
        {
            throw KeystoneException.Validation(
                $"1 validation error detected: Value '{limit}' at 'limit' failed to satisfy constraint: "
                + "Member must have value greater than or equal to 1");
        }
    }
}
