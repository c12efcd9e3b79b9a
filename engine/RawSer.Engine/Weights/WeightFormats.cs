using System.Buffers.Binary;
using RawSer.Weights.Containers;

namespace RawSer.Weights;

/// <summary>Weight file formats, recognised by content.</summary>
public enum WeightFormat
{
    /// <summary>None of the others.</summary>
    Unknown,

    /// <summary>One safetensors file.</summary>
    Safetensors,

    /// <summary>The index of a model in several files (<c>*.index.json</c>).</summary>
    ShardIndex,

    /// <summary><c>torch.save</c> since PyTorch 1.6: a zip archive.</summary>
    TorchZip,

    /// <summary><c>torch.save</c> before PyTorch 1.6: pickles and raw data one after another.</summary>
    TorchLegacy,

    /// <summary>One NumPy array.</summary>
    Npy,

    /// <summary>NumPy arrays in a zip archive.</summary>
    Npz,

    /// <summary>HDF5, as Keras writes it.</summary>
    Hdf5,
}

/// <summary>Recognises weight files by their content; suffixes are not looked at.</summary>
public static class WeightFormats
{
    private const int LooksBytes = 512;

    /// <summary>The format of a file.</summary>
    /// <exception cref="WeightFileException">The file is missing or cannot be read.</exception>
    public static WeightFormat Detect(string path)
    {
        using MappedFile file = MappedFile.Open(path);
        return Detect(file);
    }

    internal static WeightFormat Detect(MappedFile file)
    {
        ReadOnlySpan<byte> start = file.Start(LooksBytes);
        if (start.StartsWith("PK\u0003\u0004"u8) || start.StartsWith("PK\u0005\u0006"u8))
        {
            return ZipFormat(file);
        }

        return IsNpy(start) ? WeightFormat.Npy
            : start.StartsWith(Hdf5Signature) ? WeightFormat.Hdf5
            : IsSafetensors(start, file.Length) ? WeightFormat.Safetensors
            : start.Length >= 2 && start[0] == 0x80 && start[1] <= 5 ? WeightFormat.TorchLegacy
            : start.TrimStart(" \t\r\n"u8).StartsWith("{"u8) ? WeightFormat.ShardIndex
            : WeightFormat.Unknown;
    }

    /// <summary>The error for a file that is none of the formats.</summary>
    internal static WeightFileException Unrecognized(string path)
    {
        using MappedFile file = MappedFile.Open(path);
        return new WeightFileException(
            path, null, $"format not recognised: no magic number of safetensors, PyTorch (zip or pickle), NumPy (npy, npz) or HDF5 at the start{LooksLike(file)}");
    }

    /// <summary>Names the files that people pass by mistake; "" when it looks like none of them.</summary>
    internal static string LooksLike(MappedFile file)
    {
        ReadOnlySpan<byte> start = file.Start(LooksBytes);
        return file.Length == 0 ? "; the file is empty"
            : start.Length >= 262 && start[257..].StartsWith("ustar"u8) ? "; it looks like a tar archive, PyTorch's container before 0.1.10, which is not read"
            : LooksLike(start);
    }

    /// <summary>The same, of the first bytes.</summary>
    internal static string LooksLike(ReadOnlySpan<byte> start) =>
        start.StartsWith("version "u8) ? "; it looks like a Git LFS pointer: fetch the real file"
        : start.StartsWith("PK\u0003\u0004"u8) ? "; it looks like a zip archive (PyTorch .pt/.pth or .npz)"
        : start.Length > 1 && start[1..].StartsWith("HDF"u8) ? "; it looks like HDF5 (Keras .h5)"
        : start.StartsWith("GGUF"u8) ? "; it looks like GGUF"
        : start.Length > 1 && start[0] == 0x1f && start[1] == 0x8b ? "; it looks like gzip"
        : start.Length > 1 && start[0] == 0x80 && start[1] <= 5 ? "; it looks like a pickle (PyTorch)"
        : start.Length > 0 && start[0] == '<' ? "; it looks like a web page"
        : start.Length > 0 && start[0] == '{' ? "; it looks like JSON without the length field"
        : "";

    internal static ReadOnlySpan<byte> Hdf5Signature => [0x89, (byte)'H', (byte)'D', (byte)'F', 0x0d, 0x0a, 0x1a, 0x0a];

    private static bool IsNpy(ReadOnlySpan<byte> start) => start.Length >= 6 && start[0] == 0x93 && start[1..].StartsWith("NUMPY"u8);

    private static bool IsSafetensors(ReadOnlySpan<byte> start, long length)
    {
        if (start.Length < 9)
        {
            return false;
        }

        // A header length that fits, then JSON; white space before it is tolerated here and judged by the reader.
        ulong header = BinaryPrimitives.ReadUInt64LittleEndian(start);
        return header <= SafetensorsHeader.MaxBytes && header <= (ulong)(length - 8) && start[8] is (byte)'{' or (byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t';
    }

    /// <summary>An archive with .npy members is npz, unless it has PyTorch's data.pkl; anything else is left to PyTorch's reader to judge.</summary>
    private static WeightFormat ZipFormat(MappedFile file)
    {
        ZipDirectory zip = ZipDirectory.Read(file);
        bool isTorch = zip.Entries.Exists(entry => entry.Name.EndsWith("/data.pkl", StringComparison.Ordinal));
        return !isTorch && zip.Entries.Exists(entry => entry.Name.EndsWith(".npy", StringComparison.Ordinal)) ? WeightFormat.Npz : WeightFormat.TorchZip;
    }
}
