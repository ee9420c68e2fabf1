namespace Keystone.Orleans.Client.Wire.Maintenance;

/// <summary>Asks how the database is laid out.</summary>
[GenerateSerializer]
[Immutable]
[Alias("ks.get-layout")]
[SuppressReferenceTracking]
[OmitDefaultMemberValues]
public sealed record GetLayoutCall : KeystoneCall;
