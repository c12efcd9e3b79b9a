using System.Text;

namespace RawSer.Gpu.Driver;

/// <summary>A module loaded into a CUDA device.</summary>
public sealed unsafe class CudaModule : GpuModule
{
    private readonly Dictionary<string, CudaFunction> _functions = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _entries;
    private readonly CudaContext _context;
    private nint _module;

    internal CudaModule(CudaContext context, nint module, string ptx, string log)
    {
        (_context, _module, Log) = (context, module, log);
        _entries = PtxEntries.ParameterBytes(ptx);
    }

    /// <summary>What the assembler said: registers, spills, warnings. Empty for a module from the disk cache.</summary>
    public string Log { get; }

    /// <inheritdoc/>
    public override CudaFunction GetFunction(string name)
    {
        ObjectDisposedException.ThrowIf(_module == 0, this);
        if (_functions.TryGetValue(name, out CudaFunction? known))
        {
            return known;
        }

        if (!_entries.TryGetValue(name, out int parameterBytes))
        {
            throw new GpuException($"{_context.Name}: the module has no kernel '{name}'; it has {string.Join(", ", _entries.Keys.Order(StringComparer.Ordinal))}");
        }

        _context.Enter();
        nint function;
        fixed (byte* text = Encoding.UTF8.GetBytes(name + '\0'))
        {
            _context.Check(_context.Api.ModuleGetFunction(&function, _module, text), "cuModuleGetFunction");
        }

        return _functions[name] = new CudaFunction(_context, function, name, parameterBytes);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (_module != 0 && !_context.IsLost)
        {
            _context.Enter();
            _ = _context.Api.ModuleUnload(_module);
        }

        _module = 0;
    }
}

/// <summary>A kernel loaded into a CUDA device.</summary>
public sealed class CudaFunction : GpuFunction
{
    private int _allowedDynamicBytes;

    internal CudaFunction(CudaContext context, nint handle, string name, int parameterBytes)
    {
        (Context, Handle, Name, ParameterBytes) = (context, handle, name, parameterBytes);
        StaticSharedBytes = context.FunctionAttribute(handle, CudaAttribute.FunctionSharedBytes);
        MaxThreadsPerBlock = context.FunctionAttribute(handle, CudaAttribute.FunctionMaxThreadsPerBlock);
        Registers = context.FunctionAttribute(handle, CudaAttribute.FunctionRegisters);
        LocalBytes = context.FunctionAttribute(handle, CudaAttribute.FunctionLocalBytes);
    }

    /// <inheritdoc/>
    public override string Name { get; }

    /// <inheritdoc/>
    public override int ParameterBytes { get; }

    /// <inheritdoc/>
    public override int StaticSharedBytes { get; }

    /// <inheritdoc/>
    public override int MaxThreadsPerBlock { get; }

    /// <summary>Registers of a thread.</summary>
    public int Registers { get; }

    /// <summary>Bytes of local memory of a thread: spilled registers and arrays that are indexed at run time.</summary>
    public int LocalBytes { get; }

    internal CudaContext Context { get; }

    internal nint Handle { get; }

    /// <summary>Asks once for more dynamic shared memory than 48 KB: the driver may wait for the device in that call.</summary>
    internal void AllowDynamicShared(int bytes, int withoutAsking)
    {
        if (bytes + StaticSharedBytes > withoutAsking && bytes > _allowedDynamicBytes)
        {
            Context.SetFunctionAttribute(Handle, CudaAttribute.FunctionMaxDynamicSharedBytes, bytes);
            _allowedDynamicBytes = bytes;
        }
    }
}
