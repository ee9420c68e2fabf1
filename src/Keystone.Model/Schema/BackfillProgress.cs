namespace Keystone.Model.Schema;

/// <summary>How far an index is filled with the items that were there before it.</summary>
/// <param name="StripesDone">The stripes whose items are in it.</param>
/// <param name="StripeCount">The stripes whose items have to be.</param>
/// <param name="Items">The items that were looked at.</param>
public readonly record struct BackfillProgress(int StripesDone, int StripeCount, long Items);
