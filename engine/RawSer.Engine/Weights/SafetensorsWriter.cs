using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using RawSer.Kernels;

namespace RawSer.Weights;

/// <summary>Writes exactly the bytes of one tensor (row-major, little-endian) to a stream.</summary>
public delegate void TensorContent(Stream destination);

/// <summary>
/// Collects tensors and writes them as one safetensors file. The bytes depend on the tensors only, not on the order of <c>Add</c> calls: data
/// are sorted by element type (widest first, so that they stay aligned), then by name, as the reference implementation does.
/// Values are fetched while the file is written, so that a model is never held twice.
/// </summary>
public sealed class SafetensorsWriter
{
    private const int Alignment = 8;

    private readonly SortedDictionary<string, string> _metadata = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Item> _items = new(StringComparer.Ordinal);

    /// <summary>Adds free text that is stored beside the tensors.</summary>
    /// <exception cref="ArgumentException">The key is given already, or key or value is not valid Unicode.</exception>
    public void AddMetadata(string key, string value)
    {
        CheckUnicode(key, "metadata key");
        CheckUnicode(value, "metadata value");
        if (!_metadata.TryAdd(key, value))
        {
            throw new ArgumentException($"metadata '{WeightFileException.Printable(key)}' is given twice");
        }
    }

    /// <summary>Adds a tensor whose values are in memory and stay unchanged until <see cref="Save"/>.</summary>
    /// <exception cref="ArgumentException">The name is taken or not valid, or the number of values does not fit the shape.</exception>
    public void Add<T>(string name, Shape shape, ReadOnlyMemory<T> values) where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(shape);
        if (values.Length != shape.ElementCount)
        {
            throw new ArgumentException($"tensor '{WeightFileException.Printable(name)}': {values.Length} values for shape {shape}");
        }

        Add(name, DTypes.Of<T>(), shape, stream => stream.Write(MemoryMarshal.AsBytes(values.Span)));
    }

    /// <summary>Adds a tensor whose values <paramref name="content"/> writes during <see cref="Save"/>.</summary>
    /// <exception cref="ArgumentException">The name is taken or not valid.</exception>
    public void Add(string name, DType type, Shape shape, TensorContent content)
    {
        ArgumentNullException.ThrowIfNull(shape);
        Add(name, WeightTypes.Of(type), [.. shape.Select(extent => (long)extent)], content);
    }

    /// <summary>Adds a tensor of any type that the format knows, for example one copied from another file.</summary>
    /// <exception cref="ArgumentException">The name is taken or not valid, or the elements fill no whole number of bytes.</exception>
    public void Add(string name, WeightType type, IReadOnlyList<long> extents, TensorContent content)
    {
        ArgumentNullException.ThrowIfNull(content);
        ArgumentNullException.ThrowIfNull(extents);
        CheckUnicode(name, "tensor name");
        if (Encoding.UTF8.GetByteCount(name) > StrictJson.MaxNameBytes)
        {
            throw new ArgumentException($"tensor name '{WeightFileException.Printable(name)}' exceeds {StrictJson.MaxNameBytes} bytes");
        }

        if (name == SafetensorsHeader.MetadataName)
        {
            throw new ArgumentException($"tensor name '{name}' is reserved by the format");
        }

        long bits = type.Bits();
        foreach (long extent in extents)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(extent);
            bits = checked(bits * extent);
        }

        if (bits % 8 != 0)
        {
            throw new ArgumentException($"tensor '{WeightFileException.Printable(name)}': {bits} bits are no whole number of bytes");
        }

        if (!_items.TryAdd(name, new Item(name, type, [.. extents], bits / 8, content)))
        {
            throw new ArgumentException($"tensor '{WeightFileException.Printable(name)}' is given twice");
        }
    }

    /// <summary>Writes the file as <see cref="FileReplacement"/> does: whatever happens meanwhile, <paramref name="path"/> is the old file or the new one.</summary>
    /// <exception cref="WeightFileException">The file cannot be written (no folder, no space, no permission, another writer).</exception>
    /// <exception cref="InvalidOperationException">A <see cref="TensorContent"/> wrote more or fewer bytes than its tensor has.</exception>
    public void Save(string path)
    {
        try
        {
            FileReplacement.Write(path, Write);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new WeightFileException(path, null, $"cannot be written: {e.Message}", e);
        }
    }

    private static void CheckUnicode(string text, string what)
    {
        ArgumentNullException.ThrowIfNull(text);
        for (int i = 0; i < text.Length; i++)
        {
            if (i + 1 < text.Length && char.IsSurrogatePair(text[i], text[i + 1]))
            {
                i++;
            }
            else if (char.IsSurrogate(text[i]))
            {
                throw new ArgumentException($"{what} '{WeightFileException.Printable(text)}' has a lone surrogate at {i}");
            }
        }
    }

    private void Write(Stream stream)
    {
        Item[] items = [.. _items.Values.OrderByDescending(item => item.Type).ThenBy(item => item.Name, StringComparer.Ordinal)];
        stream.Write(Header(items));
        foreach (Item item in items)
        {
            long start = stream.Position;
            item.Content(stream);
            if (stream.Position - start != item.Length)
            {
                throw new InvalidOperationException(
                    $"tensor '{WeightFileException.Printable(item.Name)}': {stream.Position - start} bytes written, {item.Length} expected");
            }
        }
    }

    private byte[] Header(Item[] items)
    {
        var buffer = new ArrayBufferWriter<byte>();
        buffer.Write(stackalloc byte[Alignment]); // the length, which is known at the end
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            WriteMetadata(json);
            long offset = 0;
            foreach (Item item in items)
            {
                WriteEntry(json, item, offset);
                offset += item.Length;
            }

            json.WriteEndObject();
        }

        int padding = -buffer.WrittenCount & (Alignment - 1);
        buffer.GetSpan(padding)[..padding].Fill((byte)' ');
        buffer.Advance(padding);
        byte[] header = buffer.WrittenSpan.ToArray();
        if (header.Length - Alignment > SafetensorsHeader.MaxBytes)
        {
            throw new InvalidOperationException($"header of {header.Length} bytes is too large for the format (limit {SafetensorsHeader.MaxBytes})");
        }

        BinaryPrimitives.WriteUInt64LittleEndian(header, (ulong)(header.Length - Alignment));
        return header;
    }

    private void WriteMetadata(Utf8JsonWriter json)
    {
        if (_metadata.Count == 0)
        {
            return;
        }

        json.WriteStartObject(SafetensorsHeader.MetadataName);
        foreach ((string key, string value) in _metadata)
        {
            json.WriteString(key, value);
        }

        json.WriteEndObject();
    }

    private static void WriteEntry(Utf8JsonWriter json, Item item, long offset)
    {
        json.WriteStartObject(item.Name);
        json.WriteString("dtype", item.Type.Name());
        json.WriteStartArray("shape");
        foreach (long extent in item.Extents)
        {
            json.WriteNumberValue(extent);
        }

        json.WriteEndArray();
        json.WriteStartArray("data_offsets");
        json.WriteNumberValue(offset);
        json.WriteNumberValue(offset + item.Length);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private sealed record Item(string Name, WeightType Type, long[] Extents, long Length, TensorContent Content);
}
