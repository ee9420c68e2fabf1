using Keystone.Storage;
using Keystone.Storage.Encryption;
using Xunit;

namespace Keystone.Tests.Storage.Encryption;

public sealed class FileKeyRingTests : IDisposable
{
    private static readonly string One = Convert.ToBase64String(Enumerable.Range(0, 32).Select(i => (byte)i).ToArray());
    private static readonly string Two = Convert.ToBase64String(Enumerable.Range(100, 32).Select(i => (byte)i).ToArray());

    private readonly string _path = Path.Combine(Path.GetTempPath(), $"ring-{Guid.NewGuid():N}");

    public static TheoryData<string> NoRings() =>
    [
        "",
        $"one = {One}",
        $"current = one",
        $"one = {One}\ncurrent = two",
        $"one = {One}\none = {Two}\ncurrent = one",
        $"one = {One[..20]}\ncurrent = one",
        $"one = {One}{One}\ncurrent = one",
        $"one = no base64 at all !!\ncurrent = one",
        $"o ne = {One}\ncurrent = o ne",
        $"{new string('x', 65)} = {One}\ncurrent = one",
        $"just a line\none = {One}\ncurrent = one",
    ];

    public void Dispose() => File.Delete(_path);

    [Fact]
    public void A_ring_has_its_keys_and_knows_the_current_one()
    {
        File.WriteAllText(_path, $"# keys of the test\r\n\r\n2026-05={One}\n  2026-11 =\t{Two}  \ncurrent = 2026-11\n");
        FileKeyRing ring = FileKeyRing.Load(_path);
        Assert.Equal("2026-11", ring.CurrentKeyId);
        byte[] key = new byte[32];
        Assert.True(ring.TryCopyKey("2026-05", key));
        Assert.Equal(One, Convert.ToBase64String(key));
        Assert.True(ring.TryCopyKey("2026-11", key));
        Assert.Equal(Two, Convert.ToBase64String(key));
        Assert.False(ring.TryCopyKey("2025-11", key));
    }

    [Fact]
    public void A_ring_that_is_refused_does_not_take_the_place_of_the_one_before()
    {
        File.WriteAllText(_path, $"one = {One}\ncurrent = one\n");
        KeyVault vault = new(FileKeyRing.Load(_path), bytes => bytes.Fill(7), observer: null);
        WrappedKey wrapped = vault.Wrap(vault.NewKey());
        File.WriteAllText(_path, $"one = {Two}\ncurrent = one\n");
        IKeyRing candidate = vault.ReadRingAnew();
        StoreException refused = Assert.Throws<StoreException>(() => vault.ReadCurrent(candidate));
        Assert.Equal(StoreErrorCode.KeyRingInvalid, refused.Code);
        Assert.NotNull(vault.Open(wrapped, "here"));

        // A good one takes it when it is adopted, not before.
        File.WriteAllText(_path, $"one = {One}\ntwo = {Two}\ncurrent = two\n");
        candidate = vault.ReadRingAnew();
        KeyVault.RingKey next = vault.ReadCurrent(candidate);
        Assert.Equal("one", vault.CurrentKeyId);
        vault.Adopt(candidate, next);
        Assert.NotNull(vault.Open(wrapped, "here"));
        Assert.NotNull(vault.Open(vault.Wrap(vault.NewKey()), "here"));
    }

    [Theory]
    [MemberData(nameof(NoRings))]
    public void What_is_no_ring_is_refused_without_telling_a_key(string text)
    {
        File.WriteAllText(_path, text);
        StoreException refusal = Assert.Throws<StoreException>(() => FileKeyRing.Load(_path));
        Assert.Equal(StoreErrorCode.KeyRingInvalid, refusal.Code);
        Assert.Contains(_path, refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(One[..12], refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_ring_that_is_not_there_or_too_large_is_refused()
    {
        Assert.Equal(StoreErrorCode.KeyRingInvalid, Assert.Throws<StoreException>(() => FileKeyRing.Load(_path)).Code);
        File.WriteAllText(_path, $"one={One}\ncurrent=one\n#{new string('x', 70_000)}");
        Assert.Equal(StoreErrorCode.KeyRingInvalid, Assert.Throws<StoreException>(() => FileKeyRing.Load(_path)).Code);
    }
}
