using System.Runtime.InteropServices;

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

        private readonly Dictionary<string, int> _counts = new(StringComparer.Ordinal); // by instruction with its types

        public int Total { get; private set; }

        /// <summary>Instructions by name without types.</summary>
        public IReadOnlyDictionary<string, int> Mix
        {
            get
            {
                var mix = new SortedDictionary<string, int>(StringComparer.Ordinal);
                foreach (var (opcode, count) in _counts)
                {
                    var name = opcode.StartsWith('{') ? "cvt" : string.Join('.', opcode.Split('.').Where(part => !Types.Contains(part)));
                    mix[name] = mix.GetValueOrDefault(name) + count;
                }

                return mix;
            }
        }

        /// <summary>Counts an instruction: its name with its types, behind its guard if it has one.</summary>
        public void Add(ReadOnlySpan<char> opcode)
        {
            var name = opcode[0] == '@' ? opcode[(opcode.IndexOf(' ') + 1)..] : opcode;
            CollectionsMarshal.GetValueRefOrAddDefault(_counts.GetAlternateLookup<ReadOnlySpan<char>>(), name, out _)++;
            Total++;
        }
    }
}
