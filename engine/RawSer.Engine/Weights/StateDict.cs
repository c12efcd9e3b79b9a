using RawSer.Kernels;
using RawSer.Nn;

namespace RawSer.Weights;

/// <summary>Parameters and buffers of a module, to and from safetensors files, under the names of <see cref="Module.NamedState"/>.</summary>
public static class StateDict
{
    private const int ChunkElements = 1 << 16;

    /// <summary>Writes a module to a file; the file is replaced as a whole.</summary>
    /// <exception cref="WeightFileException">The file cannot be written.</exception>
    public static void Save(Module module, string path, IReadOnlyDictionary<string, string>? metadata = null)
    {
        SafetensorsWriter writer = new();
        foreach ((string key, string value) in metadata ?? new Dictionary<string, string>())
        {
            writer.AddMetadata(key, value);
        }

        AddTo(writer, module);
        writer.Save(path);
    }

    /// <summary>Adds a module's state to a file that holds other tensors too, its names behind <paramref name="prefix"/>.</summary>
    public static void AddTo(SafetensorsWriter writer, Module module, string prefix = "")
    {
        foreach (NamedTensor state in module.NamedState())
        {
            writer.Add(prefix + state.Name, state.Value.DType, state.Value.Shape, stream => Write(state.Value, stream));
        }
    }

    /// <summary>Reads a module from a file.</summary>
    /// <exception cref="WeightFileException">The file is missing, unreadable or not valid.</exception>
    /// <exception cref="StateDictException">The file does not fit the module; the module is unchanged.</exception>
    public static StateDictReport Load(Module module, string path, StateDictOptions? options = null)
    {
        using WeightSource source = WeightSource.Open(path);
        return Load(module, source, options);
    }

    /// <summary>
    /// Reads a module from an open file. Weights become the mapped file where they can (<see cref="WeightSource.ReadTensor"/> says what holds then); the rest
    /// is copied, and the report says why.
    /// </summary>
    /// <exception cref="StateDictException">The file does not fit the module; all reasons are in it, and the module is unchanged.</exception>
    /// <exception cref="WeightFileException">Stored values are damaged: a checksum, a truth value. Tensors that came before them are loaded.</exception>
    public static StateDictReport Load(Module module, WeightSource source, StateDictOptions? options = null)
    {
        options ??= new StateDictOptions();
        StateDictMatch match = StateDictMatch.Of(module, source, options);
        match.ThrowIfUnusable();
        module.UnpackCore();
        LoadedBytes bytes = new();
        foreach ((WeightEntry entry, Tensor target) in match.Pairs)
        {
            if (WhyCopied(source, entry, target, options) is { } reason)
            {
                Copy(source, entry, target);
                bytes.AddCopied(reason, target.ElementCount * target.DType.Size());
            }
            else
            {
                using Tensor mapped = source.MapTensor(entry, target.Device);
                target.Become(mapped);
                bytes.AddMapped(entry.Length);
            }
        }

        return match.Report with { Bytes = bytes, Metadata = source.Metadata };
    }

    /// <summary>Why a tensor cannot be the file, or null.</summary>
    private static CopyReason? WhyCopied(WeightSource source, WeightEntry entry, Tensor target, StateDictOptions options) =>
        !options.Map ? CopyReason.Requested
        : target.Backend is not HostBackend ? CopyReason.Device
        : entry.DType != target.DType ? CopyReason.Converted
        : target.HasMemory && !target.Storage.IsUnique ? CopyReason.Viewed
        : source.WhyCopied(entry);

    private static void Copy(WeightSource source, WeightEntry entry, Tensor target)
    {
        if (!target.HasMemory)
        {
            using Tensor memory = Tensor.Empty(target.Shape, target.DType, target.Device); // not filled for nothing
            target.Become(memory);
        }

        TensorCopy.Read(source, entry, target);
    }

    private static void Write(Tensor tensor, Stream stream)
    {
        using Tensor dense = tensor.ContiguousAlias();
        int size = dense.DType.Size();
        byte[] chunk = new byte[Math.Min(dense.ElementCount, ChunkElements) * size];
        for (long done = 0; done < dense.ElementCount; done += ChunkElements)
        {
            Span<byte> part = chunk.AsSpan(0, (int)Math.Min(dense.ElementCount - done, ChunkElements) * size);
            dense.Backend.Download(dense.Storage, (dense.Layout.Offset + done) * size, part);
            stream.Write(part);
        }
    }
}

/// <summary>How a file is fitted to a module.</summary>
public sealed record StateDictOptions
{
    /// <summary>
    /// Whether weights may be the mapped file. False copies them: for files that somebody overwrites or shortens in place, and, on Windows, for files that
    /// are to be replaced while the module lives.
    /// </summary>
    public bool Map { get; init; } = true;

    /// <summary>Whether each name must be on both sides. If not, missing and unexpected names are reported only.</summary>
    public bool Strict { get; init; } = true;

    /// <summary>
    /// Names of the file and what they are called in the module; a key that ends with a dot renames all names that begin with it
    /// (<c>"wav2vec2." -> ""</c>). The longest key that fits wins.
    /// </summary>
    public IReadOnlyDictionary<string, string> Rename { get; init; } = new Dictionary<string, string>();

    /// <summary>What stands before the module's names in the file, after renaming, and in messages (<c>"features."</c>), where the module is a part of what was stored.</summary>
    public string Prefix { get; init; } = "";

    /// <summary>Names of the file, or beginnings that end with a dot, that are left out on purpose.</summary>
    public IReadOnlyList<string> Ignore { get; init; } = [];

    /// <summary>Names of the module, or beginnings that end with a dot, that the file need not have; the report lists those it lacks.</summary>
    public IReadOnlyList<string> Optional { get; init; } = [];
}

/// <summary>How a file fitted.</summary>
/// <param name="Missing">Names of the module that the file does not have; those tensors keep their values.</param>
/// <param name="Unexpected">Names of the file that the module does not have.</param>
/// <param name="Conversions">Tensors whose float type was converted, for example <c>dense.weight: F16 to F32</c>.</param>
public sealed record StateDictReport(IReadOnlyList<string> Missing, IReadOnlyList<string> Unexpected, IReadOnlyList<string> Conversions)
{
    /// <summary>Where the weights are now.</summary>
    public LoadedBytes Bytes { get; init; } = new();

    /// <summary>What the file says of itself (<see cref="WeightSource.Metadata"/>).</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; init; } = new Dictionary<string, string>();
}
