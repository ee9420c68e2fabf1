namespace Keystone.Orleans.Silo.Routing;

/// <summary>A part of a batch that goes one way.</summary>
/// <param name="Stripe">The stripe whose grain gets it; null means this silo's disk.</param>
/// <param name="Places">The places of its operations in the batch.</param>
internal sealed record BatchPart(int? Stripe, IReadOnlyList<int> Places)
{
    /// <summary>Puts the answers of the part at the places that its operations have in the batch.</summary>
    public void Scatter<T>(IReadOnlyList<T> answers, T[] all)
    {
        for (int i = 0; i < Places.Count; i++)
        {
            all[Places[i]] = answers[i];
        }
    }
}

/// <summary>Cuts a batch into the parts that go one way each.</summary>
internal static class BatchParts
{
    public static List<BatchPart> Of(int count, Func<int, int> stripeOf, Func<int, bool> isServedHere)
        => [.. Enumerable.Range(0, count)
            .GroupBy(at => isServedHere(stripeOf(at)) ? (int?)null : stripeOf(at))
            .Select(way => new BatchPart(way.Key, [.. way]))];
}
