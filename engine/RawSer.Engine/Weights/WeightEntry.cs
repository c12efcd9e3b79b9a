using RawSer.Kernels;

namespace RawSer.Weights;

/// <summary>One tensor of a weight file: its description, not its values.</summary>
public sealed class WeightEntry
{
    internal WeightEntry(string file, string name, WeightType type, long[] extents, long offset, long length)
    {
        File = file;
        Name = name;
        Type = type;
        Extents = extents;
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
    public IReadOnlyList<long> Extents { get; }

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
            if (Extents.Count > Shape.MaxRank)
            {
                throw new WeightFileException(File, Name, $"shape {Format(Extents)} has {Extents.Count} dimensions; at most {Shape.MaxRank} are supported");
            }

            int[] extents = new int[Extents.Count];
            for (int i = 0; i < extents.Length; i++)
            {
                extents[i] = Extents[i] <= int.MaxValue
                    ? (int)Extents[i]
                    : throw new WeightFileException(File, Name, $"shape {Format(Extents)}: extents above {int.MaxValue} are not supported");
            }

            return extents;
        }
    }

    /// <summary>For example <c>conv1.weight F32 (16, 1, 3, 3)</c>.</summary>
    public override string ToString() => $"{Name} {Type.Name()} {Format(Extents)}";

    internal static string Format(IEnumerable<long> extents) => $"({string.Join(", ", extents)})";
}
