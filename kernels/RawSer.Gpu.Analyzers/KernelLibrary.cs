using System.Collections.Generic;
using Microsoft.CodeAnalysis;

namespace RawSer.Gpu.Analyzers;

/// <summary>The base library as kernels see it: what the compiler replaces by instructions or inlines from its IL.</summary>
internal static class KernelLibrary
{
    /// <summary>Types of value arithmetic; other types of the base library are the host's.</summary>
    private static readonly HashSet<string> Types =
    [
        "System.Math", "System.MathF", "System.BitConverter", "System.Numerics.BitOperations", "System.Runtime.CompilerServices.Unsafe",
        "System.Runtime.CompilerServices.RuntimeHelpers", "System.Threading.Volatile", "System.Diagnostics.Debug", "System.ValueTuple", "System.Boolean",
        "System.Char", "System.SByte", "System.Byte", "System.Int16", "System.UInt16", "System.Int32", "System.UInt32", "System.Int64", "System.UInt64",
        "System.IntPtr", "System.UIntPtr", "System.Single", "System.Double", "System.Half", "System.Nullable", "System.Type",
    ];

    /// <summary>Functions that are no instruction, and what to use.</summary>
    private static readonly Dictionary<string, string> Replacements = new()
    {
        ["Exp"] = "MathX.Exp",
        ["Exp2"] = "MathX.Exp2",
        ["Log"] = "MathX.Log",
        ["Log2"] = "MathX.Log2",
        ["LogP1"] = "MathX.Log1p",
        ["Pow"] = "MathX.Pow",
        ["Sin"] = "MathX.Sin",
        ["Cos"] = "MathX.Cos",
        ["SinCos"] = "MathX.Sin and MathX.Cos",
        ["Tanh"] = "MathX.Tanh",
        ["RootN"] = "MathX.Pow",
        ["Log10"] = "MathX.Log times 1 / ln 10",
        ["Log10P1"] = "MathX.Log1p times 1 / ln 10",
        ["Log2P1"] = "MathX.Log1p times 1 / ln 2",
        ["Exp10"] = "MathX.Exp of x times ln 10",
        ["ExpM1"] = "",
        ["Cbrt"] = "MathX.Pow",
        ["Hypot"] = "MathX.Sqrt",
        ["Tan"] = "MathX.Sin / MathX.Cos",
        ["Sinh"] = "MathX.Exp",
        ["Cosh"] = "MathX.Exp",
        ["Asin"] = "",
        ["Acos"] = "",
        ["Atan"] = "",
        ["Atan2"] = "",
        ["Asinh"] = "MathX.Log",
        ["Acosh"] = "MathX.Log",
        ["Atanh"] = "MathX.Log1p",
        ["IEEERemainder"] = "",
        ["Parse"] = "",
        ["TryParse"] = "",
        ["ToString"] = "",
    };

    /// <summary>Whether a kernel may call a method that stands in no source of the compilation; else why not.</summary>
    public static bool Allows(IMethodSymbol method, out string hint)
    {
        hint = "";
        if (!IsBaseLibrary(method.ContainingAssembly))
        {
            return true; // inlined from its IL; what it may contain, the compiler checks
        }

        INamedTypeSymbol type = method.ContainingType.OriginalDefinition;
        string name = type.SpecialType == SpecialType.System_Nullable_T ? "System.Nullable" : $"{type.ContainingNamespace.ToDisplayString()}.{type.Name}";
        if (!Types.Contains(name))
        {
            return false;
        }

        bool isMath = name is "System.Math" or "System.MathF" or "System.Single" or "System.Double" or "System.Half";
        if (!Replacements.TryGetValue(method.Name, out string? replacement) || (!isMath && replacement.Length > 0))
        {
            return true;
        }

        hint = replacement.Length > 0 ? $"; use {replacement}" : "";
        return false;
    }

    private static bool IsBaseLibrary(IAssemblySymbol? assembly) =>
        assembly is not null && (assembly.Name.StartsWith("System", System.StringComparison.Ordinal) || assembly.Name is "mscorlib" or "netstandard" or "Microsoft.CSharp");
}
