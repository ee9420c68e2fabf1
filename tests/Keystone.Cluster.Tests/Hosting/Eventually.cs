namespace Keystone.Cluster.Tests.Hosting;

/// <summary>Waits for something that happens by itself, without saying when; a test that waits in vain is ended by its timeout.</summary>
internal static class Eventually
{
    private static readonly TimeSpan LookAgainAfter = TimeSpan.FromMilliseconds(20);

    public static async Task HoldsAsync(Func<bool> condition, CancellationToken cancellationToken)
    {
        while (!condition())
        {
            await Task.Delay(LookAgainAfter, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Repeats a call until it gives an answer that holds.</summary>
    public static async Task<T> AnswersAsync<T>(Func<Task<T>> call, Func<T, bool> holds, CancellationToken cancellationToken)
    {
        while (true)
        {
            T answer = await call().ConfigureAwait(false);
            if (holds(answer))
            {
                return answer;
            }

            await Task.Delay(LookAgainAfter, cancellationToken).ConfigureAwait(false);
        }
    }
}
