namespace Keystone.Storage.Versions;

/// <summary>A request to wrap all keys anew. What it calls runs on the manifest's turn and must not block.</summary>
/// <param name="OnProgress">Gets how many keys are wrapped, of how many.</param>
/// <param name="OnDone">The new manifest is in force and the old one is gone, or the request was cancelled.</param>
/// <param name="Cancellation">Looked at before the new manifest is begun; after that the request comes to its end.</param>
internal sealed record KeyRewrap(Action<int, int> OnProgress, Action OnDone, CancellationToken Cancellation)
{
    /// <summary>Wrapping a key takes some microseconds.</summary>
    public const int KeysPerStep = 256;
}
