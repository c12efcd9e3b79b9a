namespace RawSer.Weights.Hdf5;

/// <summary>
/// Attributes that hold one text or a list of texts, of fixed or variable length: the names, versions and settings that Keras stores. Others
/// are left out. Sections IV.A.2.m and III.E (global heap) of the format specification.
/// </summary>
internal static class Hdf5Attributes
{
    private const int MaxTextBytes = 16 << 20;
    private const int HeapHeaderBytes = 16;

    /// <summary>Name and texts of an attribute message; null if it holds something else.</summary>
    public static (string Name, string[] Texts)? Read(Hdf5Bytes bytes, Hdf5Message message, string owner)
    {
        ReadOnlySpan<byte> data = bytes.At(message.Address, message.Length, "an attribute");
        if (data.Length < 8)
        {
            throw bytes.Error($"truncated attribute of '{owner}'");
        }

        int version = data[0];
        (int start, bool isPadded) = version switch
        {
            1 => (8, true),
            2 => (8, false),
            3 => (9, false),
            _ => throw bytes.Error($"attribute version {version} of '{owner}' is not read"),
        };
        if (version > 1 && data[1] != 0)
        {
            throw bytes.Error("attributes with shared types are not read; Keras does not write them");
        }

        int nameBytes = Hdf5Bytes.U16(data[2..]);
        int typeBytes = Hdf5Bytes.U16(data[4..]);
        int spaceBytes = Hdf5Bytes.U16(data[6..]);
        int typeAt = start + Padded(nameBytes, isPadded);
        int spaceAt = typeAt + Padded(typeBytes, isPadded);
        int valueAt = spaceAt + Padded(spaceBytes, isPadded);
        if (valueAt > data.Length || typeBytes < 8)
        {
            throw bytes.Error($"corrupt attribute of '{owner}'");
        }

        string name = bytes.Text(data.Slice(start, nameBytes), $"an attribute name of '{owner}'");
        ReadOnlySpan<byte> type = data.Slice(typeAt, typeBytes);
        int kind = Hdf5Types.Class(type);
        bool isVariable = kind == Hdf5Types.VariableLength && (type[1] & 0xf) == 1;
        long[]? shape = Hdf5Types.Shape(bytes, data.Slice(spaceAt, spaceBytes), owner);
        long count = shape is null ? 0 : Hdf5Types.Count(shape);
        if (kind != Hdf5Types.FixedString && !isVariable)
        {
            return count == 0 ? (name, []) : null; // NumPy gives an empty list the type float64
        }

        ReadOnlySpan<byte> values = data[valueAt..];
        long size = isVariable ? 16 : Hdf5Types.Size(type);
        if (count > values.Length || (Int128)count * size > values.Length)
        {
            throw bytes.Error($"truncated: attribute '{WeightFileException.Printable(name)}' of '{owner}' has {count} texts of {size} bytes in {values.Length}");
        }

        var texts = new string[count];
        for (int i = 0; i < texts.Length; i++)
        {
            ReadOnlySpan<byte> value = values.Slice((int)(i * size), (int)size);
            texts[i] = isVariable ? HeapText(bytes, value, name) : bytes.Text(value, $"attribute '{WeightFileException.Printable(name)}'", MaxTextBytes);
        }

        return (name, texts);
    }

    /// <summary>A text in the global heap: length, address of the collection, index in it.</summary>
    private static string HeapText(Hdf5Bytes bytes, ReadOnlySpan<byte> reference, string name)
    {
        (uint length, ulong address, uint index) = (Hdf5Bytes.U32(reference), Hdf5Bytes.U64(reference[4..]), Hdf5Bytes.U32(reference[12..]));
        if (length == 0)
        {
            return "";
        }

        ReadOnlySpan<byte> header = bytes.At(address, HeapHeaderBytes, "GCOL"u8, "global heap");
        ulong size = Hdf5Bytes.U64(header[8..]);
        ulong at = address + HeapHeaderBytes;
        while (size <= (ulong)bytes.Length && at - address + HeapHeaderBytes <= size)
        {
            ReadOnlySpan<byte> item = bytes.At(at, HeapHeaderBytes, "an object of the global heap");
            ulong itemBytes = Hdf5Bytes.U64(item[8..]);
            int found = Hdf5Bytes.U16(item);
            if (found == 0 || itemBytes > size)
            {
                break;
            }

            if ((uint)found == index && length <= itemBytes)
            {
                return bytes.Text(bytes.At(at + HeapHeaderBytes, length, "a text"), $"attribute '{WeightFileException.Printable(name)}'", MaxTextBytes);
            }

            at += HeapHeaderBytes + (itemBytes + 7 & ~7UL);
        }

        throw bytes.Error($"corrupt: attribute '{WeightFileException.Printable(name)}' refers to object {index} of the global heap at {address}, which is not there");
    }

    private static int Padded(int length, bool isPadded) => isPadded ? length + 7 & ~7 : length;
}
