using System.Collections.Concurrent;
using System.IO.Compression;
using System.Reflection;
using System.Text;

namespace RawSer.Gpu.Compiler;

/// <summary>
/// Kernels compiled at build time. Two kinds of resources, Brotli over the modules one after the other, each behind a line
/// <c>//! name</c>: one of the kernels that are the same for every tier, and one for each tier (sm_70, sm_80, sm_90) of those that are
/// not. An assembly cannot carry its own, because they are made from it; one that is built after it does.
/// </summary>
public static class EmbeddedPtx
{
    /// <summary>The number that stands for all tiers in names of resources.</summary>
    public const int EveryTier = 0;

    private const string Mark = "//! ";

    private static readonly ConcurrentDictionary<Assembly, Assembly> Carriers = new();

    /// <summary>Says which assembly carries the kernels of another.</summary>
    public static void Carry(Assembly kernels, Assembly carrier) => Carriers[kernels] = carrier;

    /// <summary>Name of the resource of a tier.</summary>
    public static string ResourceName(int tier) => tier == EveryTier ? "kernels.ptx.br" : $"kernels.sm_{tier}.ptx.br";

    /// <summary>The module of a kernel of an assembly, or null when nobody carries it.</summary>
    public static string? Find(Assembly kernels, string name, int tier) => Of(kernels, tier).GetValueOrDefault(name) ?? Of(kernels, EveryTier).GetValueOrDefault(name);

    /// <summary>Names of the kernels of an assembly that are carried for a tier.</summary>
    public static IReadOnlyCollection<string> Names(Assembly kernels, int tier) => [.. Of(kernels, tier).Keys, .. Of(kernels, EveryTier).Keys];

    /// <summary>Writes the resource of a tier.</summary>
    public static void Write(Stream stream, IEnumerable<CompiledKernel> kernels)
    {
        ArgumentNullException.ThrowIfNull(kernels);
        using var brotli = new BrotliStream(stream, CompressionLevel.Optimal, true);
        foreach (var kernel in kernels.OrderBy(k => k.Name, StringComparer.Ordinal))
        {
            brotli.Write(Encoding.UTF8.GetBytes($"{Mark}{kernel.Name}\n{kernel.Ptx}"));
        }
    }

    private static Dictionary<string, string> Of(Assembly kernels, int tier) => Modules.Loaded.GetOrAdd((Carriers.GetValueOrDefault(kernels, kernels), tier), Load);

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

    /// <summary>What was read, made when a kernel is looked for: every program says who carries kernels, and few have a GPU.</summary>
    private static class Modules
    {
        public static readonly ConcurrentDictionary<(Assembly, int), Dictionary<string, string>> Loaded = new();
    }
}
