using System.Reflection;
using System.Text.RegularExpressions;
using RawSer.Gpu.Compiler;

namespace RawSer.Gpu.Tests.Compiler;

/// <summary>Compiles methods of a class by name and asks about the text.</summary>
internal static class Ptx
{
    public static CompiledKernel Compile(Type type, string method, KernelOptions? options = null, params Type[] typeArguments)
    {
        var info = type.GetMethod(method, BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly)!;
        return KernelCompiler.Compile(typeArguments.Length > 0 ? info.MakeGenericMethod(typeArguments) : info, options);
    }

    public static int Count(this CompiledKernel kernel, string pattern) => Regex.Count(kernel.Ptx, pattern, RegexOptions.Multiline);

    /// <summary>No generic accesses, no local memory, no calls.</summary>
    public static void AssertClean(CompiledKernel kernel)
    {
        Assert.Multiple(() =>
        {
            Assert.That(kernel.Count(@"\b(ld|st|atom|red)(\.volatile)?\.(b|u|s|f|v)\d"), Is.Zero, "generic accesses");
            Assert.That(kernel.Ptx, Does.Not.Contain(".local"));
            Assert.That(kernel.Ptx, Does.Not.Contain("call"));
            Assert.That(kernel.Diagnostics, Is.Empty);
        });
    }
}
