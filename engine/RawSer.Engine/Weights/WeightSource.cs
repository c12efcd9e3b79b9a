using System.Buffers;
using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using RawSer.Kernels;
using RawSer.Weights.Containers;
using RawSer.Weights.Hdf5;
using RawSer.Weights.Numpy;
using RawSer.Weights.Torch;

namespace RawSer.Weights;

/// <summary>
/// Named tensors in one or several files, opened for reading. Descriptions are checked when it is opened; values are read on request, so
/// that a model larger than memory can be opened.
/// </summary>
public abstract class WeightSource : IDisposable
{
    private const int ChunkBytes = 64 * 1024;

    // A mapping takes whole pages and a call to the system; below this a copy is cheaper. No smaller than the step of Windows's mappings.
    private const long SmallestMapping = 64 * 1024;

    private readonly Dictionary<string, WeightEntry> _byName;

    private protected WeightSource(string path, IReadOnlyList<WeightEntry> entries, IReadOnlyDictionary<string, string> metadata)
    {
        Path = path;
        Entries = entries;
        Metadata = metadata;
        _byName = new Dictionary<string, WeightEntry>(entries.Count, StringComparer.Ordinal);
        foreach (WeightEntry entry in entries)
        {
            _byName.Add(entry.Name, entry);
        }
    }

    /// <summary>Path as given to <see cref="Open"/>.</summary>
    public string Path { get; }

    /// <summary>All tensors, in the order of their data.</summary>
    public IReadOnlyList<WeightEntry> Entries { get; }

    /// <summary>Free text that was stored beside the tensors.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>
    /// Opens a weight file of any format that <see cref="WeightFormats"/> knows, recognised by its content: safetensors, PyTorch (zip and
    /// legacy), NumPy (npy and npz), Keras HDF5, or the index of a sharded model.
    /// </summary>
    /// <exception cref="WeightFileException">The file is missing, unreadable or not valid.</exception>
    public static WeightSource Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        WeightFormat format = WeightFormats.Detect(path);
        return format switch
        {
            WeightFormat.Safetensors => SafetensorsFile.Open(path),
            WeightFormat.ShardIndex => ShardedFile.Open(path),
            WeightFormat.TorchZip or WeightFormat.TorchLegacy => TorchFile.Open(path),
            WeightFormat.Npy or WeightFormat.Npz => NumpyFile.Open(path),
            WeightFormat.Hdf5 => Hdf5File.Open(path),

            // Only the message depends on the suffix: a broken file is described as what it says it is.
            _ when path.EndsWith(".json", StringComparison.OrdinalIgnoreCase) => ShardedFile.Open(path),
            _ when path.EndsWith(".safetensors", StringComparison.OrdinalIgnoreCase) => SafetensorsFile.Open(path),
            _ => throw WeightFormats.Unrecognized(path),
        };
    }

    /// <summary>The description of a tensor.</summary>
    /// <exception cref="WeightFileException">There is no tensor of that name.</exception>
    public WeightEntry this[string name] => _byName.TryGetValue(name, out WeightEntry? entry)
        ? entry
        : throw new WeightFileException(Path, name, $"not in the file, which holds {Entries.Count} tensors{Examples()}");

    /// <summary>True if there is a tensor of that name.</summary>
    public bool Contains(string name) => _byName.ContainsKey(name);

    /// <summary>Groups of names that stand for the same stored bytes: tied weights, as PyTorch files can hold them.</summary>
    public IReadOnlyList<IReadOnlyList<string>> TiedNames() =>
        [.. Entries.Where(entry => entry.Length > 0)
            .GroupBy(entry => (entry.File, entry.Offset, entry.Length, entry.Type))
            .Where(group => group.Count() > 1)
            .Select(group => group.Select(entry => entry.Name).ToArray())];

    /// <summary>Copies stored bytes of a tensor, from <paramref name="byteOffset"/> on, until <paramref name="destination"/> is full.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The range is not inside the tensor.</exception>
    public abstract void ReadBytes(WeightEntry entry, long byteOffset, Span<byte> destination);

    /// <summary>
    /// Reads elements <paramref name="first"/>, first + 1, … of a tensor as F32 until <paramref name="destination"/> is full. F16 and BF16
    /// convert exactly; F64 rounds to nearest, and to infinity beyond the range of F32.
    /// </summary>
    /// <exception cref="WeightFileException">The tensor holds no F32, F16, BF16 or F64.</exception>
    public void ReadFloats(WeightEntry entry, long first, Span<float> destination)
    {
        if (entry.Type == WeightType.F32)
        {
            ReadBytes(entry, first * sizeof(float), MemoryMarshal.AsBytes(destination));
            return;
        }

        if (entry.Type is not (WeightType.F16 or WeightType.BF16 or WeightType.F64))
        {
            throw new WeightFileException(entry.File, entry.Name, $"dtype {entry.Type.Name()} where floats are expected (F32, F16, BF16 or F64)");
        }

        int size = entry.Type.Bits() / 8;
        byte[] chunk = ArrayPool<byte>.Shared.Rent(ChunkBytes);
        for (int done = 0; done < destination.Length;)
        {
            int count = Math.Min(destination.Length - done, ChunkBytes / size);
            Span<byte> stored = chunk.AsSpan(0, count * size);
            Span<float> values = destination.Slice(done, count);
            ReadBytes(entry, (first + done) * size, stored);
            switch (entry.Type)
            {
                case WeightType.F16:
                    TensorPrimitives.ConvertToSingle(MemoryMarshal.Cast<byte, Half>(stored), values);
                    break;
                case WeightType.BF16:
                    WidenBFloat16(MemoryMarshal.Cast<byte, ushort>(stored), values);
                    break;
                default:
                    TensorPrimitives.ConvertTruncating<double, float>(MemoryMarshal.Cast<byte, double>(stored), values);
                    break;
            }

            done += count;
        }

        ArrayPool<byte>.Shared.Return(chunk);
    }

    /// <summary>A whole tensor of F32, F16, BF16 or F64 as F32. See <see cref="ReadFloats(WeightEntry, long, Span{float})"/>.</summary>
    public float[] ReadFloats(string name)
    {
        WeightEntry entry = this[name];
        float[] values = NewArray<float>(entry);
        ReadFloats(entry, 0, values);
        return values;
    }

    /// <summary>A whole tensor in its own type, which must be the one that <typeparamref name="T"/> stands for in <see cref="DTypes.Of{T}"/>.</summary>
    /// <exception cref="WeightFileException">Another type is stored, or a BOOL tensor holds a byte other than 0 and 1.</exception>
    public T[] Read<T>(string name) where T : unmanaged
    {
        WeightEntry entry = this[name];
        DType wanted = DTypes.Of<T>();
        if (entry.DType is null)
        {
            throw Unsupported(entry);
        }

        if (entry.DType != wanted)
        {
            throw new WeightFileException(entry.File, name, $"dtype {entry.Type.Name()} where {WeightTypes.Of(wanted).Name()} is expected");
        }

        T[] values = NewArray<T>(entry);
        Span<byte> bytes = MemoryMarshal.AsBytes(values.AsSpan());
        ReadBytes(entry, 0, bytes);
        if (typeof(T) == typeof(bool))
        {
            CheckTruthValues(entry, 0, bytes);
        }

        return values;
    }

    /// <summary>
    /// A tensor with the stored values in their own type, on the processor. Where the values lie in the file as kernels read them (safetensors and PyTorch, one
    /// file or several), it is the file: what is written to the tensor stays in this process, and the mapping goes with the last tensor on it
    /// (<see cref="Tensor.IsMapped"/>). Of safetensors nothing is read before it is touched; the checksums of a zip of PyTorch are compared first. Else it is a
    /// copy; <see cref="CopyReason"/> lists why.
    /// </summary>
    /// <remarks>
    /// A file that is replaced by another under its name, as <see cref="SafetensorsWriter"/> does it, leaves the tensor as it is. One that is overwritten in place
    /// changes what has not been written to, and one that is shortened ends the process when the missing part is touched. On Windows a file cannot be
    /// replaced or deleted while tensors show it.
    /// </remarks>
    /// <exception cref="WeightFileException">There is no tensor of that name, or its type is not supported.</exception>
    public Tensor ReadTensor(string name)
    {
        WeightEntry entry = this[name];
        DType type = entry.DType ?? throw Unsupported(entry);
        if (WhyCopied(entry) is null)
        {
            return MapTensor(entry, Device.Cpu);
        }

        Tensor copy = Tensor.Empty(entry.Shape, type);
        TensorCopy.Read(this, entry, copy);
        return copy;
    }

    /// <summary>Closes the files. Spans obtained from them must not be used any more.</summary>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Why <see cref="ReadTensor"/> copies a tensor of a supported type, or null if it is the file itself.</summary>
    internal CopyReason? WhyCopied(WeightEntry entry) =>
        entry.DType == DType.Bool ? CopyReason.Checked
        : entry.Length < SmallestMapping ? CopyReason.Small
        : WhyNotInPlace(entry) ?? (entry.Offset % (entry.Type.Bits() / 8) == 0 ? null : CopyReason.Unaligned);

    /// <summary>A tensor that is the file, where <see cref="WhyCopied"/> gives no reason against it.</summary>
    /// <exception cref="WeightFileException">The stored values are damaged.</exception>
    /// <exception cref="IOException">The system has no address space for it.</exception>
    internal Tensor MapTensor(WeightEntry entry, Device device)
    {
        PrivateMapping mapping = MapPrivate(entry);
        return Tensor.Over(HostMemoryPool.Shared.Adopt(mapping.Address, entry.Length, mapping), entry.Shape, entry.DType!.Value, device);
    }

    /// <summary>What keeps the stored bytes from being the tensor's values as they are, or null.</summary>
    internal virtual CopyReason? WhyNotInPlace(WeightEntry entry) => CopyReason.Format;

    /// <summary>The stored bytes, checked, as memory of its own, where <see cref="WhyNotInPlace"/> gives no reason against it.</summary>
    internal virtual PrivateMapping MapPrivate(WeightEntry entry) => throw new NotSupportedException($"{GetType().Name} is not used in place");

    /// <summary>Refuses stored truth values, from element <paramref name="first"/> on, that are neither 0 nor 1.</summary>
    /// <exception cref="WeightFileException">There is one.</exception>
    internal static void CheckTruthValues(WeightEntry entry, long first, ReadOnlySpan<byte> bytes)
    {
        if (bytes.IndexOfAnyExceptInRange((byte)0, (byte)1) is >= 0 and int index)
        {
            throw new WeightFileException(entry.File, entry.Name, $"BOOL element {first + index} is stored as {bytes[index]}; only 0 or 1 is valid");
        }
    }

    /// <summary>Closes the files.</summary>
    protected abstract void Dispose(bool disposing);

    private protected static void CheckRange(WeightEntry entry, long byteOffset, long count)
    {
        if (byteOffset < 0 || count > entry.Length - byteOffset)
        {
            throw new ArgumentOutOfRangeException(nameof(byteOffset), $"{entry}: {count} bytes from byte {byteOffset} on exceed its {entry.Length} bytes");
        }
    }

    private static WeightFileException Unsupported(WeightEntry entry) =>
        new(entry.File, entry.Name, $"dtype {entry.Type.Name()} is not supported (supported: {WeightTypes.LoadableNames})");

    private static T[] NewArray<T>(WeightEntry entry) => entry.ElementCount <= Array.MaxLength
        ? GC.AllocateUninitializedArray<T>((int)entry.ElementCount)
        : throw new WeightFileException(entry.File, entry.Name, $"{entry.ElementCount} elements do not fit into one array; read it in parts");

    private static void WidenBFloat16(ReadOnlySpan<ushort> stored, Span<float> values)
    {
        Span<uint> bits = MemoryMarshal.Cast<float, uint>(values);
        int i = 0;
        for (; i <= stored.Length - Vector<ushort>.Count; i += Vector<ushort>.Count)
        {
            Vector.Widen(new Vector<ushort>(stored[i..]), out Vector<uint> low, out Vector<uint> high);
            (low << 16).CopyTo(bits[i..]);
            (high << 16).CopyTo(bits[(i + Vector<uint>.Count)..]);
        }

        for (; i < stored.Length; i++)
        {
            bits[i] = (uint)stored[i] << 16;
        }
    }

    private string Examples() => Entries.Count == 0
        ? ""
        : $": {string.Join(", ", Entries.Take(3).Select(entry => WeightFileException.Printable(entry.Name)))}{(Entries.Count > 3 ? ", …" : "")}";
}
