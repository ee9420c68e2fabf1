namespace Keystone.Model.Maintenance;

/// <summary>How far maintenance of a whole database is.</summary>
/// <param name="Stripes">Stripes done.</param>
/// <param name="StripeCount">All stripes.</param>
public readonly record struct MaintenanceProgress(int Stripes, int StripeCount);
