using Keystone.Orleans.Client.Contract;
using Microsoft.Extensions.Options;

namespace Keystone.Orleans.Silo.Hosting;

/// <summary>Refuses options that cannot work, before the silo starts.</summary>
internal sealed class KeystoneSiloOptionsValidator : IConfigurationValidator
{
    private readonly KeystoneSiloOptions _options;

    public KeystoneSiloOptionsValidator(IOptions<KeystoneSiloOptions> options) => _options = options.Value;

    /// <inheritdoc/>
    public void ValidateConfiguration()
    {
        if (string.IsNullOrWhiteSpace(_options.DataPath) && !_options.Database.InMemory)
        {
            throw new OrleansConfigurationException(
                $"{nameof(KeystoneSiloOptions.DataPath)} is not set. Name the directory of the silo's disk.");
        }

        if (string.IsNullOrWhiteSpace(_options.DatabaseName))
        {
            throw new OrleansConfigurationException(
                $"{nameof(KeystoneSiloOptions.DatabaseName)} is empty. "
                + $"Leave it at '{KeystoneSiloOptions.DatabaseNameDefault}' or give a name; "
                + $"it stands before the slash in '{new StripeName(KeystoneSiloOptions.DatabaseNameDefault, 0)}'.");
        }
    }
}
