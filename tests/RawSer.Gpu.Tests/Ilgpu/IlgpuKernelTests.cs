using System.Reflection;
using System.Reflection.Metadata;
using RawSer.Gpu.Compiler;
using RawSer.Gpu.Dialect;
using RawSer.Kernels;

namespace RawSer.Gpu.Tests.Ilgpu;

/// <summary>What C# accepts and ILGPU 1.5.3 refuses when it loads a kernel, for all kernels of RawSer.Kernels.</summary>
public sealed class IlgpuKernelTests
{
    /// <summary>What its front end maps, as far as kernels here use it; another method is read from its IL, which is the base library's own affair.</summary>
    private static readonly string[] Mapped =
    [
        "Math.Abs", "Math.Min", "Math.Max", "Math.Sqrt", "Math.Floor", "Math.Ceiling", "MathF.Abs", "MathF.Min", "MathF.Max", "MathF.Sqrt", "MathF.Floor",
        "MathF.Ceiling", "Single.IsNaN", "Single.IsInfinity", "Single.IsFinite", "Double.IsNaN", "Double.IsInfinity", "Double.IsFinite",
        "BitConverter.SingleToInt32Bits", "BitConverter.Int32BitsToSingle", "BitConverter.DoubleToInt64Bits", "BitConverter.Int64BitsToDouble",
        "BitOperations.PopCount", "BitOperations.LeadingZeroCount", "BitOperations.TrailingZeroCount", "Unsafe.As",
        "MathF.FusedMultiplyAdd", // Simd1.Fma has another body in that build
    ];

    private static readonly IReadOnlyList<Kernel> Kernels = KernelSearch.In(typeof(CudaBackend).Assembly);

    [Test]
    public void The_kernels_call_nothing_of_the_base_library_that_ILGPU_does_not_map()
    {
        var calls = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (Kernel kernel in Kernels)
        {
            Follow(kernel.Method, calls);
        }

        Assert.That(calls.Keys, Does.Contain("MathF.Sqrt"));
        Assert.That(calls.Where(call => !Mapped.Contains(call.Key)).Select(call => $"{call.Key} in {call.Value}"), Is.Empty);
    }

    /// <summary>Its launchers keep the arguments in types of an assembly that sees what is internal here, and nothing private.</summary>
    [Test]
    public void The_types_of_the_kernels_parameters_are_visible() =>
        Assert.That(Types().Where(use => !IsVisible(use.Type)).Select(use => $"{use.Type} of {use.Kernel}").Distinct(), Is.Empty);

    /// <summary>Parameters have to be of types without conversion.</summary>
    [Test]
    public void No_parameter_of_a_kernel_holds_a_bool_or_a_char() =>
        Assert.That(Types().Where(use => use.Type == typeof(bool) || use.Type == typeof(char)).Select(use => use.Kernel).Distinct(), Is.Empty);

    /// <summary>The types of all parameters with those of their fields and type arguments.</summary>
    private static IEnumerable<(Type Type, string Kernel)> Types()
    {
        foreach (Kernel kernel in Kernels)
        {
            var met = new HashSet<Type>();
            var open = new Stack<Type>(kernel.Method.GetParameters().Select(parameter => parameter.ParameterType));
            while (open.TryPop(out Type? type))
            {
                if (met.Add(type))
                {
                    yield return (type, kernel.Name);
                    IEnumerable<Type> inside = type.GetGenericArguments();
                    if (type is { IsValueType: true, IsPrimitive: false, IsEnum: false })
                    {
                        inside = inside.Concat(type.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic).Select(field => field.FieldType));
                    }

                    foreach (Type other in inside.Where(other => !other.IsPointer))
                    {
                        open.Push(other);
                    }
                }
            }
        }
    }

    private static bool IsVisible(Type type) =>
        type.IsNested ? (type.IsNestedPublic || type.IsNestedAssembly || type.IsNestedFamORAssem) && IsVisible(type.DeclaringType!) : true;

    /// <summary>Follows the calls of a kernel on closed types; what the dialect means is ILGPU's own affair.</summary>
    private static void Follow(MethodBase kernel, SortedDictionary<string, string> calls)
    {
        var met = new HashSet<MethodBase> { kernel };
        var open = new Stack<MethodBase>([kernel]);
        while (open.TryPop(out MethodBase? method))
        {
            Type? constrained = null;
            foreach (IlInstruction x in IlMethod.Read(method)?.Code ?? [])
            {
                if (x.Code == ILOpCode.Constrained)
                {
                    constrained = (Type)x.Operand!;
                    continue;
                }

                if (x.Operand is MethodBase called)
                {
                    MethodBase target = constrained is null ? called : ConstrainedCalls.Resolve(constrained, called);
                    Type owner = target.DeclaringType!;
                    if (owner.Assembly != typeof(Group).Assembly && owner.Assembly != typeof(CudaBackend).Assembly)
                    {
                        calls.TryAdd($"{owner.Name}.{target.Name}", $"{method.DeclaringType!.Name}.{method.Name}");
                    }
                    else if (owner.Namespace != typeof(Group).Namespace && met.Add(target))
                    {
                        open.Push(target);
                    }
                }

                constrained = null;
            }
        }
    }
}
