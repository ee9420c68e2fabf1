using System.Buffers;
using CsCheck;
using Keystone.Orleans.Client.Wire;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Serialization;
using Xunit;

namespace Keystone.Cluster.Tests.Wire;

public sealed class BlobCodecTests
{
    private const int BlobBytes = 4096;
    private const int Repeats = 1000;

    private readonly ServiceProvider _services = new ServiceCollection().AddSerializer().BuildServiceProvider();

    private Serializer<ItemAnswer> Answers => _services.GetRequiredService<Serializer<ItemAnswer>>();

    [Fact]
    public void Bytes_come_back_as_they_were()
        => Gen.Byte.Array[0, 5000].Sample(bytes =>
        {
            var sent = new ItemAnswer { Item = new Blob(bytes), Epoch = 3, Sequence = 4 };
            Assert.Equal(sent, Answers.Deserialize(Answers.SerializeToArray(sent)));
        });

    [Fact]
    public void Reading_a_blob_makes_one_array_of_its_length_and_writing_it_makes_none()
    {
        Serializer<ItemAnswer> serializer = Answers;
        var answer = new ItemAnswer { Item = new Blob(new byte[BlobBytes]), Epoch = 1, Sequence = 1 };
        var buffer = new ArrayBufferWriter<byte>(2 * BlobBytes);
        long writing = AllocatedBy(() =>
        {
            buffer.ResetWrittenCount();
            serializer.Serialize(answer, buffer);
        });
        byte[] bare = serializer.SerializeToArray(new ItemAnswer { Epoch = 1, Sequence = 1 });
        long empty = AllocatedBy(() => serializer.Deserialize(bare));
        long reading = AllocatedBy(() => serializer.Deserialize(buffer.WrittenMemory));
        long array = AllocatedBy(() => GC.KeepAlive(new byte[BlobBytes]));
        Assert.Equal(0, writing);
        Assert.Equal(array, reading - empty);
    }

    [Fact]
    public void A_copy_of_a_blob_is_the_blob()
    {
        var answer = new ItemAnswer { Item = new Blob(new byte[BlobBytes]) };
        var copier = _services.GetRequiredService<DeepCopier<ItemAnswer>>();
        Assert.Same(answer, copier.Copy(answer));
    }

    [Fact]
    public void Members_at_their_defaults_take_no_bytes()
    {
        int bare = Answers.SerializeToArray(new ItemAnswer()).Length;
        int full = Answers.SerializeToArray(new ItemAnswer { Epoch = 1, Sequence = 1 }).Length;
        Assert.True(full >= bare + 4, $"An answer without members has {bare} bytes, with two of them {full}.");
    }

    /// <summary>Bytes that this thread allocates for one run, once everything that is made only once is there.</summary>
    private static long AllocatedBy(Action action)
    {
        for (int i = 0; i < Repeats; i++)
        {
            action();
        }

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < Repeats; i++)
        {
            action();
        }

        return (GC.GetAllocatedBytesForCurrentThread() - before) / Repeats;
    }
}
