using System.Runtime.InteropServices;
using RawSer.Weights.Containers;

namespace RawSer.Weights.Renaming;

/// <summary>
/// A weight file under other names and in other layouts, read through a <see cref="RenameMap"/>. It can be loaded, converted and compared like
/// a file. A tensor that only changes its name is passed through; one with other axes is read whole and kept until the next.
/// </summary>
public sealed unsafe class RenamedSource : WeightSource
{
    private readonly WeightSource _source;
    private readonly bool _ownsSource;
    private readonly Dictionary<WeightEntry, Origin> _origins;
    private readonly Lock _lock = new();
    private (WeightEntry Entry, byte[] Bytes)? _last;

    private RenamedSource(WeightSource source, bool ownsSource, Dictionary<WeightEntry, Origin> origins, IReadOnlyList<string> dropped)
        : base(source.Path, [.. origins.Keys], source.Metadata)
    {
        _source = source;
        _ownsSource = ownsSource;
        _origins = origins;
        Dropped = dropped;
    }

    /// <summary>Names of the file that the map leaves out.</summary>
    public IReadOnlyList<string> Dropped { get; }

    /// <summary>Applies a map to an open file, which is closed together with the result if <paramref name="ownsSource"/>.</summary>
    /// <exception cref="WeightFileException">Names that the map does not cover, two tensors with one new name, or shapes that do not fit; all are listed.</exception>
    public static RenamedSource Create(WeightSource source, RenameMap map, bool ownsSource = false)
    {
        var origins = new Dictionary<WeightEntry, Origin>();
        var byName = new Dictionary<string, string>(StringComparer.Ordinal);
        var dropped = new List<string>();
        var problems = new List<string>();
        foreach (WeightEntry entry in source.Entries)
        {
            if (map.Find(entry.Name, out bool known) is not { } target)
            {
                (known ? dropped : problems).Add(known ? entry.Name : $"'{WeightFileException.Printable(entry.Name)}' {WeightEntry.Format(entry.Extents)} is not in the map");
                continue;
            }

            if (!byName.TryAdd(target.To, entry.Name))
            {
                problems.Add($"'{WeightFileException.Printable(byName[target.To])}' and '{WeightFileException.Printable(entry.Name)}' both become '{WeightFileException.Printable(target.To)}'");
                continue;
            }

            try
            {
                Origin origin = OriginOf(source, entry, target.Rule, target.Parts);
                WeightType type = origin.Magnitude is null ? entry.Type : WeightType.F32;
                long length = entry.ElementCount * type.Bits() / 8;
                origins.Add(new WeightEntry(entry.File, target.To, type, origin.Layout.Shape, entry.Offset, length), origin);
            }
            catch (WeightFileException e)
            {
                problems.Add(e.Message);
            }
        }

        return problems.Count == 0
            ? new RenamedSource(source, ownsSource, origins, dropped)
            : throw new WeightFileException(source.Path, null, $"does not fit rename map {map.Name}: {problems.Count} problems: {string.Join("; ", problems.Take(StateDictException.Shown))}{(problems.Count > StateDictException.Shown ? "; …" : "")}");
    }

    /// <inheritdoc/>
    public override void ReadBytes(WeightEntry entry, long byteOffset, Span<byte> destination)
    {
        CheckRange(entry, byteOffset, destination.Length);
        Origin origin = _origins[entry];
        if (origin.Rule.IsCopy)
        {
            _source.ReadBytes(origin.Entry, byteOffset, destination);
            return;
        }

        fixed (byte* bytes = Whole(entry, origin))
        {
            new StridedCopy(origin.Layout.Sizes, origin.Layout.Strides, entry.Type.Bits() / 8).Gather(bytes, byteOffset, destination);
        }
    }

    internal override CopyReason? WhyNotInPlace(WeightEntry entry) =>
        _origins[entry] is { Rule.IsCopy: true } origin ? _source.WhyNotInPlace(origin.Entry) : CopyReason.Rearranged;

    internal override PrivateMapping MapPrivate(WeightEntry entry) => _source.MapPrivate(_origins[entry].Entry);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (_ownsSource)
        {
            _source.Dispose();
        }
    }

    private static Origin OriginOf(WeightSource source, WeightEntry entry, RenameRule rule, List<string> parts)
    {
        if (!rule.IsCopy && entry.Type.Bits() < 8)
        {
            throw new WeightFileException(entry.File, entry.Name, $"{entry.Type.Name()} cannot be laid out anew: its elements share bytes");
        }

        if (!rule.IsCopy && entry.Length > Array.MaxLength)
        {
            throw new WeightFileException(entry.File, entry.Name, $"{entry.Length} bytes are too large to be laid out anew");
        }

        WeightEntry? magnitude = rule.Magnitude is null ? null : source[RenameRule.Fill(rule.Magnitude, parts)];
        if (magnitude is not null && (rule.NormAxis >= entry.Extents.Count || magnitude.ElementCount != entry.Extents[rule.NormAxis]))
        {
            throw new WeightFileException(entry.File, entry.Name, $"shape {WeightEntry.Format(entry.Extents)} does not fit the magnitudes '{magnitude.Name}' {WeightEntry.Format(magnitude.Extents)}");
        }

        return new Origin(entry, rule, TensorLayout.Of(rule, entry), magnitude);
    }

    private byte[] Whole(WeightEntry entry, Origin origin)
    {
        lock (_lock)
        {
            if (_last?.Entry != entry)
            {
                _last = (entry, origin.Magnitude is null ? Stored(origin.Entry) : Normalized(origin));
            }

            return _last!.Value.Bytes;
        }
    }

    private byte[] Stored(WeightEntry entry)
    {
        byte[] bytes = GC.AllocateUninitializedArray<byte>((int)entry.Length);
        _source.ReadBytes(entry, 0, bytes);
        return bytes;
    }

    private byte[] Normalized(Origin origin)
    {
        float[] values = _source.ReadFloats(origin.Entry.Name);
        WeightNorm.Apply(values, [.. origin.Entry.Extents], _source.ReadFloats(origin.Magnitude!.Name), origin.Rule.NormAxis);
        return MemoryMarshal.AsBytes(values.AsSpan()).ToArray();
    }

    private sealed record Origin(WeightEntry Entry, RenameRule Rule, TensorLayout Layout, WeightEntry? Magnitude);
}
