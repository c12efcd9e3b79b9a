using System.Numerics;

namespace RawSer.Weights.Torch;

/// <summary>The data of a storage: so many elements of one type in the file.</summary>
internal sealed class TorchStorage(string key, WeightType type, long count)
{
    public string Key => key;

    public WeightType Type => type;

    /// <summary>Number of elements.</summary>
    public long Count => count;

    public long ByteLength => count * (type.Bits() / 8);

    /// <summary>Position of the first byte in the file; -1 until it is known (in the legacy format, after the pickles).</summary>
    public long FileOffset { get; set; } = -1;
}

/// <summary>A storage, or (in files before PyTorch 0.4) a part of one.</summary>
internal sealed record StorageSlice(TorchStorage Storage, long Start, long Count);

/// <summary>
/// Resolves the persistent ids of a checkpoint, <c>('storage', type, key, location, numel[, view])</c>. A key has one type and one length.
/// </summary>
/// <param name="isLegacy">Whether ids have a sixth field, the view.</param>
/// <param name="budget">Pays for what is built.</param>
/// <param name="locate">Position and length in bytes of the data of a key, or null if there are none; null when not known yet (legacy).</param>
internal sealed class TorchStorages(bool isLegacy, PickleBudget budget, Func<string, (long Offset, long Length)?>? locate)
{
    private const int StorageCost = 240;

    private readonly Dictionary<string, TorchStorage> _byKey = new(StringComparer.Ordinal);

    public IReadOnlyDictionary<string, TorchStorage> ByKey => _byKey;

    public StorageSlice Resolve(object? id)
    {
        int fields = isLegacy ? 6 : 5;
        if (id is not PickleSequence { IsTuple: true } tuple || tuple.Count == 0)
        {
            throw Bad($"must be a tuple, found {PickleTypes.Name(id)}");
        }

        if (tuple[0] is not "storage")
        {
            throw Bad(tuple[0] is "module"
                ? "'module' stands for a whole module: save its state_dict instead"
                : $"must begin with 'storage', found {PickleTypes.Name(tuple[0])}");
        }

        if (tuple.Count != fields)
        {
            throw Bad($"must have {fields} fields, found {tuple.Count}");
        }

        if (tuple[1] is not PickleGlobal { Kind: GlobalKind.StorageType } type)
        {
            throw Bad($"the type must be a storage type such as torch.FloatStorage, found {PickleTypes.Name(tuple[1])}");
        }

        if (tuple[2] is not string key || tuple[3] is not string)
        {
            throw Bad($"key and location must be strings, found {PickleTypes.Name(tuple[2])} and {PickleTypes.Name(tuple[3])}");
        }

        TorchStorage storage = Storage(key, type.Type, Count(tuple[4], type.Type));
        return isLegacy && tuple[5] is not null ? Slice(storage, tuple[5]) : new StorageSlice(storage, 0, storage.Count);
    }

    private TorchStorage Storage(string key, WeightType type, long count)
    {
        if (_byKey.TryGetValue(key, out TorchStorage? known))
        {
            return known.Type == type && known.Count == count
                ? known
                : throw Bad($"storage '{WeightFileException.Printable(key)}' has type {known.Type.Name()} and numel {known.Count}, and here type {type.Name()} and numel {count}");
        }

        budget.Spend(StorageCost);
        var storage = new TorchStorage(key, type, count);
        if (locate is not null)
        {
            (long offset, long length) = locate(key) ?? throw Bad($"storage '{WeightFileException.Printable(key)}' has no record data/{WeightFileException.Printable(key)}");
            if (length != storage.ByteLength)
            {
                throw Bad($"storage '{WeightFileException.Printable(key)}': numel {count} of {type.Name()} has a size of {storage.ByteLength} bytes, but its record has {length}");
            }

            storage.FileOffset = offset;
        }

        _byKey.Add(key, storage);
        return storage;
    }

    private static long Count(object? numel, WeightType type) => numel switch
    {
        long and < 0 => throw Bad($"numel {numel} of the storage is negative"),
        long count when count <= long.MaxValue / (type.Bits() / 8) => count,
        long or BigInteger => throw Bad("numel of the storage is too large: its size overflows"),
        _ => throw Bad($"numel of the storage must be an integer, found {PickleTypes.Name(numel)}"),
    };

    /// <summary>The view field of old files: <c>(key of the view, offset, numel)</c>, inside the storage.</summary>
    private static StorageSlice Slice(TorchStorage storage, object? view)
    {
        if (view is not PickleSequence { IsTuple: true, Count: 3 } fields || fields[0] is not string || fields[1] is not long start || fields[2] is not long count)
        {
            throw Bad("the view of the storage must be a tuple (key, offset, numel)");
        }

        return start >= 0 && count >= 0 && start <= storage.Count - count
            ? new StorageSlice(storage, start, count)
            : throw Bad($"the view of storage '{WeightFileException.Printable(storage.Key)}' from {start} with {count} elements leaves its {storage.Count} elements");
    }

    private static PickleException Bad(string problem) => new($"persistent id: {problem}");
}
