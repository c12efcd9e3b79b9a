namespace RawSer.Gpu.Emulator;

/// <summary>
/// A kernel with all functions it may call, decoded for its own layout of shared memory.
/// </summary>
internal sealed class KernelCode
{
    private readonly Dictionary<PtxVariable, int> _shared = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<string, CodeFunction> _functions = new(StringComparer.Ordinal);

    public KernelCode(ModuleImage image, PtxFunction kernel)
    {
        Image = image;
        Source = kernel;
        LayOutParameters();
        HashSet<PtxFunction> reachable = Reachable();
        LayOutShared(reachable);
        Entry = Function(kernel.Name);
        foreach (PtxFunction function in reachable)
        {
            Function(function.Name);
        }

        foreach (CodeFunction function in _functions.Values)
        {
            foreach (Op op in function.Ops)
            {
                bool touchesGlobal = op.Space is StateSpace.Global or StateSpace.Generic;
                HasGlobalAtomics |= touchesGlobal && (op.Kind == OpKind.Atomic || (op.Flags & AccessFlags.Strong) != 0);
                HasReadOnlyLoads |= (op.Flags & AccessFlags.ReadOnly) != 0;
            }
        }
    }

    public ModuleImage Image { get; }

    public PtxFunction Source { get; }

    public CodeFunction Entry { get; }

    public Dictionary<PtxVariable, int> ParameterOffsets { get; } = new(ReferenceEqualityComparer.Instance);

    public int ParameterBytes { get; private set; }

    public int StaticSharedBytes { get; private set; }

    /// <summary>Where dynamic shared memory begins.</summary>
    public int DynamicSharedOffset { get; private set; }

    public bool UsesDynamicShared { get; private set; }

    /// <summary>Blocks may depend on each other's order: they must run one after another to be deterministic.</summary>
    public bool HasGlobalAtomics { get; }

    public bool HasReadOnlyLoads { get; }

    /// <summary>Offset of a shared variable.</summary>
    public int SharedOffset(PtxVariable variable, int line) => _shared.TryGetValue(variable, out int offset)
        ? offset
        : throw new PtxException($"PTX line {line}: shared variable '{variable.Name}' has no place in kernel '{Source.Name}'");

    /// <summary>A function, decoded when first asked for.</summary>
    public CodeFunction Function(string name)
    {
        if (!_functions.TryGetValue(name, out CodeFunction? code))
        {
            PtxFunction source = Image.Source.Functions[name];
            if (!source.IsDefined)
            {
                throw new PtxException($"PTX: function '{name}' is declared but not defined");
            }

            code = new CodeFunction { Source = source };
            _functions.Add(name, code);
            new Decoder(this, code).Decode();
        }

        return code;
    }

    private void LayOutParameters()
    {
        int at = 0;
        foreach (PtxVariable parameter in Source.Parameters)
        {
            at = Align(at, parameter.Alignment);
            ParameterOffsets.Add(parameter, at);
            at += (int)parameter.Size;
        }

        ParameterBytes = at;
    }

    private HashSet<PtxFunction> Reachable()
    {
        var found = new HashSet<PtxFunction>(ReferenceEqualityComparer.Instance) { Source };
        var seen = new HashSet<PtxVariable>(ReferenceEqualityComparer.Instance);
        var work = new Stack<PtxFunction>([Source]);
        while (work.TryPop(out PtxFunction? function))
        {
            foreach (PtxOperand operand in function.Body.SelectMany(instruction => instruction.Operands))
            {
                Visit(operand);
            }
        }

        return found;

        void Visit(PtxOperand operand)
        {
            operand.Parts.ForEach(Visit);
            if (operand.Variable is { Initial: { } initial } variable && seen.Add(variable))
            {
                initial.ForEach(value => Name(value.Symbol));
            }
            else if (operand is { Kind: OperandKind.Symbol, Variable: null })
            {
                Name(operand.Name);
            }
        }

        void Name(string? symbol)
        {
            if (symbol is null)
            {
                return;
            }

            if (Image.Source.Functions.TryGetValue(symbol, out PtxFunction? callee) && callee.IsDefined && found.Add(callee))
            {
                work.Push(callee);
            }
            else if (Image.Source.Variables.TryGetValue(symbol, out PtxVariable? variable) && variable.Initial is { } initial && seen.Add(variable))
            {
                initial.ForEach(value => Name(value.Symbol));
            }
        }
    }

    private void LayOutShared(HashSet<PtxFunction> reachable)
    {
        int at = 0, dynamicAlignment = 1;
        var dynamics = new List<PtxVariable>();
        var used = new HashSet<PtxVariable>(ReferenceEqualityComparer.Instance);
        foreach (PtxFunction function in reachable)
        {
            function.Memory.ForEach(Add);
            function.Body.SelectMany(instruction => instruction.Operands).ToList().ForEach(AddOperand);
        }

        StaticSharedBytes = at;
        DynamicSharedOffset = Align(at, dynamicAlignment);
        UsesDynamicShared = dynamics.Count > 0;
        dynamics.ForEach(variable => _shared.Add(variable, DynamicSharedOffset));

        void AddOperand(PtxOperand operand)
        {
            operand.Parts.ForEach(AddOperand);
            if (operand.Variable is { } variable)
            {
                Add(variable);
            }
        }

        void Add(PtxVariable variable)
        {
            if (variable.Space != StateSpace.Shared || !used.Add(variable))
            {
                return;
            }

            if (variable.IsArrayWithoutSize)
            {
                dynamics.Add(variable);
                dynamicAlignment = Math.Max(dynamicAlignment, variable.Alignment);
                return;
            }

            at = Align(at, variable.Alignment);
            _shared.Add(variable, at);
            at += (int)variable.Size;
        }
    }

    internal static int Align(int at, int alignment) => (at + alignment - 1) / alignment * alignment;
}
