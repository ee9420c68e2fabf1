namespace Keystone.Model.Maintenance;

/// <summary>How a database is laid out.</summary>
/// <param name="StripeCount">Its stripes, numbered from 0.</param>
/// <param name="Tables">Its tables, those that are being removed too.</param>
public sealed record DatabaseLayout(int StripeCount, int Tables);
