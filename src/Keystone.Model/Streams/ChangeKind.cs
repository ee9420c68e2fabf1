namespace Keystone.Model.Streams;

/// <summary>What became of an item. The numbers are kept in streams and never change.</summary>
public enum ChangeKind : byte
{
    /// <summary>It was not there before.</summary>
    Insert = 1,

    /// <summary>It is another than before.</summary>
    Modify = 2,

    /// <summary>It is gone.</summary>
    Remove = 3,
}
