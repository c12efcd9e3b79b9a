extern alias Optimised;

using System.Reflection;
using RawSer.Gpu.Compiler;
using RawSer.Gpu.Dialect;
using RawSer.Gpu.Tests.Compiler;

namespace RawSer.Gpu.DebugIl.Tests;

/// <summary>
/// Kernels from unoptimised IL beside the same from optimised IL, which is another assembly's: as many instructions, and of each as many. Only conditions
/// may be put together in another way, because unoptimised IL stores a conjunction before it tests it.
/// </summary>
public sealed class SameTextTests
{
    private static readonly Type[] Here = [typeof(BlockTests), typeof(ElementwiseTests), typeof(TensorCoreTests)];

    private static readonly string[] Conditions = ["setp", "selp", "and"];

    private static readonly Assembly Optimised = typeof(Optimised::RawSer.Gpu.Tests.Compiler.BlockTests).Assembly;

    /// <summary>Static methods of a class that are kernels by their parameters.</summary>
    private static IEnumerable<TestCaseData> Kernels() =>
        from type in Here
        from method in type.GetMethods(BindingFlags.Static | BindingFlags.NonPublic | BindingFlags.DeclaredOnly)
        where !method.IsGenericMethod && method.ReturnType == typeof(void) && method.GetParameters() is [{ ParameterType: var first }, ..]
            && first.IsGenericType && first.GetGenericTypeDefinition() == typeof(ArrayView<>) && !method.GetParameters().Any(p => p.ParameterType.IsByRef || p.ParameterType.Name.StartsWith("Specialized", StringComparison.Ordinal))
        select new TestCaseData(type, method.Name).SetArgDisplayNames(type.Name, method.Name);

    [TestCaseSource(nameof(Kernels))]
    public void Unoptimised_kernels_become_the_same_instructions(Type type, string method)
    {
        var debug = Ptx.Compile(type, method).Statistics;
        var release = Ptx.Compile(Optimised.GetType(type.FullName!, throwOnError: true)!, method).Statistics;
        Assert.Multiple(() =>
        {
            Assert.That(Others(debug), Is.EqualTo(Others(release)));
            Assert.That(debug.Instructions, Is.EqualTo(release.Instructions));
        });
    }

    private static Dictionary<string, int> Others(KernelStatistics kernel) => new(kernel.Mix.Where(entry => !Conditions.Contains(entry.Key.Split('.')[0])));
}
