using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using RawSer.Gpu.Dialect;

namespace RawSer.Gpu.Compiler;

/// <summary>
/// A kernel as the host sees it: made once from a static method, launched with arguments of its types, without allocation or
/// boxing. Each device keeps its own loaded module. The PTX comes from the resources that the build put into the method's
/// assembly, or, where there is none, is compiled at the first launch. A <see cref="SpecializedValue{T}"/> parameter makes one
/// compiled kernel for each value that is launched.
/// </summary>
public abstract class Kernel
{
    private static int _created;

    private readonly int _id = Interlocked.Increment(ref _created) - 1;
    private readonly KernelOptions _options;
    private readonly ParameterSlot[] _specialised;

    private protected Kernel(Delegate method, KernelOptions options, ParameterSlots slots)
    {
        Method = method.Method;
        if (!Method.IsStatic)
        {
            throw new KernelCompileException($"{KernelCompiler.Describe(Method)}: a kernel is a static method, not a lambda or an instance method");
        }

        this._options = options;
        _specialised = [.. slots.All.Where(s => s.IsSpecialised)];
        if (_specialised.Sum(s => s.Size) > 16)
        {
            throw new GpuException($"{KernelCompiler.Describe(Method)} has more than 16 bytes of SpecializedValue parameters.");
        }
    }

    /// <summary>The C# method.</summary>
    public MethodInfo Method { get; }

    /// <summary>Name in PTX, without specialised values.</summary>
    public string Name => KernelCompiler.NameOf(Method, _options.Specialised);

    /// <summary>Whether the kernel is compiled for the values of <see cref="SpecializedValue{T}"/> parameters, which only a launch knows.</summary>
    public bool IsSpecialised => _specialised.Length > 0;

    /// <summary>Compiles the kernel, whatever the assembly carries.</summary>
    /// <param name="targetSm">Compute capability that the code may use, as one number.</param>
    /// <param name="keepIr">Whether <see cref="CompiledKernel.Ir"/> is wanted.</param>
    /// <exception cref="KernelCompileException">The kernel uses what a GPU cannot do.</exception>
    [RequiresUnreferencedCode("Reads the IL of the kernel and of everything it calls.")]
    [RequiresDynamicCode("Reads the IL of generic instantiations.")]
    public CompiledKernel Compile(int targetSm, bool keepIr = false) => KernelCompiler.Compile(Method, _options with { TargetSm = targetSm, KeepIr = keepIr });

    /// <summary>The compiled kernel for each of <see cref="Tiers"/>. Most kernels ask for nothing that the first does not have and are compiled once.</summary>
    [RequiresUnreferencedCode("Reads the IL of the kernel and of everything it calls.")]
    [RequiresDynamicCode("Reads the IL of generic instantiations.")]
    public CompiledKernel[] CompileForTiers()
    {
        var first = Compile(Tiers[0]);
        return [.. Tiers.Select((sm, i) => i == 0 || !first.DependsOnTarget ? first : Compile(sm))];
    }

    /// <summary>The compute capabilities that kernels are compiled for, as numbers.</summary>
    public static IReadOnlyList<int> Tiers { get; } = [70, 80, 90];

    /// <summary>The compute capability that kernels are compiled for on a device: the highest of <see cref="Tiers"/> that it reaches.</summary>
    public static int TierOf(int smVersion) => smVersion >= 90 ? 90 : smVersion >= 80 ? 80 : 70;

    /// <summary>Loads the kernel on a device ahead of its first launch, which must not happen while a graph is captured.</summary>
    /// <exception cref="GpuException">The kernel has <see cref="SpecializedValue{T}"/> parameters, whose values only a launch knows.</exception>
    public void Prepare(GpuDevice device)
    {
        ArgumentNullException.ThrowIfNull(device);
        if (IsSpecialised)
        {
            throw new GpuException($"{Name} is compiled for the values of its SpecializedValue parameters, which the first launch gives.");
        }

        if (device.Bindings.Find(_id, 0) is null)
        {
            Bind(device, 0, []);
        }
    }

    /// <summary>Queues the kernel with its parameters as bytes.</summary>
    private protected void Launch(GpuDevice device, in LaunchShape shape, ReadOnlySpan<byte> parameters)
    {
        ArgumentNullException.ThrowIfNull(device);
        UInt128 key = 0;
        foreach (var slot in _specialised)
        {
            var (offset, size) = (slot.Offset, slot.Size);
            key <<= 8 * size;
            for (var i = 0; i < size; i++)
            {
                key |= (UInt128)parameters[offset + i] << (8 * i);
            }
        }

        var function = device.Bindings.Find(_id, key) ?? Bind(device, key, parameters);
        device.Launch(function, shape, parameters);
    }

    private GpuFunction Bind(GpuDevice device, UInt128 key, ReadOnlySpan<byte> parameters)
    {
        var forDevice = _options with { TargetSm = TierOf(device.Properties.SmVersion), Specialised = SpecialisedValues(parameters) };
        var name = KernelCompiler.NameOf(Method, forDevice.Specialised);
        string ptx;
        if (!_options.DebugBounds && EmbeddedPtx.Find(Method.Module.Assembly, name, forDevice.TargetSm) is { } embedded)
        {
            ptx = embedded;
        }
        else if (KernelCompiler.IsSupported)
        {
            ptx = KernelCompiler.Compile(Method, forDevice).Ptx;
        }
        else
        {
            throw new GpuException($"{name} has no embedded PTX for sm_{forDevice.TargetSm}, and this program is compiled ahead of time and cannot compile kernels; list it among the kernels compiled at build time.");
        }

        var function = device.LoadModule(ptx).GetFunction(name);
        device.Bindings.Add(_id, key, function);
        return function;
    }

    private Dictionary<string, object>? SpecialisedValues(ReadOnlySpan<byte> parameters)
    {
        if (_specialised.Length == 0)
        {
            return _options.Specialised is null ? null : new Dictionary<string, object>(_options.Specialised);
        }

        var values = new Dictionary<string, object>(_options.Specialised ?? new Dictionary<string, object>());
        var names = Method.GetParameters();
        foreach (var slot in _specialised)
        {
            values[names[slot.Index].Name!] = Read(slot.Type.GetGenericArguments()[0], parameters.Slice(slot.Offset, slot.Size));
        }

        return values;
    }

    private static object Read(Type type, ReadOnlySpan<byte> bytes) => Type.GetTypeCode(type) switch
    {
        TypeCode.Boolean => bytes[0] != 0,
        TypeCode.Byte => bytes[0],
        TypeCode.Int16 => MemoryMarshal.Read<short>(bytes),
        TypeCode.Int32 => MemoryMarshal.Read<int>(bytes),
        TypeCode.UInt32 => MemoryMarshal.Read<uint>(bytes),
        TypeCode.Int64 => MemoryMarshal.Read<long>(bytes),
        TypeCode.UInt64 => MemoryMarshal.Read<ulong>(bytes),
        TypeCode.Single => MemoryMarshal.Read<float>(bytes),
        TypeCode.Double => MemoryMarshal.Read<double>(bytes),
        _ => throw new GpuException($"A SpecializedValue of {type.Name} is not possible; use a number."),
    };

    /// <summary>The handle of a kernel of 1 parameter.</summary>
    public static Kernel<T1> Create<T1>(Action<T1> method, KernelOptions? options = null)
        where T1 : unmanaged => new(method, options ?? new KernelOptions());

    /// <summary>The handle of a kernel of 2 parameters.</summary>
    public static Kernel<T1, T2> Create<T1, T2>(Action<T1, T2> method, KernelOptions? options = null)
        where T1 : unmanaged
        where T2 : unmanaged => new(method, options ?? new KernelOptions());

    /// <summary>The handle of a kernel of 3 parameters.</summary>
    public static Kernel<T1, T2, T3> Create<T1, T2, T3>(Action<T1, T2, T3> method, KernelOptions? options = null)
        where T1 : unmanaged
        where T2 : unmanaged
        where T3 : unmanaged => new(method, options ?? new KernelOptions());

    /// <summary>The handle of a kernel of 4 parameters.</summary>
    public static Kernel<T1, T2, T3, T4> Create<T1, T2, T3, T4>(Action<T1, T2, T3, T4> method, KernelOptions? options = null)
        where T1 : unmanaged
        where T2 : unmanaged
        where T3 : unmanaged
        where T4 : unmanaged => new(method, options ?? new KernelOptions());

    /// <summary>The handle of a kernel of 5 parameters.</summary>
    public static Kernel<T1, T2, T3, T4, T5> Create<T1, T2, T3, T4, T5>(Action<T1, T2, T3, T4, T5> method, KernelOptions? options = null)
        where T1 : unmanaged
        where T2 : unmanaged
        where T3 : unmanaged
        where T4 : unmanaged
        where T5 : unmanaged => new(method, options ?? new KernelOptions());

    /// <summary>The handle of a kernel of 6 parameters.</summary>
    public static Kernel<T1, T2, T3, T4, T5, T6> Create<T1, T2, T3, T4, T5, T6>(Action<T1, T2, T3, T4, T5, T6> method, KernelOptions? options = null)
        where T1 : unmanaged
        where T2 : unmanaged
        where T3 : unmanaged
        where T4 : unmanaged
        where T5 : unmanaged
        where T6 : unmanaged => new(method, options ?? new KernelOptions());

    /// <summary>The handle of a kernel of 7 parameters.</summary>
    public static Kernel<T1, T2, T3, T4, T5, T6, T7> Create<T1, T2, T3, T4, T5, T6, T7>(Action<T1, T2, T3, T4, T5, T6, T7> method, KernelOptions? options = null)
        where T1 : unmanaged
        where T2 : unmanaged
        where T3 : unmanaged
        where T4 : unmanaged
        where T5 : unmanaged
        where T6 : unmanaged
        where T7 : unmanaged => new(method, options ?? new KernelOptions());

    /// <summary>The handle of a kernel of 8 parameters.</summary>
    public static Kernel<T1, T2, T3, T4, T5, T6, T7, T8> Create<T1, T2, T3, T4, T5, T6, T7, T8>(Action<T1, T2, T3, T4, T5, T6, T7, T8> method, KernelOptions? options = null)
        where T1 : unmanaged
        where T2 : unmanaged
        where T3 : unmanaged
        where T4 : unmanaged
        where T5 : unmanaged
        where T6 : unmanaged
        where T7 : unmanaged
        where T8 : unmanaged => new(method, options ?? new KernelOptions());
}
