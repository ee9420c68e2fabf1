using System.Security.Cryptography;
using System.Text;
using Keystone.Database;
using Keystone.Model;
using Keystone.Model.Items;
using Keystone.Model.Keys;
using Xunit;

namespace Keystone.Tests.Database;

/// <summary>The change of a ring's current key while the database is open.</summary>
public sealed class RewrapTests : IDisposable
{
    private readonly DatabaseFixture _fixture = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private string Ring => _fixture.Path + ".ring";

    private KeystoneDatabaseOptions Options => DatabaseFixture.Small with { EncryptionKeysPath = Ring };

    public void Dispose() => _fixture.Dispose();

    [Fact]
    public async Task What_was_written_under_an_older_key_opens_without_it_after_a_rewrap()
    {
        await WriteRingAsync("one");
        await using (KeystoneDatabase database = await KeystoneDatabase.CreateAsync(_fixture.Path, Options))
        {
            await database.CreateTableAsync("things", new KeySchema("id"), Cancel);
            await database.PutItemAsync("things", Item.Of(("id", "a")), Cancel);
            await database.FlushAsync();
            await database.PutItemAsync("things", Item.Of(("id", "b")), Cancel);
            await WriteRingAsync("one", "two");
            RewrapSummary done = await database.RewrapAsync(Cancel);
            Assert.Equal("two", done.CurrentKeyId);
            Assert.Equal(["one"], done.RetiredKeyIds);
            Assert.True(done.Keys >= 2, $"{done.Keys} keys");
        }

        await WriteRingAsync("two");
        await using KeystoneDatabase again = await KeystoneDatabase.OpenAsync(_fixture.Path, Options);
        Assert.NotNull(await again.GetItemAsync("things", "a", cancellationToken: Cancel));
        Assert.NotNull(await again.GetItemAsync("things", "b", cancellationToken: Cancel));
    }

    [Fact]
    public async Task A_database_without_encryption_has_nothing_to_wrap()
    {
        await using KeystoneDatabase database = _fixture.Create();
        KeystoneException refusal = await Assert.ThrowsAsync<KeystoneException>(() => database.RewrapAsync(Cancel).AsTask());
        Assert.Equal(KeystoneErrorCode.AccessDenied, refusal.Code);
        Assert.Contains("nothing to wrap", refusal.Message, StringComparison.Ordinal);
    }

    /// <summary>A ring with the keys of these names; the last is current.</summary>
    private Task WriteRingAsync(params string[] names)
    {
        IEnumerable<string> lines = names.Select(
            name => $"{name} = {Convert.ToBase64String(SHA256.HashData(Encoding.ASCII.GetBytes(name)))}");
        return File.WriteAllLinesAsync(Ring, [.. lines, $"current = {names[^1]}"], Cancel);
    }
}
