using System.Runtime.InteropServices;
using System.Text;
using RawSer.CommandLine;
using RawSer.Weights;

namespace RawSer.Cli.Commands;

/// <summary>Files of numbers that verbs write by <c>--out</c>; the suffix decides the format.</summary>
internal static class ArrayFile
{
    /// <summary>Refuses a name of no known format, and a place where no file can be, before the work whose result it is for.</summary>
    public static void CheckTarget(string path, IReadOnlyList<string> suffixes)
    {
        if (!suffixes.Contains(Path.GetExtension(path), StringComparer.OrdinalIgnoreCase))
        {
            throw CommandFailure.OfUsage($"--out {path}: expected a name that ends with {string.Join(", ", suffixes)}");
        }

        try
        {
            FileReplacement.CheckTarget(path);
        }
        catch (IOException e)
        {
            throw CommandFailure.OfData($"--out {path}: {e.Message}");
        }
    }

    /// <summary>Writes a file as a whole.</summary>
    public static void Write(string path, Action<Stream> write)
    {
        try
        {
            FileReplacement.Write(path, write);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw CommandFailure.OfData($"--out {path}: cannot be written: {e.Message}");
        }
    }

    /// <summary>
    /// Writes an array in NumPy's format, version 1.0: magic, length of the header, a Python literal padded with spaces to a multiple of 64 bytes, the values.
    /// What its rows are stands beside it in <c>PATH.clips.json</c>.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="shape">Extents of the array.</param>
    /// <param name="parts">Its values in row-major order.</param>
    /// <param name="clips">The clips, as JSON.</param>
    public static void WriteNpy(string path, int[] shape, IEnumerable<float[]> parts, string clips)
    {
        Write(path, stream =>
        {
            const int Fixed = 10, Alignment = 64;
            string header = $"{{'descr': '<f4', 'fortran_order': False, 'shape': ({string.Join(", ", shape)}), }}";
            int padded = ((Fixed + header.Length + 1 + Alignment - 1) / Alignment * Alignment) - Fixed;
            stream.Write([0x93, .. "NUMPY"u8, 1, 0, (byte)padded, (byte)(padded >> 8)]);
            stream.Write(Encoding.ASCII.GetBytes(header.PadRight(padded - 1) + "\n"));
            foreach (float[] part in parts)
            {
                stream.Write(MemoryMarshal.AsBytes(part.AsSpan()));
            }
        });
        Write($"{path}.clips.json", stream => stream.Write(Encoding.UTF8.GetBytes(clips)));
    }
}
