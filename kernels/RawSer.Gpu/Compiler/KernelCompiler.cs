using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;
using RawSer.Gpu.Dialect;

namespace RawSer.Gpu.Compiler;

/// <summary>
/// Compiles a kernel, a static C# method in the dialect, to PTX. The steps stand in <see cref="Compile"/>; each pass explains
/// itself. Reads IL by reflection, so the kernel's assembly must not be trimmed; programs that are compiled ahead of time carry
/// PTX made at build time instead.
/// </summary>
public static class KernelCompiler
{
    private const int MaxUnrollRounds = 12;

    private static int _compilations;

    /// <summary>How many kernels this process has compiled: none, where all that it launches were compiled when it was built.</summary>
    public static int Compilations => Volatile.Read(ref _compilations);

    /// <summary>Whether this program can compile kernels: not when it was itself compiled ahead of time.</summary>
    [FeatureGuard(typeof(RequiresUnreferencedCodeAttribute))]
    [FeatureGuard(typeof(RequiresDynamicCodeAttribute))]
    [UnconditionalSuppressMessage("Trimming", "IL4000", Justification = "Trimming keeps the IL of the methods it keeps; only ahead-of-time compilation drops it.")]
    public static bool IsSupported => RuntimeFeature.IsDynamicCodeSupported;

    /// <summary>Compiles a kernel.</summary>
    /// <param name="method">A static method without open type parameters that returns nothing; its parameters are views, numbers and
    /// structs of these.</param>
    /// <param name="options">What it is compiled for; null for compute capability 7.0.</param>
    /// <exception cref="KernelCompileException">The kernel uses what a GPU cannot do; the message names method, IL offset, source line
    /// and what would be right.</exception>
    [RequiresUnreferencedCode("Reads the IL of the kernel and of everything it calls.")]
    [RequiresDynamicCode("Reads the IL of generic instantiations.")]
    public static CompiledKernel Compile(MethodInfo method, KernelOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(method);
        var start = Stopwatch.GetTimestamp();
        Interlocked.Increment(ref _compilations);
        options = Complete(options ?? new KernelOptions(), method);
        using var f = new IrFunction();
        var frontend = new Frontend(f, options);
        var parameters = Layout(method, frontend);
        frontend.Translate(method);
        Optimise(f, frontend, options);

        var spaces = AddressSpaces.Infer(f, frontend);
        var diagnostics = LocalMemory(f, frontend, options);
        var writer = new PtxWriter(f, frontend, options, spaces);
        var name = NameOf(method, options.Specialised);
        var ptx = writer.Write(name, parameters);
        var statistics = new KernelStatistics
        {
            Instructions = writer.Counter.Total,
            Mix = writer.Counter.Mix,
            EstimatedRegisters = RegisterPressure.Analyse(f, spaces).Max,
            LocalBytes = writer.LocalBytes,
        };
        return new CompiledKernel
        {
            Name = name,
            Ptx = ptx,
            TargetSm = writer.TargetSm,
            PtxVersion = writer.PtxVersion,
            DependsOnTarget = frontend.AskedForTarget || writer.AskedForTarget,
            SharedBytes = writer.SharedBytes,
            ParameterLayout = parameters,
            Statistics = statistics,
            Diagnostics = diagnostics,
            CompileTime = Stopwatch.GetElapsedTime(start),
            Ir = options.KeepIr ? IrPrinter.Print(f) : "",
        };
    }

    /// <summary>The passes, in order.</summary>
    [RequiresUnreferencedCode("Reads IL.")]
    [RequiresDynamicCode("Reads IL.")]
    private static void Optimise(IrFunction f, Frontend frontend, KernelOptions options)
    {
        var traps = options.DebugBounds;
        ControlFlow.ConnectPredecessors(f);
        ControlFlow.Clean(f, traps);
        Simplification.RemoveDead(f);
        Promote(f, traps);
        Simplification.Run(f, traps);
        f.Compact();
        for (var round = 0; round < MaxUnrollRounds && Unrolling.Run(f, frontend); round++)
        {
            ControlFlow.Clean(f, traps);
            Simplification.Run(f, traps);
            Promote(f, traps);
            f.Compact();
        }

        LoopOwners.CheckUnrolled(f, frontend);
        ValueNumbering.Run(f);
        Simplification.Run(f, traps);
        f.Compact();
        LoopRotation.Run(f);
        Simplification.Run(f, traps);
        Addressing.Run(f, frontend);
        Simplification.RemoveDead(f);
        ValueNumbering.Run(f);
        f.Compact();
        LoopInvariants.Run(f);
        IfConversion.Run(f);
        Simplification.Run(f, traps);
        Vectorisation.Run(f, frontend);
        WideProducts.Run(f);
        InductionPointers.Run(f, frontend);
        ValueNumbering.Run(f);
        Simplification.RemoveDead(f);
        Rematerialisation.Run(f, frontend);
        Uniformity.CheckBarriers(f, frontend);
        CriticalEdges.Split(f);
    }

    /// <summary>Slots to values, until no slot is left that can be: the address of one may have lain in another.</summary>
    private static void Promote(IrFunction f, bool traps)
    {
        while (Promotion.Run(f))
        {
            Simplification.Run(f, traps);
        }
    }

    private static KernelOptions Complete(KernelOptions options, MethodInfo method)
    {
        var attribute = method.GetCustomAttribute<KernelAttribute>();
        var threads = options.MaxThreads > 0 ? options.MaxThreads : options.GroupShape is { } shape ? (int)shape.Count : attribute?.MaxThreadsPerGroup ?? 0;
        var blocks = options.MinBlocks > 0 ? options.MinBlocks : attribute?.MinGroupsPerMultiprocessor ?? 0;
        return options with { MaxThreads = threads, MinBlocks = blocks };
    }

    private static List<string> LocalMemory(IrFunction f, Frontend frontend, KernelOptions options)
    {
        var diagnostics = new List<string>();
        var seen = new HashSet<long>();
        foreach (var b in DominatorTree.OrderOf(f))
        {
            foreach (var v in f.Blocks[b].Code)
            {
                foreach (var a in f[v].Args)
                {
                    if (f[a].Op == Op.SlotAddr && seen.Add(f[a].Imm))
                    {
                        var slot = f.Slots[(int)f[a].Imm];
                        var message = $"{frontend.Describe(slot.Source)}: {slot.Name} ({slot.Size} bytes) is in local memory, as {frontend.Describe(f[v].Source)} indexes it by a variable; unroll the loop ([Unroll]) or use shared memory";
                        if (options.ForbidLocalMemory)
                        {
                            throw new KernelCompileException(message);
                        }

                        diagnostics.Add(message);
                    }
                }
            }
        }

        return diagnostics;
    }

    [RequiresUnreferencedCode("Reads the fields of structs.")]
    [RequiresDynamicCode("Reads IL.")]
    private static List<KernelParameter> Layout(MethodInfo method, Frontend frontend)
    {
        var result = new List<KernelParameter>();
        var at = 0;
        foreach (var parameter in method.GetParameters())
        {
            if (parameter.ParameterType.IsByRef || parameter.ParameterType.IsPointer)
            {
                throw new KernelCompileException($"{Describe(method)}: parameter {parameter.Name} is a reference; pass an ArrayView");
            }

            if (TypeLayout.AutomaticIn(parameter.ParameterType) is { } automatic)
            {
                throw new KernelCompileException(
                    $"{Describe(method)}: parameter {parameter.Name}: the fields of {automatic.Name} lie where .NET puts them, which a kernel does not know; use a struct with [StructLayout(LayoutKind.Sequential)]");
            }

            TypeLayout layout;
            try
            {
                layout = TypeLayout.Of(parameter.ParameterType);
            }
            catch (NotSupportedException e)
            {
                throw new KernelCompileException($"{Describe(method)}: parameter {parameter.Name}: {e.Message}", e);
            }

            var scalar = TypeLayout.Primitive(parameter.ParameterType) is { } mem ? PtxWriter.TypeName(mem) : "";
            at = (at + layout.Align - 1) / layout.Align * layout.Align;
            result.Add(new KernelParameter(parameter.Name ?? $"p{result.Count}", at, layout.Size, layout.Align, scalar));
            at += layout.Size;
        }

        return result;
    }

    /// <summary>A method as error messages name it.</summary>
    internal static string Describe(MethodBase method) => $"{method.DeclaringType?.Name}.{method.Name}";

    /// <summary>The name of a kernel's entry: readable, stable, and different for different instantiations.</summary>
    public static string NameOf(MethodInfo method, IReadOnlyDictionary<string, object>? specialised = null)
    {
        ArgumentNullException.ThrowIfNull(method);
        var text = new StringBuilder();
        Append(text, method.DeclaringType!);
        text.Append('_').Append(method.Name);
        if (method.IsGenericMethod)
        {
            foreach (var argument in method.GetGenericArguments())
            {
                text.Append('_');
                Append(text, argument);
            }
        }

        foreach (var (key, value) in (specialised ?? new Dictionary<string, object>()).OrderBy(s => s.Key, StringComparer.Ordinal))
        {
            text.Append("__").Append(key).Append('_').Append(Convert.ToString(value, System.Globalization.CultureInfo.InvariantCulture));
        }

        for (var i = 0; i < text.Length; i++)
        {
            if (!char.IsAsciiLetterOrDigit(text[i]))
            {
                text[i] = text[i] == '-' ? 'm' : '_';
            }
        }

        return text.ToString();

        static void Append(StringBuilder text, Type type)
        {
            if (type.DeclaringType is { } outer && !type.IsGenericParameter)
            {
                text.Append(outer.Name.Split('`')[0]).Append('_');
            }

            text.Append(type.Name.Split('`')[0]);
            foreach (var argument in type.GetGenericArguments())
            {
                text.Append('_');
                Append(text, argument);
            }
        }
    }
}
