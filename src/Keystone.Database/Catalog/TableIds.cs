namespace Keystone.Database.Catalog;

/// <summary>The ids of tables and global indexes. None is ever used for a second one.</summary>
public static class TableIds
{
    /// <summary>The id under which the catalog keeps its own records.</summary>
    public const uint Catalog = 1;

    /// <summary>The id under which stripes keep the tokens of transactions.</summary>
    public const uint Tokens = 2;

    /// <summary>The id under which stripes keep how far an index is filled with their items.</summary>
    public const uint Backfills = 3;

    /// <summary>The id under which a disk keeps up to which number of changes it may have told somebody that nothing comes.</summary>
    public const uint Numbers = 4;

    /// <summary>
    /// The id of the default table, the same in every database. Of those below, 0 is none, 1 the catalog's, 2 that of tokens, 3 that of
    /// backfills, 4 that of numbers; the others are kept free.
    /// </summary>
    public const uint Default = 256;

    /// <summary>The first id that tables made later get.</summary>
    public const uint FirstFree = Default + 1;

    /// <summary>No table gets this id, so that there is a first key behind every table.</summary>
    public const uint End = uint.MaxValue;
}
