namespace Keystone.Model.Expressions;

/// <summary>Attributes of keys are scalars: no expression looks inside them.</summary>
internal static class ScalarRule
{
    public static void Require(Binding binding, IEnumerable<PathNode> paths, IEnumerable<string> names, string what)
    {
        PathNode[] nested = [.. paths.Where(path => path.Parts.Length > 1)];
        foreach (string name in names)
        {
            if (Array.Exists(nested, path => binding.NameOf(path.Parts[0]) == name))
            {
                throw KeystoneException.Validation(
                    "Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: "
                    + $"{what}: {name}");
            }
        }
    }
}
