using RawSer.Gpu;
using RawSer.Gpu.Compiler;
using RawSer.Gpu.Dialect;

namespace RawSer.Kernels;

/// <summary>
/// The tensors of a step over many, in device memory: where each parameter, its gradient and its states start, and which parts of
/// <see cref="PerPart"/> elements belong to it, behind the numbers of the step. A kernel writes the table from its own parameters, so no
/// copy from the host waits, and a graph that captured the launch keeps its contents.
/// </summary>
internal readonly unsafe struct DeviceTensorTable : IDisposable
{
    /// <summary>Elements of a part: a block's share.</summary>
    public const int PerPart = 4096;

    /// <summary>Words of a tensor: five addresses, and its count and first part together.</summary>
    public const int EntryWords = 6;

    private const int HeaderWords = 8;

    private static readonly Kernel<ArrayView<ulong>, Words> s_write = Kernel.Create<ArrayView<ulong>, Words>(Write);

    private readonly Scratch _memory;

    private DeviceTensorTable(Scratch memory, int count, int parts) => (_memory, Count, Parts) = (memory, count, parts);

    /// <summary>Number of tensors.</summary>
    public int Count { get; }

    /// <summary>Parts of all of them.</summary>
    public int Parts { get; }

    /// <summary>The entries, for <see cref="DeviceTensor.Find"/>.</summary>
    public ArrayView<ulong> Entries => new(_memory.Address + (HeaderWords * sizeof(ulong)), (long)Count * EntryWords);

    /// <summary>The numbers of the step.</summary>
    public ArrayView<T> Header<T>() where T : unmanaged => new(_memory.Address, 1);

    /// <summary>Queues writing a table. Lists that a step does not have are empty.</summary>
    public static DeviceTensorTable Send<THeader>(
        CudaBackend backend, THeader header, ReadOnlySpan<View> parameters, ReadOnlySpan<View> gradients, ReadOnlySpan<View> first, ReadOnlySpan<View> second,
        ReadOnlySpan<View> third) where THeader : unmanaged
    {
        if (sizeof(THeader) > HeaderWords * sizeof(ulong))
        {
            throw new InvalidOperationException($"the numbers of a step take {sizeof(THeader)} bytes, at most {HeaderWords * sizeof(ulong)} are foreseen");
        }

        Scratch memory = new(backend.Memory, (HeaderWords + ((long)parameters.Length * EntryWords)) * sizeof(ulong));
        ArrayView<ulong> target = new(memory.Address, HeaderWords + ((long)parameters.Length * EntryWords));
        Words words = default;
        words.AddHeader(header);
        int parts = 0, written = 0;
        for (int i = 0; i < parameters.Length; i++)
        {
            if (words.Count + EntryWords > Words.Capacity)
            {
                s_write.Launch(backend.Gpu, new LaunchShape(1, 1), target.SubView(written), words);
                written += words.Count;
                words = default;
            }

            int count = parameters[i].IntCount();
            words.Add(Address(parameters, i));
            words.Add(Address(gradients, i));
            words.Add(Address(first, i));
            words.Add(Address(second, i));
            words.Add(Address(third, i));
            words.Add((uint)count | ((ulong)(uint)parts << 32));
            parts = checked(parts + (int)(((long)count + PerPart - 1) / PerPart));
        }

        s_write.Launch(backend.Gpu, new LaunchShape(1, 1), target.SubView(written), words);
        return new DeviceTensorTable(memory, parameters.Length, parts);
    }

    /// <summary>Gives the memory back: the next launch on the stream may have it.</summary>
    public void Dispose() => _memory.Dispose();

    private static ulong Address(ReadOnlySpan<View> views, int i) => views.IsEmpty ? 0 : (ulong)(views[i].Storage.Address + (views[i].Layout.Offset * sizeof(float)));

    [Kernel(MaxThreadsPerGroup = 1)]
    private static void Write(ArrayView<ulong> target, Words words) => words.StoreTo(target);

    /// <summary>A stretch of the table as a kernel's parameter.</summary>
    private struct Words
    {
        /// <summary>Words of one launch: the header and 38 tensors.</summary>
        public const int Capacity = HeaderWords + (38 * EntryWords);

        private fixed ulong _words[Capacity];

        /// <summary>Words that are used.</summary>
        public int Count { get; private set; }

        public void Add(ulong word) => _words[Count++] = word;

        public void AddHeader<THeader>(THeader header) where THeader : unmanaged
        {
            ulong* words = stackalloc ulong[HeaderWords];
            *(THeader*)words = header;
            for (int i = 0; i < HeaderWords; i++)
            {
                Add(words[i]);
            }
        }

        [Unroll]
        public readonly void StoreTo(ArrayView<ulong> target)
        {
            for (int i = 0; i < Capacity; i++)
            {
                if (i < Count)
                {
                    target[i] = _words[i];
                }
            }
        }
    }
}

/// <summary>Inside a kernel: the part of a tensor that a block has. What the step does not have is a view of no elements.</summary>
internal struct DeviceTensor
{
    private const int EntryWords = DeviceTensorTable.EntryWords;

    public ArrayView<float> Parameter;
    public ArrayView<float> Gradient;
    public ArrayView<float> First;
    public ArrayView<float> Second;
    public ArrayView<float> Third;

    /// <summary>Elements of the part.</summary>
    public int Count;

    /// <summary>Elements of the part that are read and written 128 bits at a time.</summary>
    public int InFours;

    /// <summary>Finds the part of a number.</summary>
    public static DeviceTensor Find(ArrayView<ulong> entries, int part)
    {
        int low = 0;
        int high = ((int)entries.Length / EntryWords) - 1;
        while (low < high)
        {
            int middle = (low + high + 1) / 2;
            bool isBefore = (int)(entries[(middle * EntryWords) + 5] >> 32) <= part;
            low = isBefore ? middle : low;
            high = isBefore ? high : middle - 1;
        }

        int entry = low * EntryWords;
        ulong last = entries[entry + 5];
        int start = (part - (int)(last >> 32)) * DeviceTensorTable.PerPart;
        DeviceTensor tensor = default;
        tensor.Count = IntrinsicMath.Min(DeviceTensorTable.PerPart, (int)last - start);
        tensor.Parameter = At(entries[entry], start, tensor.Count);
        tensor.Gradient = At(entries[entry + 1], start, tensor.Count);
        tensor.First = At(entries[entry + 2], start, tensor.Count);
        tensor.Second = At(entries[entry + 3], start, tensor.Count);
        tensor.Third = At(entries[entry + 4], start, tensor.Count);
        ulong together = entries[entry] | entries[entry + 1] | entries[entry + 2] | entries[entry + 3] | entries[entry + 4];
        tensor.InFours = together % 16 == 0 ? tensor.Count & ~3 : 0;
        return tensor;
    }

    private static ArrayView<float> At(ulong address, int start, int count) => address == 0
        ? default
        : new ArrayView<float>(address + ((ulong)(uint)start * sizeof(float)), count);
}
