using Xunit;

namespace Keystone.Cluster.Tests.Hosting;

/// <summary>
/// Tests that start processes run by themselves. A process that is being started holds, until it has become its program, every file lock
/// that this one holds or has just given back, so that a silo of another test that opens its disk at that moment would find it in use.
/// </summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class ProcessTests
{
    public const string Name = "processes";
}
