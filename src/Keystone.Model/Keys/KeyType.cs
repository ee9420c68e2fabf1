namespace Keystone.Model.Keys;

/// <summary>
/// The type of a key attribute. The numbers are the tags of the key format and never change; numbers and texts do not mix in one key.
/// </summary>
public enum KeyType : byte
{
    /// <summary>A number; DynamoDB's N.</summary>
    Number = 0x20,

    /// <summary>Text, in the order of its UTF-8 bytes; DynamoDB's S.</summary>
    String = 0x30,

    /// <summary>Bytes, unsigned; DynamoDB's B.</summary>
    Binary = 0x40,
}
