using Keystone.Storage.Encryption;
using Keystone.Storage.Files;
using Keystone.Storage.Sst;

namespace Keystone.Storage.Repair;

/// <summary>What a repair needs besides its directories.</summary>
internal sealed record RepairSettings(
    IFileSystem Files,
    SstOptions Sst,
    Func<UInt128> NewId,
    long WriteBufferBytes,
    long ManifestBytesMin,
    int OpenFilesMax,
    KeyVault? Vault,
    RepairOptions Options);
