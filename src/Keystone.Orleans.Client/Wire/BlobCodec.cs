using System.Buffers;
using Orleans.Serialization.Buffers;
using Orleans.Serialization.Cloning;
using Orleans.Serialization.Codecs;
using Orleans.Serialization.WireProtocol;

namespace Keystone.Orleans.Client.Wire;

/// <summary>
/// How a blob travels: a field header, a length, the bytes.
/// <code>
///  +------------------------------+-------------+-------+
///  | field header, LengthPrefixed | var-int u32 | bytes |
///  +------------------------------+-------------+-------+
/// </code>
/// Reading makes one array of the exact length and nothing else; writing makes nothing.
/// </summary>
[RegisterSerializer]
internal sealed class BlobCodec : IFieldCodec<Blob>
{
    /// <inheritdoc/>
    public void WriteField<TBufferWriter>(ref Writer<TBufferWriter> writer, uint fieldIdDelta, Type? expectedType, Blob value)
        where TBufferWriter : IBufferWriter<byte>
    {
        ReferenceCodec.MarkValueField(writer.Session);
        writer.WriteFieldHeader(fieldIdDelta, expectedType, typeof(Blob), WireType.LengthPrefixed);
        writer.WriteVarUInt32((uint)value.Bytes.Length);
        writer.Write(value.Bytes.Span);
    }

    /// <inheritdoc/>
    public Blob ReadValue<TInput>(ref Reader<TInput> reader, Field field)
    {
        ReferenceCodec.MarkValueField(reader.Session);
        field.EnsureWireType(WireType.LengthPrefixed);
        uint length = reader.ReadVarUInt32();
        return length == 0 ? default : new Blob(reader.ReadBytes(length));
    }
}

/// <summary>Blobs do not change, so a copy of one is itself.</summary>
[RegisterCopier]
internal sealed class BlobCopier : IDeepCopier<Blob>, IOptionalDeepCopier
{
    /// <inheritdoc/>
    public bool IsShallowCopyable() => true;

    /// <inheritdoc/>
    public Blob DeepCopy(Blob input, CopyContext context) => input;
}
