using System.CommandLine;

namespace Keystone.Cli.Places;

/// <summary>The option that names the keys of an encrypted database.</summary>
internal static class EncryptKeysOption
{
    public static Option<string?> New() => new("--encrypt-keys")
    {
        HelpName = "FILE",
        Description = "Key ring of an encrypted database: lines NAME = 32 bytes in base64, and current = NAME.",
    };
}
