namespace RawSer.Kernels;

/// <summary>
/// The tensors of a step over many: where each parameter, its gradient and its states start, and which parts of
/// <see cref="WorkerPool.Grain"/> elements belong to it. Lives in the calling thread's scratch until the next kernel.
/// </summary>
internal readonly unsafe struct TensorTable
{
    private readonly Entry* _entries;
    private readonly int _count;

    public TensorTable(ReadOnlySpan<View> parameters, ReadOnlySpan<View> gradients, ReadOnlySpan<View> first, ReadOnlySpan<View> second, ReadOnlySpan<View> third)
    {
        _count = parameters.Length;
        _entries = (Entry*)ThreadScratch.Floats(ThreadScratch.Use.Shared, Math.Max(1, (long)_count * sizeof(Entry) / sizeof(float)));
        int parts = 0;
        for (int i = 0; i < _count; i++)
        {
            _entries[i] = new Entry
            {
                Parameter = parameters[i].Pointer<float>(),
                Gradient = PointerAt(gradients, i),
                First = PointerAt(first, i),
                Second = PointerAt(second, i),
                Third = PointerAt(third, i),
                Count = parameters[i].Count,
                FirstPart = parts,
            };
            parts += WorkerPool.PartCount(parameters[i].Count);
        }

        PartCount = parts;
    }

    public int PartCount { get; }

    /// <summary>The stretch of a tensor that a part is.</summary>
    public Entry Part(int index)
    {
        int low = 0, high = _count - 1;
        while (low < high)
        {
            int middle = (low + high + 1) / 2;
            (low, high) = _entries[middle].FirstPart <= index ? (middle, high) : (low, middle - 1);
        }

        Entry entry = _entries[low];
        long start = (long)(index - entry.FirstPart) * WorkerPool.Grain;
        return new Entry
        {
            Parameter = entry.Parameter + start,
            Gradient = Offset(entry.Gradient, start),
            First = Offset(entry.First, start),
            Second = Offset(entry.Second, start),
            Third = Offset(entry.Third, start),
            Count = Math.Min(WorkerPool.Grain, entry.Count - start),
        };
    }

    private static float* PointerAt(ReadOnlySpan<View> views, int i) => views.IsEmpty ? null : views[i].Pointer<float>();

    private static float* Offset(float* p, long start) => p == null ? null : p + start;

    /// <summary>A tensor or a stretch of it; what the step does not have is null.</summary>
    public struct Entry
    {
        public float* Parameter;
        public float* Gradient;
        public float* First;
        public float* Second;
        public float* Third;
        public long Count;
        public int FirstPart;
    }
}

/// <summary>Applies a rule to a part of the table.</summary>
internal readonly unsafe struct UpdatePart<TRule>(TensorTable table, TRule rule) : IParallelBody where TRule : struct, IUpdateRule
{
    public void Invoke(int index)
    {
        TensorTable.Entry part = table.Part(index);
        nint i = 0;
        for (; i <= (nint)part.Count - 8; i += 8)
        {
            Simd256 first = LoadOrZero(part.First, i), second = LoadOrZero(part.Second, i), third = LoadOrZero(part.Third, i);
            rule.Invoke(Simd256.Load(part.Parameter + i), Simd256.Load(part.Gradient + i), ref first, ref second, ref third).Store(part.Parameter + i);
            StoreIfThere(first, part.First, i);
            StoreIfThere(second, part.Second, i);
            StoreIfThere(third, part.Third, i);
        }

        int rest = (int)(part.Count - i);
        if (rest > 0)
        {
            Simd256 first = LoadRest(part.First, i, rest), second = LoadRest(part.Second, i, rest), third = LoadRest(part.Third, i, rest);
            StoreRest(rule.Invoke(LoadRest(part.Parameter, i, rest), LoadRest(part.Gradient, i, rest), ref first, ref second, ref third), part.Parameter, i, rest);
            StoreRest(first, part.First, i, rest);
            StoreRest(second, part.Second, i, rest);
            StoreRest(third, part.Third, i, rest);
        }
    }

    private static Simd256 LoadOrZero(float* p, nint i) => p == null ? default : Simd256.Load(p + i);

    private static void StoreIfThere(Simd256 value, float* p, nint i)
    {
        if (p != null)
        {
            value.Store(p + i);
        }
    }

    private static Simd256 LoadRest(float* p, nint i, int count)
    {
        float* values = stackalloc float[8];
        for (int j = 0; j < 8; j++)
        {
            values[j] = p != null && j < count ? p[i + j] : 0;
        }

        return Simd256.Load(values);
    }

    private static void StoreRest(Simd256 value, float* p, nint i, int count)
    {
        float* values = stackalloc float[8];
        value.Store(values);
        for (int j = 0; j < count && p != null; j++)
        {
            p[i + j] = values[j];
        }
    }
}
