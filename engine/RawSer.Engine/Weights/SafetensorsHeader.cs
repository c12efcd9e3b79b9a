using System.Text.Json;

namespace RawSer.Weights;

/// <summary>
/// The JSON header of a safetensors file: <c>{"name": {"dtype", "shape", "data_offsets"}, …, "__metadata__": {…}}</c>, offsets counted from the
/// end of the header. Accepted only if every byte of the data belongs to exactly one tensor.
/// Format: https://github.com/huggingface/safetensors (README, "Format").
/// </summary>
internal static class SafetensorsHeader
{
    public const string MetadataName = "__metadata__";

    /// <summary>Largest header in bytes, the limit of the reference implementation.</summary>
    public const int MaxBytes = 100_000_000;

    private const int MaxTensors = 1_000_000;
    private const int MaxDepth = 4;
    private const ulong MaxNumber = (1UL << 48) - 1;

    /// <summary>
    /// Parses the header of a file whose data start at <paramref name="dataStart"/> and have <paramref name="dataLength"/> bytes.
    /// Entries come back in the order of their data.
    /// </summary>
    public static (List<WeightEntry> Entries, Dictionary<string, string> Metadata) Parse(
        string file, ReadOnlySpan<byte> header, long dataStart, long dataLength)
    {
        var json = new StrictJson(file, "header", header, MaxDepth);
        var entries = new List<WeightEntry>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
        json.ReadRootObject();
        while (json.ReadName() is { } name)
        {
            if (!names.Add(name))
            {
                throw json.Error(name, "duplicate name in the header");
            }

            if (name == MetadataName)
            {
                ReadMetadata(ref json, metadata);
            }
            else if (entries.Count == MaxTensors)
            {
                throw json.Error(name, $"the header lists too many tensors: at most {MaxTensors} are accepted");
            }
            else
            {
                entries.Add(ReadEntry(ref json, file, name, dataStart));
            }
        }

        json.Read();
        CheckTiling(file, entries, dataStart, dataLength);
        return (entries, metadata);
    }

    private static void ReadMetadata(ref StrictJson json, Dictionary<string, string> metadata)
    {
        json.Read();
        if (json.Token != JsonTokenType.StartObject)
        {
            throw json.Error(null, $"header: {MetadataName} must be an object of strings, found {json.Describe()}");
        }

        while (json.ReadName() is { } key)
        {
            json.Read();
            if (json.Token != JsonTokenType.String)
            {
                throw json.Error(null, $"header: {MetadataName} '{WeightFileException.Printable(key)}' must be a string, found {json.Describe()}");
            }

            if (!metadata.TryAdd(key, json.Text()))
            {
                throw json.Error(null, $"header: {MetadataName} has a duplicate key '{WeightFileException.Printable(key)}'");
            }
        }
    }

    private static WeightEntry ReadEntry(ref StrictJson json, string file, string name, long dataStart)
    {
        WeightType? type = null;
        long[]? shape = null;
        long[]? offsets = null;
        json.Read();
        if (json.Token != JsonTokenType.StartObject)
        {
            throw json.Error(name, $"its entry must be an object with dtype, shape and data_offsets, found {json.Describe()}");
        }

        while (json.ReadName() is { } field)
        {
            bool repeated = field switch
            {
                "dtype" => type is not null,
                "shape" => shape is not null,
                "data_offsets" => offsets is not null,
                _ => throw json.Error(name, $"unknown field '{WeightFileException.Printable(field)}' (known: dtype, shape, data_offsets)"),
            };
            if (repeated)
            {
                throw json.Error(name, $"duplicate field {field}");
            }

            json.Read();
            switch (field)
            {
                case "dtype":
                    type = ReadType(ref json, name);
                    break;
                case "shape":
                    shape = ReadNumbers(ref json, name, field);
                    break;
                default:
                    offsets = ReadNumbers(ref json, name, field);
                    break;
            }
        }

        if (type is null || shape is null || offsets is null)
        {
            string missing = type is null ? "dtype" : shape is null ? "shape" : "data_offsets";
            throw json.Error(name, $"its entry has no {missing}");
        }

        if (offsets.Length != 2)
        {
            throw json.Error(name, $"data_offsets must be two numbers [start, end], found {offsets.Length}");
        }

        if (offsets[1] < offsets[0])
        {
            throw json.Error(name, $"data_offsets [{offsets[0]}, {offsets[1]}] end before they start");
        }

        long length = offsets[1] - offsets[0];
        CheckSize(in json, name, type.Value, shape, length);
        return new WeightEntry(file, name, type.Value, shape, dataStart + offsets[0], length);
    }

    private static WeightType ReadType(ref StrictJson json, string name)
    {
        if (json.Token != JsonTokenType.String)
        {
            throw json.Error(name, $"dtype must be a string such as F32, found {json.Describe()}");
        }

        string text = json.Text();
        return WeightTypes.TryParse(text, out WeightType type)
            ? type
            : throw json.Error(name, $"unknown dtype '{WeightFileException.Printable(text)}' (supported: {WeightTypes.LoadableNames})");
    }

    private static long[] ReadNumbers(ref StrictJson json, string name, string field)
    {
        if (json.Token != JsonTokenType.StartArray)
        {
            throw json.Error(name, $"{field} must be an array of numbers, found {json.Describe()}");
        }

        long[] numbers = new long[8];
        int count = 0;
        json.Read();
        while (json.Token != JsonTokenType.EndArray)
        {
            if (!json.TryDigits(out ulong value))
            {
                throw json.Error(name, $"{field} must hold plain non-negative numbers, found {json.Describe()}");
            }

            if (value > MaxNumber)
            {
                throw json.Error(name, $"{field} holds {value}, too large: at most 2^48 - 1 is accepted");
            }

            if (count == numbers.Length)
            {
                Array.Resize(ref numbers, 2 * count);
            }

            numbers[count++] = (long)value;
            json.Read();
        }

        return numbers[..count];
    }

    /// <summary>
    /// Checks that the range has exactly the bytes of the elements. The product of the extents other than 0 must stay in range too: a reader
    /// that multiplies in another order would otherwise overflow.
    /// </summary>
    private static void CheckSize(in StrictJson json, string name, WeightType type, long[] shape, long length)
    {
        ulong bits = (uint)type.Bits();
        bool isEmpty = false;
        foreach (long extent in shape)
        {
            isEmpty |= extent == 0;
            ulong factor = (ulong)Math.Max(extent, 1);
            bits = bits <= ulong.MaxValue / factor
                ? bits * factor
                : throw json.Error(name, $"shape {WeightEntry.Format(shape)} is too large: its size overflows 64 bits");
        }

        bits = isEmpty ? 0 : bits;
        if (bits % 8 != 0)
        {
            throw json.Error(name, $"shape {WeightEntry.Format(shape)} of dtype {type.Name()} is {bits} bits, which is no whole number of bytes");
        }

        if (bits / 8 != (ulong)length)
        {
            throw json.Error(name, $"dtype {type.Name()} and shape {WeightEntry.Format(shape)} have a size of {bits / 8} bytes, but data_offsets give {length}");
        }
    }

    private static void CheckTiling(string file, List<WeightEntry> entries, long dataStart, long dataLength)
    {
        entries.Sort((a, b) => a.Offset != b.Offset ? a.Offset.CompareTo(b.Offset)
            : a.Length != b.Length ? a.Length.CompareTo(b.Length) : string.CompareOrdinal(a.Name, b.Name));
        long end = 0;
        string? previous = null;
        foreach (WeightEntry entry in entries)
        {
            long start = entry.Offset - dataStart;
            if (start != end)
            {
                string neighbour = previous is null ? "the data begin at 0" : $"'{WeightFileException.Printable(previous)}' ends at {end}";
                throw new WeightFileException(
                    file, entry.Name, $"data_offsets start at {start}, but {neighbour}: {(start < end ? "they overlap" : "there is a hole between them")}");
            }

            end += entry.Length;
            previous = entry.Name;
        }

        if (end != dataLength)
        {
            string problem = end > dataLength
                ? $"truncated: the tensors end at offset {end}, the file has {dataLength} bytes of data"
                : $"trailing bytes: the tensors end at offset {end}, the file has {dataLength} bytes of data, a size that must be equal";
            throw new WeightFileException(file, previous is not null && end > dataLength ? previous : null, problem);
        }
    }
}
