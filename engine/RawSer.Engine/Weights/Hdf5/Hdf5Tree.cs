namespace RawSer.Weights.Hdf5;

/// <summary>
/// Groups as symbol tables: a B-tree of nodes that list the members, whose names are in a local heap. Sections III.A.1, III.B, III.C and III.D
/// of the format specification.
/// </summary>
internal sealed class Hdf5Tree(Hdf5Bytes bytes)
{
    private const int MaxDepth = 32;
    private const int MaxTreeLevels = 8;
    private const int NodeHeaderBytes = 24;
    private const int SymbolNodeHeaderBytes = 8;
    private const int SymbolBytes = 40;

    private readonly HashSet<ulong> _visited = [];

    /// <summary>Object headers of datasets with their paths, in the order of the groups.</summary>
    public List<(string Path, List<Hdf5Message> Messages)> Datasets { get; } = [];

    /// <summary>Texts of attributes, under <c>PATH@NAME</c> (<c>@NAME</c> for the root's).</summary>
    public Dictionary<string, string[]> Attributes { get; } = new(StringComparer.Ordinal);

    /// <summary>Walks a group and all below it.</summary>
    public void Walk(ulong header, string path, int depth)
    {
        // Each object has one place: a second link could be a cycle, or one dataset under many names.
        if (!_visited.Add(header))
        {
            throw bytes.Error($"'{WeightFileException.Printable(path)}' is an object that stands at another place too (cycle or hard link)");
        }

        if (depth > MaxDepth)
        {
            throw bytes.Error($"groups are nested too deep: the limit is {MaxDepth}");
        }

        List<Hdf5Message> messages = Hdf5ObjectHeader.Read(bytes, header);
        foreach (Hdf5Message message in messages)
        {
            if (message.Type is Hdf5ObjectHeader.LinkInfo or Hdf5ObjectHeader.Link or Hdf5ObjectHeader.AttributeInfo)
            {
                throw bytes.Error($"'{WeightFileException.Printable(path)}' uses links or attributes of the newer format (libver='latest'), which Keras does not write by default");
            }

            if (message.Type == Hdf5ObjectHeader.Attribute && Hdf5Attributes.Read(bytes, message, path) is { } attribute)
            {
                Attributes.TryAdd($"{path}@{attribute.Name}", attribute.Texts);
            }
        }

        int table = messages.FindIndex(message => message.Type == Hdf5ObjectHeader.SymbolTable);
        if (table < 0)
        {
            Datasets.Add((path, messages));
            return;
        }

        ReadOnlySpan<byte> addresses = bytes.At(messages[table].Address, 16, "a symbol table");
        WalkTree(Hdf5Bytes.U64(addresses), Heap(Hdf5Bytes.U64(addresses[8..])), path, depth, MaxTreeLevels);
    }

    private void WalkTree(ulong node, (ulong Address, long Length) heap, string path, int depth, int level)
    {
        if (!_visited.Add(node))
        {
            throw bytes.Error($"corrupt: the node at address {node} stands twice in the tree of '{WeightFileException.Printable(path)}'");
        }

        ReadOnlySpan<byte> header = bytes.At(node, NodeHeaderBytes, "TREE"u8, "B-tree node");
        (int type, int ownLevel, int count) = (header[4], header[5], Hdf5Bytes.U16(header[6..]));
        if (type != 0 || ownLevel >= level)
        {
            throw bytes.Error($"corrupt: a B-tree node of type {type} and level {ownLevel} in a group");
        }

        ReadOnlySpan<byte> items = bytes.At(node + NodeHeaderBytes, 8L + 16L * count, "a B-tree node");
        for (int i = 0; i < count; i++)
        {
            ulong child = Hdf5Bytes.U64(items[(8 + 16 * i)..]);
            if (ownLevel > 0)
            {
                WalkTree(child, heap, path, depth, ownLevel);
            }
            else
            {
                WalkSymbols(child, heap, path, depth);
            }
        }
    }

    private void WalkSymbols(ulong node, (ulong Address, long Length) heap, string path, int depth)
    {
        int count = Hdf5Bytes.U16(bytes.At(node, SymbolNodeHeaderBytes, "SNOD"u8, "symbol table node")[6..]);
        for (int i = 0; i < count; i++)
        {
            ReadOnlySpan<byte> symbol = bytes.At(node + SymbolNodeHeaderBytes + (ulong)(SymbolBytes * i), SymbolBytes, "a member of a group");
            ulong nameAt = Hdf5Bytes.U64(symbol);
            if (nameAt >= (ulong)heap.Length)
            {
                throw bytes.Error($"corrupt: a name of a member of '{WeightFileException.Printable(path)}' is outside the heap");
            }

            if (Hdf5Bytes.U32(symbol[16..]) == 2)
            {
                throw bytes.Error($"'{WeightFileException.Printable(path)}' holds a symbolic link; Keras does not write them");
            }

            const int Longest = 4097;
            ReadOnlySpan<byte> text = bytes.Slice(heap.Address + nameAt, Math.Min(heap.Length - (long)nameAt, Longest), "a name");
            string name = bytes.Text(text, $"a name in '{WeightFileException.Printable(path)}'");
            if (name.Length == 0 || name is "." or ".." || name.Contains('/'))
            {
                throw bytes.Error($"corrupt: '{WeightFileException.Printable(name)}' is no name of a member");
            }

            Walk(Hdf5Bytes.U64(symbol[8..]), path.Length == 0 ? name : $"{path}/{name}", depth + 1);
        }
    }

    private (ulong Address, long Length) Heap(ulong address)
    {
        ReadOnlySpan<byte> header = bytes.At(address, 32, "HEAP"u8, "local heap");
        (ulong size, ulong data) = (Hdf5Bytes.U64(header[8..]), Hdf5Bytes.U64(header[24..]));
        return data <= (ulong)bytes.Length && size <= (ulong)bytes.Length - data
            ? (data, (long)size)
            : throw bytes.Error($"truncated or corrupt: the local heap at address {data} with {size} bytes is outside the file");
    }
}
