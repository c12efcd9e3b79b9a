namespace RawSer.Architecture.Tests;

/// <summary>The dependency rule: an assembly may use those that stand before it, the base library, and the packages listed for it.</summary>
internal static class Layers
{
    /// <summary>Lowest first.</summary>
    public static readonly string[] Order =
        ["RawSer.Gpu", "RawSer.Kernels", "RawSer.Engine", "rawser-weights", "RawSer.Audio", "RawSer.Models", "RawSer.Recipes", "rawser"];

    /// <summary>Run while others are built, which reference them without their assemblies; they are part of no program.</summary>
    public static readonly string[] BuildTools = ["RawSer.Gpu.Analyzers", "RawSer.Kernels.Ptx"];

    private static readonly string[] LibraryPackages = ["System.Numerics.Tensors"];

    private static readonly string[] CommandLinePackages = ["System.Numerics.Tensors", "System.CommandLine", "Spectre.Console"];

    /// <summary>One line for each reference of <paramref name="assembly"/> that the rule forbids.</summary>
    public static IEnumerable<string> Violations(string assembly, IEnumerable<string> references, Func<string, bool> isBaseLibrary)
    {
        int layer = Array.IndexOf(Order, assembly);
        if (layer < 0)
        {
            yield return $"{assembly}: not in the layer order ({string.Join(" <- ", Order)})";
            yield break;
        }

        string[] packages = assembly is "rawser" or "rawser-weights" ? CommandLinePackages : LibraryPackages;
        foreach (string reference in references)
        {
            int other = Array.IndexOf(Order, reference);
            if (other >= layer)
            {
                yield return $"{assembly} references {reference}, which stands above it";
            }
            else if (other < 0 && !packages.Contains(reference) && !isBaseLibrary(reference))
            {
                yield return $"{assembly} references {reference}; allowed packages: {string.Join(", ", packages)}";
            }
        }
    }
}
