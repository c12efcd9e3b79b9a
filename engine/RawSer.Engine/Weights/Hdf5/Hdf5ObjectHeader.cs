namespace RawSer.Weights.Hdf5;

/// <summary>One message of an object header: its type and where its data are.</summary>
internal readonly record struct Hdf5Message(int Type, ulong Address, int Length);

/// <summary>
/// Object headers of version 1, which describe groups and datasets by messages. Format: "HDF5 File Format Specification" version 3.0,
/// sections IV.A.1 and IV.A.2.
/// </summary>
internal static class Hdf5ObjectHeader
{
    public const int Dataspace = 0x01;
    public const int LinkInfo = 0x02;
    public const int Datatype = 0x03;
    public const int Link = 0x06;
    public const int Layout = 0x08;
    public const int Filters = 0x0b;
    public const int Attribute = 0x0c;
    public const int SymbolTable = 0x11;
    public const int AttributeInfo = 0x15;

    private const int Continuation = 0x10;
    private const int SharedFlag = 0b10;
    private const int PrefixBytes = 16;
    private const int MessageBytes = 8;

    /// <summary>All messages of the header at an address.</summary>
    public static List<Hdf5Message> Read(Hdf5Bytes bytes, ulong address)
    {
        ReadOnlySpan<byte> prefix = bytes.At(address, PrefixBytes, "an object header");
        if (prefix.StartsWith("OHDR"u8))
        {
            throw bytes.Error("an object header of version 2: written with libver='latest'; Keras and h5py's default write version 1, which is read");
        }

        if (prefix[0] != 1)
        {
            throw bytes.Error($"corrupt: object header version {prefix[0]} at address {address}");
        }

        int count = Hdf5Bytes.U16(prefix[2..]);
        var messages = new List<Hdf5Message>();
        var blocks = new Queue<(ulong Address, ulong Length)>();
        blocks.Enqueue((address + PrefixBytes, Hdf5Bytes.U32(prefix[8..])));
        while (messages.Count < count && blocks.TryDequeue(out (ulong Address, ulong Length) block))
        {
            ReadBlock(bytes, block.Address, block.Length, count, messages, blocks);
        }

        return messages.Count == count
            ? messages
            : throw bytes.Error($"corrupt: the object header at address {address} has {messages.Count} messages, it says {count}");
    }

    private static void ReadBlock(
        Hdf5Bytes bytes, ulong address, ulong length, int count, List<Hdf5Message> messages, Queue<(ulong Address, ulong Length)> blocks)
    {
        if (length > (ulong)bytes.Length)
        {
            throw bytes.Error($"truncated or corrupt: a block of messages at address {address} with {length} bytes is outside the file");
        }

        ReadOnlySpan<byte> block = bytes.At(address, (long)length, "a block of messages");
        while (messages.Count < count && block.Length >= MessageBytes)
        {
            (int type, int size, int flags) = (Hdf5Bytes.U16(block), Hdf5Bytes.U16(block[2..]), block[4]);
            if (size > block.Length - MessageBytes)
            {
                throw bytes.Error($"corrupt: a message of {size} bytes leaves its block at address {address}");
            }

            bool isNeeded = type is Dataspace or Datatype or Layout or Attribute or SymbolTable;
            if (isNeeded && (flags & SharedFlag) != 0)
            {
                throw bytes.Error("shared messages (committed types) are not read; Keras does not write them");
            }

            ulong data = address + (ulong)MessageBytes;
            if (type == Continuation)
            {
                ReadOnlySpan<byte> target = bytes.At(data, 16, "a continuation");
                blocks.Enqueue((Hdf5Bytes.U64(target), Hdf5Bytes.U64(target[8..])));
            }

            messages.Add(new Hdf5Message(type, data, size));
            bytes.Spend(0, "an object header");
            block = block[(MessageBytes + size)..];
            address += (ulong)(MessageBytes + size);
        }
    }
}
