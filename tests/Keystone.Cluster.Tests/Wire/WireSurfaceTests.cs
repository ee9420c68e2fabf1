using System.Reflection;
using System.Text;
using Keystone.Orleans.Client.Wire;
using Xunit;

namespace Keystone.Cluster.Tests.Wire;

/// <summary>
/// Everything that travels, against <c>WireTypes.txt</c>. The grains and their methods are in <c>OrleansContracts.txt</c>, which the
/// compiler checks. <c>KEYSTONE_REWRITE=1</c> writes the file anew; in its diff, lines are only ever added.
/// </summary>
public sealed class WireSurfaceTests
{
    private const string RewriteVariable = "KEYSTONE_REWRITE";

    private static readonly Type[] WireTypes =
    [
        .. typeof(Blob).Assembly.GetTypes()
            .Where(type => type.GetCustomAttribute<GenerateSerializerAttribute>() is not null)
            .OrderBy(AliasOf, StringComparer.Ordinal),
    ];

    [Fact]
    public void What_travels_is_what_the_contract_file_says()
    {
        string surface = Surface();
        if (Environment.GetEnvironmentVariable(RewriteVariable) == "1")
        {
            File.WriteAllText(Path.Combine(SourceDirectory(), "WireTypes.txt"), surface);
        }

        Assert.Equal(File.ReadAllText(Path.Combine(SourceDirectory(), "WireTypes.txt")), surface);
    }

    [Fact]
    public void Messages_are_sealed_immutable_and_not_tracked()
    {
        foreach (Type type in WireTypes.Where(type => !type.IsSubclassOf(typeof(Exception))))
        {
            Assert.True(type.IsSealed || type.IsAbstract, $"{type.Name} is open.");
            Assert.True(type.IsDefined(typeof(ImmutableAttribute), inherit: false), $"{type.Name} is copied.");
            Assert.True(type.IsDefined(typeof(SuppressReferenceTrackingAttribute), inherit: false), $"{type.Name} is tracked.");
            Assert.True(type.IsDefined(typeof(OmitDefaultMemberValuesAttribute), inherit: false), $"{type.Name} writes defaults.");
        }
    }

    private static string Surface()
    {
        var text = new StringBuilder();
        foreach (Type type in WireTypes)
        {
            string parent = type.BaseType is { } known && WireTypes.Contains(known) ? $" : {AliasOf(known)}" : "";
            text.Append(AliasOf(type)).Append(parent).Append('\n');
            foreach (PropertyInfo member in MembersOf(type))
            {
                text.Append($"  {member.GetCustomAttribute<IdAttribute>()!.Id}: {member.Name} {NameOf(member.PropertyType)}\n");
            }
        }

        return text.ToString();
    }

    private static IEnumerable<PropertyInfo> MembersOf(Type type)
        => type.GetProperties(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.DeclaredOnly)
            .Where(member => member.GetCustomAttribute<IdAttribute>() is not null)
            .OrderBy(member => member.GetCustomAttribute<IdAttribute>()!.Id);

    private static string AliasOf(Type type)
        => type.GetCustomAttribute<AliasAttribute>(inherit: false)?.Alias
            ?? throw new InvalidOperationException($"{type.Name} travels without an alias.");

    private static string NameOf(Type type) => type switch
    {
        { IsArray: true } => NameOf(type.GetElementType()!) + "[]",
        _ when Nullable.GetUnderlyingType(type) is { } inner => NameOf(inner) + "?",
        _ when type.Assembly == typeof(Blob).Assembly => AliasOf(type),
        _ => type.Name,
    };

    /// <summary>Where this file lies: up from the build's output, wherever that is.</summary>
    private static string SourceDirectory()
    {
        string? directory = AppContext.BaseDirectory;
        while (directory is not null && !File.Exists(Path.Combine(directory, "Keystone.Orleans.sln")))
        {
            directory = Path.GetDirectoryName(directory);
        }

        return Path.Combine(directory!, "tests", "Keystone.Cluster.Tests", "Wire");
    }
}
