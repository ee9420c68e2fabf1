namespace Keystone.Model.Keys;

/// <summary>An attribute that is part of a key.</summary>
/// <param name="Name">The name of the attribute, 1 to 255 bytes.</param>
/// <param name="Type">The type that its value must have.</param>
public sealed record KeyAttribute(string Name, KeyType Type);
