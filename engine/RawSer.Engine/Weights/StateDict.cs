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

    /// <summary>Reads a module from an open file.</summary>
    /// <exception cref="StateDictException">The file does not fit the module; all reasons are in it, and the module is unchanged.</exception>
    public static StateDictReport Load(Module module, WeightSource source, StateDictOptions? options = null)
    {
        StateDictMatch match = StateDictMatch.Of(module, source, options ?? new StateDictOptions());
        match.ThrowIfUnusable();
        module.UnpackCore();
        foreach ((WeightEntry entry, Tensor target) in match.Pairs)
        {
            Read(source, entry, target);
        }

        return match.Report;
    }

    private static void Read(WeightSource source, WeightEntry entry, Tensor target)
    {
        if (target.DType == DType.F32)
        {
            float[] values = GC.AllocateUninitializedArray<float>(checked((int)target.ElementCount));
            source.ReadFloats(entry, 0, values);
            target.CopyFrom<float>(values);
            return;
        }

        byte[] bytes = GC.AllocateUninitializedArray<byte>(checked((int)entry.Length));
        source.ReadBytes(entry, 0, bytes);
        target.Backend.Upload(bytes, target.Storage, target.Layout.Offset * target.DType.Size());
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
    /// <summary>Whether each name must be on both sides. If not, missing and unexpected names are reported only.</summary>
    public bool Strict { get; init; } = true;

    /// <summary>
    /// Names of the file and what they are called in the module; a key that ends with a dot renames all names that begin with it
    /// (<c>"wav2vec2." -> ""</c>). The longest key that fits wins.
    /// </summary>
    public IReadOnlyDictionary<string, string> Rename { get; init; } = new Dictionary<string, string>();

    /// <summary>Names of the file, or beginnings that end with a dot, that are left out on purpose.</summary>
    public IReadOnlyList<string> Ignore { get; init; } = [];

    /// <summary>Names of the module, or beginnings that end with a dot, that the file need not have; the report lists those it lacks.</summary>
    public IReadOnlyList<string> Optional { get; init; } = [];
}

/// <summary>How a file fitted.</summary>
/// <param name="Missing">Names of the module that the file does not have; those tensors keep their values.</param>
/// <param name="Unexpected">Names of the file that the module does not have.</param>
/// <param name="Conversions">Tensors whose float type was converted, for example <c>dense.weight: F16 to F32</c>.</param>
public sealed record StateDictReport(IReadOnlyList<string> Missing, IReadOnlyList<string> Unexpected, IReadOnlyList<string> Conversions);
