using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace RawSer.Gpu.Compiler;

/// <summary>An entry of the evaluation stack: the leaves of a value, or something that exists while compiling only (a type token, a
/// string, a boxed value). The address of a field is known as one: a field is aligned as its parts are, an element to its size.</summary>
internal readonly record struct Operand(Type Type, int[] Values, object? Token = null, bool IsField = false)
{
    public int Value => Values[0];
}

/// <summary>
/// IL to IR, with every call inlined on the way, so that no pointer ever crosses a call. Locals and arguments that are written
/// become slots of memory, which <see cref="Promotion"/> turns into values; a value that stays on the evaluation stack over a
/// branch passes through a slot too, which settles all merges. Branches on constants are followed one way only, so a generic
/// method is translated for its type arguments. What cannot run on a GPU becomes an <see cref="Op.Unsupported"/> instruction, an
/// error only if it is still there after optimisation.
/// </summary>
[RequiresUnreferencedCode("Reads IL.")]
[RequiresDynamicCode("Reads IL.")]
internal sealed partial class Frontend(IrFunction f, KernelOptions options)
{
    private const int MaxDepth = 64;

    private readonly List<Frame> _frames = []; // in the order of their numbers
    private Block? _current;

    /// <summary>One inlined call. Its instructions have successive source numbers.</summary>
    /// <param name="il">The body.</param>
    /// <param name="caller">The call that it is made from; null for the kernel.</param>
    /// <param name="callSource">The source number of the call.</param>
    /// <param name="firstSource">The source number of the body's first instruction.</param>
    internal sealed class Frame(IlMethod il, Frame? caller, int callSource, int firstSource)
    {
        public readonly IlMethod Il = il;
        public readonly Frame? Caller = caller;
        public readonly int CallSource = callSource;
        public readonly int FirstSource = firstSource;
        public readonly int Depth = caller is null ? 0 : caller.Depth + 1;
        public readonly int[] ArgumentSlots = il.Arguments.Length > 0 ? new int[il.Arguments.Length] : [];
        public readonly int[] LocalSlots = il.Locals.Length > 0 ? new int[il.Locals.Length] : [];
        public readonly Operand[] KnownLocals = il.Locals.Length > 0 ? new Operand[il.Locals.Length] : []; // constants, and what exists while compiling only
        public readonly Incoming[] Blocks = il.IsStraight ? [] : new Incoming[il.BlockStarts.Length];
        public readonly List<Operand> Stack = [];
        public Operand[] Arguments = [];
        public Operand Result;
        public Block? Exit;
        public int ResultSlot = -1;
    }

    /// <summary>A block of a body that a branch leads to.</summary>
    internal struct Incoming
    {
        public Block? Block;
        public Operand[]? Stack; // the entries of the evaluation stack, as the first branch left them
        public int[]? Slots;     // of each entry: the slot in which it is handed over, or -1
        public bool IsPending;   // it is to be translated
    }

    /// <summary>Whether the kernel reads its target's compute capability.</summary>
    public bool AskedForTarget { get; private set; }

    /// <summary>The call of an instruction: two instructions of one inlined body share it.</summary>
    public Frame? FrameOf(int source)
    {
        if (source < 0)
        {
            return null;
        }

        var (first, last) = (0, _frames.Count - 1);
        while (first < last)
        {
            var middle = (first + last + 1) / 2;
            (first, last) = _frames[middle].FirstSource <= source ? (middle, last) : (first, middle - 1);
        }

        return _frames[first];
    }

    /// <summary>The IL offset of an instruction in its method.</summary>
    public int OffsetOf(int source) => FrameOf(source) is { } frame ? frame.Il.Code[source - frame.FirstSource].Offset : 0;

    /// <summary>Method, IL offset, source line and the calls that led there.</summary>
    public string Describe(int source)
    {
        if (FrameOf(source) is not { } frame)
        {
            return "kernel";
        }

        var offset = OffsetOf(source);
        var text = $"{KernelCompiler.Describe(frame.Il.Method)} IL_{offset:x4}{Line(frame.Il.Method, offset)}";
        for (var at = frame; at.Caller is { } caller; at = caller)
        {
            text += $", called by {KernelCompiler.Describe(caller.Il.Method)}{Line(caller.Il.Method, OffsetOf(at.CallSource))}";
        }

        return text;

        static string Line(MethodBase method, int offset) => SourceMap.Find(method, offset) is { } line ? $" ({line})" : "";
    }

    /// <summary>"File.cs:12" of an instruction.</summary>
    public string? LineOf(int source) => FrameOf(source) is { } frame ? SourceMap.Find(frame.Il.Method, OffsetOf(source)) : null;

    public KernelCompileException Error(int source, string what, Exception? inner = null) => new($"{Describe(source)}: {what}", inner);

    /// <summary>Translates a kernel; its parameters are read from parameter space.</summary>
    public void Translate(MethodInfo kernel)
    {
        var il = IlMethod.Read(kernel) ?? throw new KernelCompileException($"{KernelCompiler.Describe(kernel)}: has no body");
        if (!kernel.IsStatic || kernel.ReturnType != typeof(void) || kernel.ContainsGenericParameters)
        {
            throw new KernelCompileException($"{KernelCompiler.Describe(kernel)}: a kernel is a static method without open type parameters that returns nothing");
        }

        var frame = NewFrame(il, null, -1);
        f.Source = frame.FirstSource;
        _current = f.NewBlock();
        f.At = _current.Code;
        var parameters = kernel.GetParameters();
        frame.Arguments = new Operand[parameters.Length];
        for (var i = 0; i < parameters.Length; i++)
        {
            frame.Arguments[i] = Parameter(parameters[i], i);
        }

        TranslateBody(frame);
        if (_current is not null)
        {
            _current.Term = Term.Return;
        }
    }

    private Frame NewFrame(IlMethod il, Frame? caller, int callSource)
    {
        var frame = new Frame(il, caller, callSource, _frames.Count > 0 ? _frames[^1].FirstSource + _frames[^1].Il.Code.Length : 0);
        _frames.Add(frame);
        return frame;
    }

    private Operand Parameter(ParameterInfo parameter, int index)
    {
        var type = parameter.ParameterType;
        if (type.IsByRef || type.IsPointer)
        {
            throw Error(0, $"parameter {parameter.Name} is a reference; pass an ArrayView");
        }

        TypeLayout layout;
        try
        {
            layout = TypeLayout.Of(type);
        }
        catch (NotSupportedException e)
        {
            throw Error(0, $"parameter {parameter.Name}: {e.Message}", e);
        }

        if (options.Specialised is { } specialised && parameter.Name is { } name && specialised.TryGetValue(name, out var value))
        {
            var inner = type.IsGenericType && layout.Leaves.Length == 1 ? type.GetGenericArguments()[0] : type;
            return new Operand(type, ConstantOf(inner, value));
        }

        var values = new int[layout.Leaves.Length];
        for (var i = 0; i < values.Length; i++)
        {
            var leaf = layout.Leaves[i];
            f.Parameters.Add(new ParameterLeaf(index, leaf.Offset, leaf.Mem, leaf.PointeeAlign));
            values[i] = f.Intern(Op.Param, IrFunction.RegisterOf(leaf.Mem), f.Parameters.Count - 1, leaf.Mem);
        }

        return new Operand(type, values);
    }

    /// <summary>The leaves of a boxed value as constants.</summary>
    private int[] ConstantOf(Type type, object value)
    {
        var layout = TypeLayout.Of(type);
        if (value.GetType() != type && !(type.IsEnum && value.GetType() == type.GetEnumUnderlyingType()))
        {
            throw Error(f.Source, $"a constant of type {value.GetType().Name} is given for a {type.Name}");
        }

        if (TypeLayout.AutomaticIn(type) is { } automatic)
        {
            throw Error(f.Source, $"the fields of a static {automatic.Name} lie where .NET puts them, which a kernel does not know");
        }

        ref var data = ref Unsafe.As<RawData>(value).First;
        var values = new int[layout.Leaves.Length];
        for (var i = 0; i < values.Length; i++)
        {
            ref var at = ref Unsafe.Add(ref data, layout.Leaves[i].Offset);
            values[i] = layout.Leaves[i].Mem switch
            {
                Mem.I8 => f.Int((sbyte)at),
                Mem.U8 => f.Int(at),
                Mem.I16 => f.Int(Unsafe.ReadUnaligned<short>(ref at)),
                Mem.U16 => f.Int(Unsafe.ReadUnaligned<ushort>(ref at)),
                Mem.I32 => f.Int(Unsafe.ReadUnaligned<int>(ref at)),
                Mem.F32 => f.Const(Ty.F32, Unsafe.ReadUnaligned<int>(ref at)),
                Mem.F64 => f.Const(Ty.F64, Unsafe.ReadUnaligned<long>(ref at)),
                Mem.I64 => f.Long(Unsafe.ReadUnaligned<long>(ref at)),
                Mem.Ptr when Unsafe.ReadUnaligned<nint>(ref at) == 0 => f.Const(Ty.Ptr, 0),
                _ => throw Error(f.Source, $"a static {type.Name} holds a pointer"),
            };
        }

        return values;
    }

    private sealed class RawData
    {
        public byte First;
    }
}
