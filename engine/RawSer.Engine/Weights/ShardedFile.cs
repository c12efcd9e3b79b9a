using System.Buffers;
using System.Text.Json;
using RawSer.Weights.Containers;

namespace RawSer.Weights;

/// <summary>
/// A model in several files (shards), safetensors or PyTorch, described by a <c>model.safetensors.index.json</c> or
/// <c>pytorch_model.bin.index.json</c> beside them: <c>{"metadata": {…}, "weight_map": {"tensor": "shard file", …}}</c>. Accepted only if
/// index and shards list the same tensors.
/// </summary>
public sealed class ShardedFile : WeightSource
{
    private const int MaxDepth = 8;

    private static readonly SearchValues<char> NotInFileNames = SearchValues.Create("/\\:*?\"<>|");

    private readonly Dictionary<string, WeightSource> _shards;

    private ShardedFile(
        string path, Dictionary<string, WeightSource> shards, List<WeightEntry> entries, Dictionary<string, string> metadata)
        : base(path, entries, metadata) => _shards = shards;

    /// <summary>Opens an index and all its shards.</summary>
    /// <exception cref="WeightFileException">
    /// The index or a shard is missing or not valid, a shard's name is not a plain file name, or index and shards disagree.
    /// </exception>
    public static new ShardedFile Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        Dictionary<string, string> map = ParseIndex(path, ReadIndex(path));
        string folder = System.IO.Path.GetDirectoryName(path) ?? "";
        var shards = new Dictionary<string, WeightSource>(StringComparer.Ordinal);
        try
        {
            foreach (string shard in map.Values.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal))
            {
                string shardPath = System.IO.Path.Combine(folder, shard);
                if (!File.Exists(shardPath))
                {
                    throw new WeightFileException(path, null, $"shard '{WeightFileException.Printable(shard)}' is missing");
                }

                shards.Add(shard, OpenShard(path, shardPath));
            }

            var entries = new List<WeightEntry>();
            var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
            Merge(path, map, shards, entries, metadata);
            return new ShardedFile(path, shards.Values.ToDictionary(file => file.Path), entries, metadata);
        }
        catch
        {
            foreach (WeightSource file in shards.Values)
            {
                file.Dispose();
            }

            throw;
        }
    }

    /// <inheritdoc/>
    public override void ReadBytes(WeightEntry entry, long byteOffset, Span<byte> destination) =>
        _shards[entry.File].ReadBytes(entry, byteOffset, destination);

    internal override CopyReason? WhyNotInPlace(WeightEntry entry) => _shards[entry.File].WhyNotInPlace(entry);

    internal override PrivateMapping MapPrivate(WeightEntry entry) => _shards[entry.File].MapPrivate(entry);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        foreach (WeightSource file in _shards.Values)
        {
            file.Dispose();
        }
    }

    /// <summary>A shard is no index itself, so that a chain of indices cannot be built.</summary>
    private static WeightSource OpenShard(string index, string path) => WeightFormats.Detect(path) != WeightFormat.ShardIndex
        ? WeightSource.Open(path)
        : throw new WeightFileException(index, null, $"shard '{WeightFileException.Printable(System.IO.Path.GetFileName(path))}' is an index itself");

    private static byte[] ReadIndex(string path)
    {
        try
        {
            long length = new FileInfo(path).Length;
            return length <= SafetensorsHeader.MaxBytes
                ? File.ReadAllBytes(path)
                : throw new WeightFileException(path, null, $"index of {length} bytes is too large: at most {SafetensorsHeader.MaxBytes} are accepted");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException)
        {
            throw new WeightFileException(path, null, WeightFileException.WhyUnreadable(path, e), e);
        }
    }

    private static Dictionary<string, string> ParseIndex(string path, byte[] bytes)
    {
        var json = new StrictJson(path, "index", bytes, MaxDepth);
        Dictionary<string, string>? map = null;
        json.ReadRootObject();
        while (json.ReadName() is { } name)
        {
            json.Read();
            if (name != "weight_map")
            {
                json.SkipValue();
            }
            else if (map is not null)
            {
                throw json.Error(null, "index has a duplicate weight_map");
            }
            else
            {
                map = ReadMap(ref json);
            }
        }

        json.Read();
        return map ?? throw json.Error(null, "index has no weight_map");
    }

    private static Dictionary<string, string> ReadMap(ref StrictJson json)
    {
        if (json.Token != JsonTokenType.StartObject)
        {
            throw json.Error(null, $"weight_map of the index must be an object, found {json.Describe()}");
        }

        var map = new Dictionary<string, string>(StringComparer.Ordinal);
        while (json.ReadName() is { } tensor)
        {
            json.Read();
            if (json.Token != JsonTokenType.String)
            {
                throw json.Error(tensor, $"weight_map of the index must name its shard by a string, found {json.Describe()}");
            }

            string shard = json.Text();
            if (!IsPlainFileName(shard))
            {
                throw json.Error(tensor, $"shard '{WeightFileException.Printable(shard)}' is not a plain file name in the folder of the index");
            }

            if (!map.TryAdd(tensor, shard))
            {
                throw json.Error(tensor, "duplicate name in the weight_map of the index");
            }
        }

        return map;
    }

    /// <summary>True for a name that stays inside the folder on every operating system.</summary>
    private static bool IsPlainFileName(string name) =>
        name.Length is > 0 and <= 255 && name is not ("." or "..") && !name.AsSpan().ContainsAny(NotInFileNames) && !name.Any(char.IsControl);

    private static void Merge(
        string path,
        Dictionary<string, string> map,
        Dictionary<string, WeightSource> shards,
        List<WeightEntry> entries,
        Dictionary<string, string> metadata)
    {
        var seen = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach ((string shard, WeightSource file) in shards)
        {
            foreach (WeightEntry entry in file.Entries)
            {
                if (!seen.TryAdd(entry.Name, shard))
                {
                    throw new WeightFileException(path, entry.Name, $"duplicate: stored in shard '{seen[entry.Name]}' and in shard '{shard}'");
                }

                if (!map.TryGetValue(entry.Name, out string? expected))
                {
                    throw new WeightFileException(path, entry.Name, $"stray: in shard '{shard}', but not in the index");
                }

                if (expected != shard)
                {
                    throw new WeightFileException(path, entry.Name, $"in shard '{shard}', but the index says shard '{expected}'");
                }

                entries.Add(entry);
            }

            foreach ((string key, string value) in file.Metadata)
            {
                metadata.TryAdd(key, value);
            }
        }

        foreach ((string tensor, string shard) in map)
        {
            if (!seen.ContainsKey(tensor))
            {
                throw new WeightFileException(path, tensor, $"in the index, but not in shard '{shard}'");
            }
        }
    }
}
