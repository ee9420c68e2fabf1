using Keystone.Benchmarks.Workloads;
using Xunit;

namespace Keystone.Tests.Benchmarks;

public sealed class WorkloadCatalogTests
{
    [Fact]
    public void The_workloads_have_the_names_that_results_are_compared_by()
    {
        Assert.Equal(
            [
                "fillseq", "fillrandom", "fillbatch", "readrandom", "readmissing", "scan100", "fullscan", "readwhilewriting",
                "readcold", "durable", "overwrite", "recovery", "latency", "open", "alloc",
            ],
            WorkloadCatalog.Names);
    }
}
