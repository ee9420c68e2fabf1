using Keystone.Model.Items;
using Keystone.Model.Requests;
using Xunit;

namespace Keystone.Tests.Model.Items;

/// <summary>A null that a caller has by mistake is told where it is given, and never becomes a value.</summary>
public sealed class NullTests
{
    [Fact]
    public void No_item_is_no_encoded_item()
    {
        Item? missing = null;
        Assert.Equal("item", Assert.Throws<ArgumentNullException>(() => new PutItemRequest("things", missing!)).ParamName);
        Assert.Throws<ArgumentNullException>(() => BatchWrite.Put("things", missing!));
        Assert.Throws<ArgumentNullException>(() => EncodedItem.Encode(missing!));
        Assert.Throws<ArgumentNullException>(() => (EncodedItem?)missing!);
    }

    [Fact]
    public void No_bytes_are_no_empty_bytes()
    {
        byte[]? missing = null;
        string? text = null;
        Assert.Throws<ArgumentNullException>(() => Item.Of(("a", missing!)));
        Assert.Throws<ArgumentNullException>(() => Item.Of(("a", text!)));
        Assert.Equal(0, ((AttributeValue)Array.Empty<byte>()).AsBinary().Length);
    }
}
