namespace RawSer.Gpu.Compiler;

/// <summary>What a kernel's PTX consists of, counted in the text (not executed instructions).</summary>
public sealed record KernelStatistics
{
    /// <summary>Instructions.</summary>
    public required int Instructions { get; init; }

    /// <summary>Instructions by name without types: <c>fma.rn</c>, <c>ld.global.v4</c>, <c>bar.sync</c>.</summary>
    public required IReadOnlyDictionary<string, int> Mix { get; init; }

    /// <summary>32-bit registers that are alive at once at most. ptxas reorders and rematerialises, so its number differs.</summary>
    public required int EstimatedRegisters { get; init; }

    /// <summary>Bytes of local memory of a thread.</summary>
    public required int LocalBytes { get; init; }

    /// <summary>Loads and stores of 64 or 128 bits in one instruction.</summary>
    public int VectorAccesses => Mix.Where(m => m.Key.Contains(".v2", StringComparison.Ordinal) || m.Key.Contains(".v4", StringComparison.Ordinal)).Sum(m => m.Value);

    /// <summary>Counts instructions while they are written.</summary>
    internal sealed class Counter
    {
        private static readonly HashSet<string> Types =
        [
            "s8", "u8", "s16", "u16", "s32", "u32", "s64", "u64", "b8", "b16", "b32", "b64", "f16", "f32", "f64", "pred",
        ];

        private readonly SortedDictionary<string, int> _mix = new(StringComparer.Ordinal);

        public int Total { get; private set; }

        public void Add(string opcode)
        {
            var name = opcode[0] == '@' ? opcode[(opcode.IndexOf(' ', StringComparison.Ordinal) + 1)..] : opcode;
            name = name.StartsWith('{') ? "cvt" : string.Join('.', name.Split('.').Where(part => !Types.Contains(part)));
            _mix[name] = _mix.GetValueOrDefault(name) + 1;
            Total++;
        }

        public IReadOnlyDictionary<string, int> Mix => _mix;
    }
}
