using System.Globalization;
using System.Text;

namespace RawSer.Gpu.Compiler;

/// <summary>
/// IR to PTX text. Every value gets a virtual register of its own; ptxas allocates the real ones. Constants are immediate
/// operands, constant byte offsets are part of the address, shared addresses are 32 bits wide. Additions and multiplications of
/// floats carry no rounding modifier, so that ptxas may contract them; what is written as a fused multiply-add is <c>fma.rn</c>.
/// </summary>
internal sealed partial class PtxWriter
{
    private readonly IrFunction _f;
    private readonly Frontend _frontend;
    private readonly KernelOptions _options;
    private readonly Space[] _spaces;
    private StringBuilder _body = new();
    private readonly string?[] _names;
    private readonly int[] _counts = new int[5]; // %p, %r, %rd, %f, %fd
    private readonly KernelStatistics.Counter _counter = new();
    private readonly bool[] _usedShared;
    private readonly HashSet<int> _materialised = [];
    private readonly List<int> _order;
    private readonly int[] _uses;
    private readonly Dictionary<int, int> _shared;
    private bool _usesDynamicShared;
    private int _localSize;
    private readonly int[] _slotOffsets;
    private int _minSm = 70;
    private int _minPtx = 63;

    private static readonly string[] Prefixes = ["%p", "%r", "%rd", "%f", "%fd"];
    private static readonly string[] BankTypes = ["pred", "b32", "b64", "f32", "f64"];

    public PtxWriter(IrFunction f, Frontend frontend, KernelOptions options, Space[] spaces)
    {
        this._f = f;
        this._frontend = frontend;
        this._options = options;
        this._spaces = spaces;
        _names = new string?[f.Count];
        _usedShared = new bool[f.Shared.Count];
        _slotOffsets = new int[f.Slots.Count];
        Array.Fill(_slotOffsets, -1);
        _order = DominatorTree.OrderOf(f);
        _uses = new int[f.Count];
        _shared = CriticalEdges.SharedRegisters(f);
    }

    public KernelStatistics.Counter Counter => _counter;

    public int SharedBytes { get; private set; }

    public int LocalBytes => _localSize;

    public int PtxVersion { get; private set; }

    public int TargetSm { get; private set; }

    /// <summary>Whether an instruction was chosen by the target's compute capability.</summary>
    public bool AskedForTarget { get; private set; }

    public string Write(string name, IReadOnlyList<KernelParameter> parameters)
    {
        CountUses();
        for (var i = 0; i < _order.Count; i++)
        {
            WriteBlock(i);
        }

        var main = _body;
        _body = new StringBuilder();
        WriteEntry();

        var text = new StringBuilder();
        TargetSm = Math.Max(_minSm, 70);
        PtxVersion = Math.Max(_minPtx, TargetSm switch { >= 90 => 78, >= 89 => 78, >= 86 => 71, >= 80 => 70, _ => 63 });
        text.Append(CultureInfo.InvariantCulture, $".version {PtxVersion / 10}.{PtxVersion % 10}\n.target sm_{TargetSm}\n.address_size 64\n\n");
        if (_usesDynamicShared)
        {
            text.Append(".extern .shared .align 16 .b8 dynamic_shared[];\n\n");
        }

        text.Append(".visible .entry ").Append(name).Append('(');
        for (var i = 0; i < parameters.Count; i++)
        {
            var p = parameters[i];
            text.Append(i == 0 ? "\n    " : ",\n    ");
            text.Append(p.Scalar.Length > 0
                ? $".param {p.Scalar} p{i}"
                : $".param .align {p.Align} .b8 p{i}[{p.Size}]");
        }

        text.Append(parameters.Count == 0 ? ")\n" : "\n)\n");
        if (_options.MaxThreads > 0)
        {
            text.Append(CultureInfo.InvariantCulture, $".maxntid {_options.MaxThreads}, 1, 1\n");
        }

        if (_options.MinBlocks > 0)
        {
            text.Append(CultureInfo.InvariantCulture, $".minnctapersm {_options.MinBlocks}\n");
        }

        text.Append("{\n");
        for (var i = 0; i < _counts.Length; i++)
        {
            if (_counts[i] > 0)
            {
                text.Append(CultureInfo.InvariantCulture, $"    .reg .{BankTypes[i]} {Prefixes[i]}<{_counts[i]}>;\n");
            }
        }

        for (var i = 0; i < _usedShared.Length; i++)
        {
            if (_usedShared[i])
            {
                text.Append(CultureInfo.InvariantCulture, $"    .shared .align {_f.Shared[i].Align} .b8 shared{i}[{_f.Shared[i].Size}];\n");
                SharedBytes = ((SharedBytes + _f.Shared[i].Align - 1) / _f.Shared[i].Align * _f.Shared[i].Align) + _f.Shared[i].Size;
            }
        }

        if (_localSize > 0)
        {
            text.Append(CultureInfo.InvariantCulture, $"    .local .align 16 .b8 depot[{_localSize}];\n");
        }

        return Joined(text.Append('\n'), _body, main.Append("}\n"));
    }

    /// <summary>The texts of all parts in a row; one builder for all would copy the largest once more.</summary>
    private static string Joined(params StringBuilder[] parts) => string.Create(parts.Sum(part => part.Length), parts, static (text, parts) =>
    {
        foreach (var part in parts)
        {
            part.CopyTo(0, text, part.Length);
            text = text[part.Length..];
        }
    });

    private void CountUses()
    {
        foreach (var b in _order)
        {
            var block = _f.Blocks[b];
            foreach (var v in block.Code)
            {
                _f.ResolveArgs(v);
                // A widening that is part of the instruction needs no register.
                if (IsWideProduct(v))
                {
                    continue;
                }

                var args = _f[v].Args;
                for (var i = 0; i < args.Length; i++)
                {
                    if (!(i == 1 && _f[v].Op == Op.PtrAdd && Bank(v) == 1 && _f[args[1]].Op is Op.SExt or Op.ZExt))
                    {
                        _uses[args[i]]++;
                    }
                }
            }

            if (block.Term == Term.Branch)
            {
                block.Cond = _f.Resolve(block.Cond);
                _uses[block.Cond]++;
            }
        }
    }
}
