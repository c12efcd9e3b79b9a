using System.Diagnostics.CodeAnalysis;
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

    private readonly DeviceTensors _tensors;

    private DeviceTensorTable(Scratch memory, ArrayView<ulong> entries, int parts) => (_memory, _tensors) = (memory, new DeviceTensors(entries, parts));

    /// <summary>Parts of all of them.</summary>
    public int Parts => _tensors.Parts;

    /// <summary>What to launch a kernel with: all tensors at once, or nothing where there is no part.</summary>
    [UnscopedRef]
    public ReadOnlySpan<DeviceTensors> Launches => Parts == 0 ? [] : new(in _tensors);

    /// <summary>The numbers of the step.</summary>
    public ArrayView<T> Header<T>() where T : unmanaged => _memory.Storage.View<T>(0, 1);

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
        ArrayView<ulong> target = memory.Storage.View<ulong>(0, HeaderWords + ((long)parameters.Length * EntryWords));
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
        return new DeviceTensorTable(memory, target.SubView(HeaderWords), parts);
    }

    /// <summary>Gives the memory back: the next launch on the stream may have it.</summary>
    public void Dispose() => _memory.Dispose();

    private static ulong Address(ReadOnlySpan<View> views, int i) => views.IsEmpty ? 0 : (ulong)(views[i].Storage.Address + (views[i].Layout.Offset * sizeof(float)));

    [Kernel(MaxThreadsPerGroup = 1)]
    private static void Write(ArrayView<ulong> target, Words words) => words.StoreTo(target);

    /// <summary>A stretch of the table as a kernel's parameter.</summary>
    internal struct Words
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

/// <summary>The tensors of a launch, as a kernel's parameter.</summary>
/// <param name="entries">Their entries in the table.</param>
/// <param name="parts">Parts of all of them.</param>
internal readonly struct DeviceTensors(ArrayView<ulong> entries, int parts)
{
    private const int EntryWords = DeviceTensorTable.EntryWords;

    private readonly ArrayView<ulong> _entries = entries;

    /// <summary>Parts of all of them: blocks of the launch.</summary>
    public int Parts { get; } = parts;

    /// <summary>Inside a kernel: the part that a block of the launch has.</summary>
    public DeviceTensor Find(int part)
    {
        int low = 0;
        int high = ((int)_entries.Length / EntryWords) - 1;
        while (low < high)
        {
            int middle = (low + high + 1) / 2;
            bool isBefore = (int)(_entries[(middle * EntryWords) + 5] >> 32) <= part;
            low = isBefore ? middle : low;
            high = isBefore ? high : middle - 1;
        }

        int entry = low * EntryWords;
        ulong last = _entries[entry + 5];
        int start = (part - (int)(last >> 32)) * DeviceTensorTable.PerPart;
        DeviceTensor tensor = default;
        tensor.Part = part;
        tensor.Count = IntrinsicMath.Min(DeviceTensorTable.PerPart, (int)last - start);
        tensor.Parameter = At(_entries[entry], start, tensor.Count);
        tensor.Gradient = At(_entries[entry + 1], start, tensor.Count);
        tensor.First = At(_entries[entry + 2], start, tensor.Count);
        tensor.Second = At(_entries[entry + 3], start, tensor.Count);
        tensor.Third = At(_entries[entry + 4], start, tensor.Count);
        ulong together = _entries[entry] | _entries[entry + 1] | _entries[entry + 2] | _entries[entry + 3] | _entries[entry + 4];
        tensor.InFours = together % 16 == 0 ? tensor.Count & ~3 : 0;
        return tensor;
    }

    private static ArrayView<float> At(ulong address, int start, int count) => address == 0
        ? default
        : new ArrayView<float>(address + ((ulong)(uint)start * sizeof(float)), count);
}
