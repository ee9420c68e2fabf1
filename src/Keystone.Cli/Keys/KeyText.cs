using System.Text;
using Keystone.Model;
using Keystone.Model.Items;
using Keystone.Model.Keys;

namespace Keystone.Cli.Keys;

/// <summary>How the text of a key on the command line is to be read.</summary>
internal enum KeyForm
{
    /// <summary>As it stands: text, a number, or for keys of bytes its UTF-8.</summary>
    Text,

    /// <summary>Bytes as hexadecimal digits.</summary>
    Hex,

    /// <summary>Bytes as base64.</summary>
    Base64,
}

/// <summary>Turns the text of a key on the command line into the value that the table's schema asks for, and back.</summary>
internal static class KeyText
{
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The value for a key attribute.</summary>
    public static AttributeValue Parse(string text, KeyForm form, KeyAttribute attribute)
    {
        if (form != KeyForm.Text && attribute.Type != KeyType.Binary)
        {
            throw CommandException.Usage(
                $"The key {attribute.Name} holds {NameOf(attribute.Type)}, so it cannot be given as --hex or --base64.");
        }

        return attribute.Type switch
        {
            KeyType.String => AttributeValue.String(text),
            KeyType.Number => AttributeValue.Number(text),
            _ => AttributeValue.Binary(BytesOf(text, form)),
        };
    }

    /// <summary>Bytes as a person reads them best: as text where they are text, as hexadecimal digits otherwise.</summary>
    public static string Show(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            return StrictUtf8.GetString(bytes.Span);
        }
        catch (DecoderFallbackException)
        {
            return $"0x{Convert.ToHexStringLower(bytes.Span)}";
        }
    }

    private static byte[] BytesOf(string text, KeyForm form)
    {
        try
        {
            return form switch
            {
                KeyForm.Hex => Convert.FromHexString(text),
                KeyForm.Base64 => Convert.FromBase64String(text),
                _ => StrictUtf8.GetBytes(text),
            };
        }
        catch (FormatException)
        {
            throw CommandException.Usage(form == KeyForm.Hex
                ? $"The key '{text}' is not valid hexadecimal. Write two digits a byte, from 00 to ff."
                : $"The key '{text}' is not valid base64. Write A-Z, a-z, 0-9, + and /, filled up with = to a multiple of four.");
        }
        catch (EncoderFallbackException)
        {
            throw KeystoneException.Validation("The key is no valid Unicode text. Give its bytes with --hex or --base64.");
        }
    }

    private static string NameOf(KeyType type) => type == KeyType.Number ? "a number" : "text";
}
