using Spectre.Console;
using Spectre.Console.Rendering;

namespace Keystone.Cli.Output;

/// <summary>
/// Tells a person how far a long command is: a bar with rate and time left on a terminal, nothing at all where nobody looks.
/// </summary>
internal sealed class ProgressBar : IProgress<ProgressBar.Position>
{
    private readonly ProgressTask? _task;

    private ProgressBar(ProgressTask? task) => _task = task;

    /// <summary>How far a command is: in what its total is counted in, and how many items that were.</summary>
    internal readonly record struct Position(long Done, long Items);

    /// <summary>Runs work under a bar.</summary>
    /// <param name="terminal">Where the bar goes: standard error.</param>
    /// <param name="title">What is done.</param>
    /// <param name="total">All there is to do; null where nobody knows.</param>
    /// <param name="isQuiet">Whether there is to be no bar even on a terminal.</param>
    /// <param name="work">The work; it reports where it is.</param>
    /// <param name="unit">What the rate is counted in.</param>
    public static async Task<T> RunAsync<T>(
        Terminal terminal, string title, long? total, bool isQuiet, Func<ProgressBar, Task<T>> work, string unit = "items")
    {
        if (isQuiet || !terminal.ErrorIsTerminal)
        {
            return await work(new ProgressBar(null)).ConfigureAwait(false);
        }

        var rate = new RateColumn(terminal.Time, unit);
        ProgressColumn[] columns = total is null
            ? [new TaskDescriptionColumn(), new SpinnerColumn(), rate]
            : [new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), rate, new RemainingTimeColumn()];
        return await terminal.ErrorConsole().Progress().Columns(columns).StartAsync(async context =>
        {
            ProgressTask task = context.AddTask(Markup.Escape(title), maxValue: total ?? double.MaxValue);
            var bar = new ProgressBar(task) { Rate = rate };
            return await work(bar).ConfigureAwait(false);
        }).ConfigureAwait(false);
    }

    private RateColumn? Rate { get; init; }

    /// <inheritdoc/>
    public void Report(Position value)
    {
        Rate?.Items = value.Items;
        _task?.Value = value.Done;
    }

    /// <summary>A count, and how many a second since the start.</summary>
    private sealed class RateColumn(TimeProvider time, string unit) : ProgressColumn
    {
        private readonly long _start = time.GetTimestamp();

        /// <summary>Set by the work, read by the bar.</summary>
        public long Items { get => Volatile.Read(ref field); set => Volatile.Write(ref field, value); }

        public override IRenderable Render(RenderOptions options, ProgressTask task, TimeSpan deltaTime)
            => new Text($"{Quantity.Count(Items)} {unit}, {Quantity.Rate(Items, time.GetElapsedTime(_start))}/s");
    }
}
