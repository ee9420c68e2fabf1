using Keystone.Simulation.Running;
using Keystone.Storage.Encryption;

namespace Keystone.Simulation.Seal;

/// <summary>
/// No pair of key and nonce comes twice, whatever becomes of a store: lives that end and are cut off, recycled segments, rolled manifests,
/// keys wrapped anew, checkpoints, a directory that was copied and opened in two places. And a change of keys that is cut off at any call
/// loses nothing. What is counted is sealings: blocks, groups, records and wrapped keys, each compared with all others of the run.
/// </summary>
internal sealed class SealSuite : ISuite
{
    private const string Lives = "lives";
    private const string Rotation = "rotation";
    private const string Tables = "tables";

    private readonly NonceLog _nonces = new();

    public string Name => "seal";

    public string Unit => "sealings";

    public IReadOnlyList<string> Cases { get; } = [Lives, Rotation, Tables];

    public IReadOnlyList<string> RequiredKinds { get; } = [Lives, Rotation, Tables];

    public void Run(string name, int seed, Tally tally)
    {
        // The engine calls it on the thread of the case: there is no other in a seeded host.
        SealObserver observer = (key, nonce) =>
        {
            tally.Note("keys", _nonces.Note(key, nonce) ? 1 : 0);
            tally.Add(name);
        };
        switch (name)
        {
            case Lives:
                new SealedLives(seed, observer).Run(what => tally.Note(what));
                break;
            case Rotation:
                new RotationCrash(seed, observer).Run(what => tally.Note(what));
                break;
            default:
                SealedTables.Run(seed, observer, () => tally.WantsMore);
                break;
        }
    }
}
