using System.Collections.Concurrent;
using System.IO.Compression;
using System.Reflection;
using System.Text;

namespace RawSer.Gpu.Compiler;

/// <summary>
/// Kernels compiled at build time: for each tier (sm_70, sm_80, sm_90) one resource of the assembly, Brotli over the modules one
/// after the other, each behind a line <c>//! name</c>.
/// </summary>
public static class EmbeddedPtx
{
    private const string Mark = "//! ";

    private static readonly ConcurrentDictionary<(Assembly, int), Dictionary<string, string>> Loaded = new();

    /// <summary>Name of the resource of a tier.</summary>
    public static string ResourceName(int tier) => $"kernels.sm_{tier}.ptx.br";

    /// <summary>The module of a kernel, or null when the assembly has none.</summary>
    public static string? Find(Assembly assembly, string name, int tier) => Loaded.GetOrAdd((assembly, tier), Load).GetValueOrDefault(name);

    /// <summary>Names of the kernels that an assembly carries for a tier.</summary>
    public static IReadOnlyCollection<string> Names(Assembly assembly, int tier) => Loaded.GetOrAdd((assembly, tier), Load).Keys;

    /// <summary>Writes the resource of a tier.</summary>
    public static void Write(Stream stream, IEnumerable<CompiledKernel> kernels)
    {
        ArgumentNullException.ThrowIfNull(kernels);
        using var brotli = new BrotliStream(stream, CompressionLevel.SmallestSize, true);
        foreach (var kernel in kernels.OrderBy(k => k.Name, StringComparer.Ordinal))
        {
            brotli.Write(Encoding.UTF8.GetBytes($"{Mark}{kernel.Name}\n{kernel.Ptx}"));
        }
    }

    private static Dictionary<string, string> Load((Assembly Assembly, int Tier) key)
    {
        var result = new Dictionary<string, string>();
        using var stream = key.Assembly.GetManifestResourceStream(ResourceName(key.Tier));
        if (stream is null)
        {
            return result;
        }

        using var reader = new StreamReader(new BrotliStream(stream, CompressionMode.Decompress), Encoding.UTF8);
        foreach (var module in reader.ReadToEnd().Split(Mark, StringSplitOptions.RemoveEmptyEntries))
        {
            var end = module.IndexOf('\n', StringComparison.Ordinal);
            result[module[..end]] = module[(end + 1)..];
        }

        return result;
    }
}
