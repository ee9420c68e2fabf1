using Keystone.Database;

namespace Keystone.Orleans.Silo;

/// <summary>How a silo keeps its part of a database.</summary>
public sealed class KeystoneSiloOptions
{
    /// <summary>The name of the database when nobody gives it another.</summary>
    public const string DatabaseNameDefault = "default";

    /// <summary>The directory of this silo's disk. It is made if its parent exists. Required, except for a database in memory.</summary>
    public string DataPath { get; set; } = "";

    /// <summary>The name of the database, the same on every silo: it is part of the keys of the stripes' grains.</summary>
    public string DatabaseName { get; set; } = DatabaseNameDefault;

    /// <summary>
    /// The names of all silos that have a disk, in one order on every silo: each owns a run of stripes. Empty means that this silo owns all
    /// and that the cluster has no other silo. The declaration of a database that has data must not change.
    /// </summary>
    public IList<string> Nodes { get; } = [];

    /// <summary>
    /// How often the silo looks for owned stripes that are not in service; longer each time that taking one fails. For tests.
    /// </summary>
    internal TimeSpan LookAfterStripesEvery { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Limits and budgets of the disk.</summary>
    public KeystoneDatabaseOptions Database { get; set; } = KeystoneDatabaseOptions.Default;
}
