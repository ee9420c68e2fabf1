using Keystone.Model.Maintenance;

namespace Keystone.Cli.Output;

/// <summary>Shows maintenance on a bar, by stripes done.</summary>
internal sealed class StripeProgress(ProgressBar bar) : IProgress<MaintenanceProgress>
{
    public void Report(MaintenanceProgress value) => bar.Report(new ProgressBar.Position(value.Stripes, value.Stripes));
}
