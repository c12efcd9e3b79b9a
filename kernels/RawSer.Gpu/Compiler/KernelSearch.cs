using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Reflection.Metadata;

namespace RawSer.Gpu.Compiler;

/// <summary>
/// All kernels that an assembly can launch, found in its own code. A handle is a static field, often of a generic class
/// (<c>MapKernels&lt;TMap&gt;</c>), and which instantiations there are is told by the calls that lead to it. So the search starts
/// with the classes that hold a device or handles, follows their calls with type arguments filled in, as the compiler does inside
/// a kernel, and takes the handles of every class it meets. Nobody keeps a list, and no kernel can be missing from it.
/// </summary>
[RequiresUnreferencedCode("Reads the IL of the assembly.")]
[RequiresDynamicCode("Reads the IL of generic instantiations.")]
public sealed class KernelSearch
{
    private const BindingFlags Statics = BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;
    private const BindingFlags Everything = Statics | BindingFlags.Instance;

    private readonly Assembly _assembly;
    private readonly HashSet<MethodBase> _met = [];
    private readonly HashSet<Type> _classes = [];
    private readonly Stack<MethodBase> _open = new();
    private readonly Dictionary<string, Kernel> _found = new(StringComparer.Ordinal);

    private KernelSearch(Assembly assembly) => _assembly = assembly;

    /// <summary>The kernels of an assembly, by name.</summary>
    public static IReadOnlyList<Kernel> In(Assembly assembly)
    {
        ArgumentNullException.ThrowIfNull(assembly);
        var search = new KernelSearch(assembly);
        foreach (var type in assembly.GetTypes().Where(t => !t.ContainsGenericParameters && HoldsDevice(t)))
        {
            search.Enter(type);
            foreach (var method in type.GetMethods(Everything).Cast<MethodBase>().Concat(type.GetConstructors(Everything)))
            {
                search.Reach(method);
            }
        }

        while (search._open.TryPop(out var method))
        {
            search.Walk(method);
        }

        return [.. search._found.Values.OrderBy(k => k.Name, StringComparer.Ordinal)];
    }

    private static bool HoldsDevice(Type type) =>
        type.GetFields(Everything).Any(f => f.FieldType.IsAssignableTo(typeof(GpuDevice)) || HoldsKernels(f.FieldType))
        || type.GetMethods(Everything).Any(m => m.GetParameters().Any(p => p.ParameterType.IsAssignableTo(typeof(GpuDevice))));

    private static bool HoldsKernels(Type type) => type.IsAssignableTo(typeof(Kernel)) || type.IsAssignableTo(typeof(IEnumerable<Kernel>));

    private void Walk(MethodBase method)
    {
        if (IlMethod.Read(method) is not { } il)
        {
            return;
        }

        Type? constrained = null;
        foreach (var x in il.Code)
        {
            switch (x.Operand)
            {
                case Type type when x.Code == ILOpCode.Constrained:
                    constrained = type;
                    continue;
                case MethodBase called:
                    Reach(constrained is { IsValueType: true } && called is MethodInfo { IsVirtual: true } or MethodInfo { IsStatic: true, IsAbstract: true }
                        ? ConstrainedCalls.Resolve(constrained!, called)
                        : called);
                    break;
                case FieldInfo { IsStatic: true } field:
                    Enter(field.DeclaringType!);
                    break;
                default:
                    break;
            }

            constrained = null;
        }
    }

    private void Reach(MethodBase method)
    {
        if (method.Module.Assembly == _assembly && !method.ContainsGenericParameters && _met.Add(method))
        {
            Enter(method.DeclaringType!);
            _open.Push(method);
        }
    }

    private void Enter(Type type)
    {
        if (type.Module.Assembly != _assembly || type.ContainsGenericParameters || !_classes.Add(type))
        {
            return;
        }

        if (type.TypeInitializer is { } initializer)
        {
            Reach(initializer);
        }

        foreach (var field in type.GetFields(Statics).Where(f => HoldsKernels(f.FieldType)))
        {
            foreach (var kernel in field.GetValue(null) switch { Kernel one => [one], IEnumerable<Kernel> many => many, _ => [] })
            {
                if (!_found.TryAdd(kernel.Name, kernel) && _found[kernel.Name].Method != kernel.Method)
                {
                    throw new GpuException($"two kernels of {_assembly.GetName().Name} have the name {kernel.Name} in PTX");
                }
            }
        }
    }
}
