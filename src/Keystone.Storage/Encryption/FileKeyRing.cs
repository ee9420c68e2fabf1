using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Keystone.Storage.Files;

namespace Keystone.Storage.Encryption;

/// <summary>
/// A key ring in a small text file, read when it is loaded and before the keys of a store are wrapped anew.
/// <code>
/// # the older key is still needed until its store was wrapped anew
/// 2026-05 = 3q2+7w...            32 bytes in base64
/// 2026-11 = SGVsbG...
/// current = 2026-11
/// </code>
/// Keep the file off the disk that it protects, readable by the owner alone, and never lose it: no key, no data.
/// </summary>
public sealed class FileKeyRing : IKeyRing
{
    private const int FileBytesMax = 64 << 10;
    private const string CurrentName = "current";

    private readonly IFileSystem _files;
    private readonly string _path;
    private readonly Content _content;

    private FileKeyRing(IFileSystem files, string path)
    {
        _files = files;
        _path = path;
        _content = Read(files, path);
    }

    /// <inheritdoc />
    public string CurrentKeyId => _content.Current;

    /// <summary>Reads a ring.</summary>
    /// <exception cref="StoreException">KeyRingInvalid, naming the line but never what stands in it; Io.</exception>
    public static FileKeyRing Load(string path) => Load(PosixFileSystem.Instance, Path.GetFullPath(path));

    /// <inheritdoc />
    public bool TryCopyKey(string keyId, Span<byte> key)
    {
        if (!_content.Keys.TryGetValue(keyId, out byte[]? found))
        {
            return false;
        }

        found.CopyTo(key);
        return true;
    }

    /// <inheritdoc />
    /// <exception cref="StoreException">KeyRingInvalid, Io.</exception>
    public IKeyRing ReadAnew() => new FileKeyRing(_files, _path);

    internal static FileKeyRing Load(IFileSystem files, string path) => new(files, path);

    private static Content Read(IFileSystem files, string path)
    {
        if (!files.FileExists(path))
        {
            throw new StoreException(StoreErrorCode.KeyRingInvalid, $"There is no key ring at {path}. Check the path.");
        }

        byte[] text = new byte[FileBytesMax + 1];
        try
        {
            using IFile file = files.Open(path, writable: false);
            int length = file.ReadUpTo(0, text);
            return length <= FileBytesMax
                ? Parse(text.AsSpan(0, length), path)
                : throw Invalid(path, 1, $"the file is larger than {FileBytesMax} bytes");
        }
        finally
        {
            CryptographicOperations.ZeroMemory(text);
        }
    }

    private static Content Parse(ReadOnlySpan<byte> text, string path)
    {
        Dictionary<string, byte[]> keys = [];
        string? current = null;
        int number = 0;
        foreach (Range range in text.Split((byte)'\n'))
        {
            number++;
            ReadOnlySpan<byte> line = text[range].Trim(" \t\r"u8);
            if (line.IsEmpty || line[0] == '#')
            {
                continue;
            }

            int equals = line.IndexOf((byte)'=');
            string name = equals < 0 ? "" : Encoding.ASCII.GetString(line[..equals].Trim(" \t"u8));
            ReadOnlySpan<byte> value = line[(equals + 1)..].Trim(" \t"u8);
            if (name == CurrentName)
            {
                current = Encoding.ASCII.GetString(value);
                continue;
            }

            bool isNew = WrappedKey.IsKeyId(name) && keys.TryAdd(name, Key(value, path, number));
            if (!isNew)
            {
                throw Invalid(path, number, "it has to be NAME = KEY, with a name that no other line has");
            }
        }

        return current is not null && keys.ContainsKey(current)
            ? new Content(keys, current)
            : throw Invalid(path, number, "the file needs a line current = NAME that names one of its keys");
    }

    private static byte[] Key(ReadOnlySpan<byte> base64, string path, int line)
    {
        byte[] key = new byte[DataKey.Bytes];
        OperationStatus status = Base64.DecodeFromUtf8(base64, key, out int consumed, out int written);
        return status == OperationStatus.Done && consumed == base64.Length && written == DataKey.Bytes
            ? key
            : throw Invalid(path, line, $"a key is {DataKey.Bytes} bytes in base64, as 'openssl rand -base64 {DataKey.Bytes}' prints");
    }

    private static StoreException Invalid(string path, int line, string what)
        => new(StoreErrorCode.KeyRingInvalid, $"The key ring {path} is not one at line {line}: {what}.");

    private sealed record Content(Dictionary<string, byte[]> Keys, string Current);
}
