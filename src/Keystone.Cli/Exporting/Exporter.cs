using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Keystone.Cli.Importing;
using Keystone.Model;
using Keystone.Model.Items;
using Keystone.Model.Requests;

namespace Keystone.Cli.Exporting;

/// <summary>Writes the items of a table to a stream, one line of JSON each. While one page is written the next is read.</summary>
internal sealed class Exporter(IKeystoneDatabase database, string table, LineFormat format)
{
    private static readonly JsonWriterOptions WriterOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly ArrayBufferWriter<byte> _buffer = new();

    /// <summary>Told how many items are written.</summary>
    public Action<long> OnProgress { get; init; } = _ => { };

    /// <summary>Returns how many items there were.</summary>
    public async Task<long> RunAsync(Stream target, CancellationToken cancellation)
    {
        long items = 0;
        Task<ScanResult>? next = ReadAsync(new ScanRequest(table), cancellation);
        while (next is not null)
        {
            ScanResult page = await next.ConfigureAwait(false);
            next = page.LastEvaluatedKey is { } last
                ? ReadAsync(new ScanRequest(table) { ExclusiveStartKey = last }, cancellation)
                : null;
            await WriteAsync(page.Items, target, cancellation).ConfigureAwait(false);
            items += page.Items.Count;
            OnProgress(items);
        }

        return items;
    }

    private Task<ScanResult> ReadAsync(ScanRequest request, CancellationToken cancellation)
        => database.ScanPageAsync(request, cancellation).AsTask();

    private async Task WriteAsync(ItemPage page, Stream target, CancellationToken cancellation)
    {
        _buffer.ResetWrittenCount();
        using (var writer = new Utf8JsonWriter(_buffer, WriterOptions))
        {
            foreach (EncodedItem encoded in page)
            {
                Write(writer, encoded.ToItem());
                writer.Flush();
                writer.Reset();
                _buffer.Write("\n"u8);
            }
        }

        await target.WriteAsync(_buffer.WrittenMemory, cancellation).ConfigureAwait(false);
    }

    private void Write(Utf8JsonWriter writer, Item item)
    {
        if (format == LineFormat.Dynamodb)
        {
            ItemJson.WriteDynamoJson(writer, item);
        }
        else
        {
            ItemJson.Write(writer, item);
        }
    }
}
