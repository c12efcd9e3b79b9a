namespace RawSer.Gpu.Emulator;

/// <summary>
/// Where the elements of mma's matrices lie: lane and element to row and column, as the PTX manual lays them out. A group is four lanes.
/// </summary>
internal sealed class MmaShape
{
    private static readonly MmaShape[] All =
    [
        new("m16n8k8", 'f', 16, 8), new("m16n8k16", 'f', 16, 16), new("m16n8k8", 'h', 16, 8), new("m16n8k16", 'h', 16, 16),
        new("m16n8k4", 't', 32, 4), new("m16n8k8", 't', 32, 8), new("m16n8k16", 's', 8, 16), new("m16n8k32", 's', 8, 32),
        new("m16n8k16", 'u', 8, 16), new("m16n8k32", 'u', 8, 32), new("m8n8k4", 'f', 64, 4), new("m16n8k4", 'f', 64, 4),
        new("m16n8k8", 'f', 64, 8), new("m16n8k16", 'f', 64, 16),
    ];

    /// <summary>Columns of B and the accumulator.</summary>
    public const int N = 8;

    private readonly string _name;

    private MmaShape(string name, char kind, int bits, int k)
    {
        (_name, Kind, Bits, K) = (name, kind, bits, k);
        M = name[1] == '8' ? 8 : 16;
    }

    /// <summary>Kind and bits of the elements of A and B.</summary>
    public char Kind { get; }

    /// <inheritdoc cref="Kind"/>
    public int Bits { get; }

    /// <summary>Rows of A and the accumulator.</summary>
    public int M { get; }

    /// <summary>Columns of A, rows of B.</summary>
    public int K { get; }

    /// <summary>Elements of A and B in one lane.</summary>
    public int ElementsOfA => M * K / Lanes.Count;

    /// <inheritdoc cref="ElementsOfA"/>
    public int ElementsOfB => N * K / Lanes.Count;

    /// <summary>Elements of the accumulator in one lane.</summary>
    public int ElementsOfC => M * N / Lanes.Count;

    public static MmaShape At(int index) => All[index];

    public static int? Find(string name, PtxType type) =>
        Array.FindIndex(All, shape => shape._name == name && shape.Kind == type.Kind && shape.Bits == type.Bits) is var index and >= 0 ? index : null;

    // Elements of consecutive columns that share a register.
    private int Packed => Math.Max(1, 32 / Bits);

    /// <summary>Row and column of an element of A.</summary>
    public (int Row, int Column) A(int lane, int element)
    {
        int group = lane >> 2, within = lane & 3, register = element / Packed;
        int row = M == 8 ? group : group + ((register & 1) * 8);
        int block = M == 8 ? register : register >> 1;
        return (row, (within * Packed) + (element % Packed) + (block * 4 * Packed));
    }

    /// <summary>Row and column of an element of B.</summary>
    public (int Row, int Column) B(int lane, int element) =>
        (((lane & 3) * Packed) + (element % Packed) + (element / Packed * 4 * Packed), lane >> 2);

    /// <summary>Row and column of an element of the accumulator.</summary>
    public static (int Row, int Column) C(int lane, int element) => ((lane >> 2) + (element / 2 * 8), ((lane & 3) * 2) + (element & 1));
}
