namespace Keystone.Benchmarks.Workloads;

/// <summary>An engine gave a wrong answer, or a run cannot be made as asked. Its figure does not count.</summary>
internal sealed class BenchmarkException : Exception
{
    public BenchmarkException(string message)
        : base(message)
    {
    }

    /// <summary>Throws when an answer is not what was written.</summary>
    public static void Require(bool condition, string message)
    {
        if (!condition)
        {
            throw new BenchmarkException(message);
        }
    }
}
