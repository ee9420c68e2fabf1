using System.Runtime.CompilerServices;

namespace Keystone.Testing.Jobs;

/// <summary>An asynchronous piece of a test that begins as a turn of the loop.</summary>
internal sealed class Workload(Func<Task> work) : IThreadPoolWorkItem
{
    private readonly TaskCompletionSource _completion = new();

    public Task Completion => _completion.Task;

    public void Execute()
        => work().ContinueWith(Complete, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);

    private void Complete(Task ended) => _completion.SetFromTask(ended);
}

/// <summary>What <see cref="SeededJobHost.NextTurn"/> returns.</summary>
public readonly struct TurnAwaitable(SeededJobHost host) : INotifyCompletion
{
    /// <summary>Never: a turn of the loop always comes between.</summary>
    public bool IsCompleted => false;

    /// <summary>For the compiler.</summary>
    public TurnAwaitable GetAwaiter() => this;

    /// <summary>For the compiler.</summary>
    public void GetResult()
    {
    }

    /// <summary>For the compiler.</summary>
    public void OnCompleted(Action continuation) => host.Post(new Continuation(continuation));

    private sealed class Continuation(Action action) : IThreadPoolWorkItem
    {
        public void Execute() => action();
    }
}
