using RawSer.Kernels;

namespace RawSer.Weights;

/// <summary>One tensor of a weight file: its description, not its values.</summary>
public sealed class WeightEntry
{
    private readonly long[] _extents;

    internal WeightEntry(string file, string name, WeightType type, long[] extents, long offset, long length)
    {
        File = file;
        Name = name;
        Type = type;
        _extents = extents;
        Offset = offset;
        Length = length;
    }

    /// <summary>Path of the file that holds the values (of the shard, for a sharded model).</summary>
    public string File { get; }

    /// <summary>Full name, for example <c>encoder.0.linear1.weight</c>.</summary>
    public string Name { get; }

    /// <summary>Element type as stored.</summary>
    public WeightType Type { get; }

    /// <summary>Element type of a tensor that holds it, or null when RawSer does not load this type.</summary>
    public DType? DType => Type.ToDType();

    /// <summary>Extents as stored, outermost first; any rank, each below 2^48. See <see cref="Shape"/>.</summary>
    public IReadOnlyList<long> Extents => _extents;

    /// <summary>Position of the first byte, counted from the start of the file.</summary>
    public long Offset { get; }

    /// <summary>Number of bytes.</summary>
    public long Length { get; }

    /// <summary>Number of elements.</summary>
    public long ElementCount => Length * 8 / Type.Bits();

    /// <summary>The extents as a tensor shape.</summary>
    /// <exception cref="WeightFileException">More than <see cref="Shape.MaxRank"/> dimensions, or an extent above 2^31 - 1.</exception>
    public Shape Shape
    {
        get
        {
            if (_extents.Length > Shape.MaxRank)
            {
                throw new WeightFileException(File, Name, $"shape {Format(_extents)} has {_extents.Length} dimensions; at most {Shape.MaxRank} are supported");
            }

            int[] extents = new int[_extents.Length];
            for (int i = 0; i < extents.Length; i++)
            {
                extents[i] = _extents[i] <= int.MaxValue
                    ? (int)_extents[i]
                    : throw new WeightFileException(File, Name, $"shape {Format(_extents)}: extents above {int.MaxValue} are not supported");
            }

            return extents;
        }
    }

    /// <summary>For example <c>conv1.weight F32 (16, 1, 3, 3)</c>.</summary>
    public override string ToString() => $"{Name} {Type.Name()} {Format(Extents)}";

    internal static string Format(IEnumerable<long> extents) => $"({string.Join(", ", extents)})";
}
