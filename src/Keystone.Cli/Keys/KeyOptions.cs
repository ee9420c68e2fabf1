using System.CommandLine;
using Keystone.Model;

namespace Keystone.Cli.Keys;

/// <summary>The options by which commands name a table and say how keys are written.</summary>
internal sealed class KeyOptions
{
    private readonly Option<bool> _hex = new("--hex") { Description = "Keys are bytes, given as hexadecimal digits." };
    private readonly Option<bool> _base64 = new("--base64") { Description = "Keys are bytes, given as base64." };

    private KeyOptions()
    {
    }

    /// <summary>The option that names a table.</summary>
    public static Option<string> Table() => new("--table", "-t")
    {
        HelpName = "NAME",
        Description = "The table.",
        DefaultValueFactory = _ => KeystoneDefaults.TableName,
    };

    /// <summary>The option for the second part of a key.</summary>
    public static Option<string?> SortKey() => new("--sort-key", "-s") { HelpName = "KEY", Description = "The sort key." };

    public static KeyOptions AddTo(Command command)
    {
        var options = new KeyOptions();
        command.Options.Add(options._hex);
        command.Options.Add(options._base64);
        command.Validators.Add(result =>
        {
            if (result.GetValue(options._hex) && result.GetValue(options._base64))
            {
                result.AddError("--hex and --base64 exclude each other.");
            }
        });
        return options;
    }

    public KeyForm FormOf(ParseResult parsed)
        => parsed.GetValue(_hex) ? KeyForm.Hex : parsed.GetValue(_base64) ? KeyForm.Base64 : KeyForm.Text;
}
