using RawSer.Kernels;
using RawSer.Nn;

namespace RawSer.Weights;

/// <summary>The names, shapes and types of a module against those of a file: everything that fits and everything that does not.</summary>
internal sealed class StateDictMatch
{
    private readonly string _path;
    private readonly bool _strict;
    private readonly List<string> _missing = [];
    private readonly List<string> _left = [];
    private readonly List<string> _unexpected = [];
    private readonly List<string> _conversions = [];
    private readonly List<StateDictMismatch> _mismatches = [];
    private readonly Dictionary<string, string> _shapes = new(StringComparer.Ordinal);
    private readonly List<string> _tied = [];

    private StateDictMatch(string path, bool strict)
    {
        _path = path;
        _strict = strict;
    }

    /// <summary>What to copy.</summary>
    public List<(WeightEntry Entry, Tensor Target)> Pairs { get; } = [];

    public StateDictReport Report => new([.. _missing, .. _left], _unexpected, _conversions);

    public static StateDictMatch Of(Module module, WeightSource source, StateDictOptions options)
    {
        StateDictMatch match = new(source.Path, options.Strict);
        Dictionary<string, WeightEntry> found = match.RenamedEntries(source, options);
        foreach (NamedTensor state in module.NamedState().Select(state => state with { Name = options.Prefix + state.Name }))
        {
            if (found.Remove(state.Name, out WeightEntry? entry))
            {
                match.Compare(state, entry);
            }
            else if (options.Optional.Any(o => Fits(o, state.Name)))
            {
                match._left.Add(state.Name);
            }
            else
            {
                match._missing.Add(state.Name);
                match._shapes[state.Name] = state.Value.Shape.ToString();
            }
        }

        foreach (WeightEntry entry in found.Values.Where(entry => !options.Ignore.Any(i => Fits(i, entry.Name))))
        {
            match._unexpected.Add(entry.Name);
            match._shapes[entry.Name] = WeightEntry.Format(entry.Extents);
        }

        match._tied.AddRange(source.TiedNames().Select(names => string.Join(" = ", names.Select(WeightFileException.Printable))));
        return match;
    }

    public void ThrowIfUnusable()
    {
        if (_mismatches.Count > 0 || (_strict && _missing.Count + _unexpected.Count > 0))
        {
            throw new StateDictException(_path, _strict ? _missing : [], _strict ? _unexpected : [], _mismatches, _shapes, _tied);
        }
    }

    private static bool Fits(string pattern, string name) => pattern.EndsWith('.') ? name.StartsWith(pattern, StringComparison.Ordinal) : name == pattern;

    private Dictionary<string, WeightEntry> RenamedEntries(WeightSource source, StateDictOptions options)
    {
        (string Key, string Value)[] rules = [.. options.Rename.Select(r => (r.Key, r.Value)).OrderByDescending(r => r.Key.Length)];
        Dictionary<string, WeightEntry> renamed = new(StringComparer.Ordinal);
        foreach (WeightEntry entry in source.Entries)
        {
            string name = entry.Name;
            foreach ((string key, string value) in rules)
            {
                if (Fits(key, entry.Name))
                {
                    name = value + entry.Name[key.Length..];
                    break;
                }
            }

            if (!renamed.TryAdd(name, entry))
            {
                _mismatches.Add(new StateDictMismatch(name, "one tensor", $"both '{renamed[name].Name}' and '{entry.Name}' after renaming"));
            }
        }

        return renamed;
    }

    private void Compare(NamedTensor state, WeightEntry entry)
    {
        Shape shape = state.Value.Shape;
        DType wanted = state.Value.DType;
        if (!entry.Extents.SequenceEqual(shape.Select(extent => (long)extent)))
        {
            _mismatches.Add(new StateDictMismatch(state.Name, $"shape {shape}", $"shape {WeightEntry.Format(entry.Extents)}"));
        }
        else if (entry.DType == wanted)
        {
            Pairs.Add((entry, state.Value));
        }
        else if (wanted == DType.F32 && entry.DType is { } stored && stored.IsFloat())
        {
            _conversions.Add($"{state.Name}: {entry.Type.Name()} to {WeightTypes.Of(wanted).Name()}");
            Pairs.Add((entry, state.Value));
        }
        else
        {
            _mismatches.Add(new StateDictMismatch(state.Name, $"type {WeightTypes.Of(wanted).Name()}", $"type {entry.Type.Name()}"));
        }
    }
}
