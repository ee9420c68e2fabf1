namespace Keystone.Model.Items;

/// <summary>
/// The type of a value. The numbers are the tags of the item format and never change; 0 means that there is no value.
/// </summary>
public enum AttributeKind : byte
{
    /// <summary>No value: what a reader answers for an attribute that is not there.</summary>
    None = 0,

    /// <summary>Text; DynamoDB's S.</summary>
    String = 1,

    /// <summary>A decimal number; DynamoDB's N.</summary>
    Number = 2,

    /// <summary>Bytes; DynamoDB's B.</summary>
    Binary = 3,

    /// <summary>True or false; DynamoDB's BOOL.</summary>
    Boolean = 4,

    /// <summary>The null value; DynamoDB's NULL.</summary>
    Null = 5,

    /// <summary>Values in order; DynamoDB's L.</summary>
    List = 6,

    /// <summary>Values by name; DynamoDB's M.</summary>
    Map = 7,

    /// <summary>Different strings without order; DynamoDB's SS.</summary>
    StringSet = 8,

    /// <summary>Different numbers without order; DynamoDB's NS.</summary>
    NumberSet = 9,

    /// <summary>Different byte strings without order; DynamoDB's BS.</summary>
    BinarySet = 10,

    /// <summary>A vector of 32-bit floats; KeystoneDB's own.</summary>
    Vector = 11,

    /// <summary>A moment in milliseconds since 1970-01-01 UTC; KeystoneDB's own.</summary>
    Timestamp = 12,
}
