using System.Buffers.Binary;
using System.Numerics;
using RawSer.Weights.Containers;

namespace RawSer.Weights.Torch;

/// <summary>
/// The sequential form: pickles of a magic number, the protocol version 1001, a description of the writing system, the object and the list of
/// storage keys; then for each key, in that order, the number of elements (8 bytes) and the elements. Source: torch/serialization.py, <c>_legacy_save</c>.
/// </summary>
internal sealed class TorchLegacy(TorchTree tree) : TorchContainer(tree)
{
    private const long Protocol = 1001;

    private static readonly BigInteger Magic = BigInteger.Parse("119547037146038801333356"); // 0x1950a86a20f9469cfc6c

    public static TorchLegacy Read(MappedFile file)
    {
        var reader = new Reader(file);
        object? magic = reader.Next("magic number", null);
        if (magic is not BigInteger number || number != Magic)
        {
            throw reader.Error("a pickle without PyTorch's magic number: not a PyTorch file");
        }

        if (reader.Next("protocol version", null) is not Protocol)
        {
            throw reader.Error($"unknown protocol version: {Protocol} is read");
        }

        CheckSystem(reader, reader.Next("sys_info", null));
        var storages = new TorchStorages(isLegacy: true, reader.Budget, locate: null);
        object? root = reader.Next("object", storages);
        TorchTree tree = TreeOf(file, "object", root);
        reader.PlaceStorages(Keys(reader, reader.Next("key list", null), storages), storages);
        return new TorchLegacy(tree);
    }

    /// <summary>The form has no checksums.</summary>
    public override void Verify(TorchStorage storage)
    {
    }

    private static void CheckSystem(Reader reader, object? info)
    {
        if (info is not PickleDict dict)
        {
            throw reader.Error($"sys_info must be a dict, found {PickleTypes.Name(info)}");
        }

        if (dict.TryGet("little_endian", out object? little) && little is not true)
        {
            throw reader.Error("sys_info says that the data are not little-endian; only little-endian data are read");
        }
    }

    private static List<string> Keys(Reader reader, object? value, TorchStorages storages)
    {
        if (value is not PickleSequence { IsTuple: false } list)
        {
            throw reader.Error($"the key list of the storages must be a list, found {PickleTypes.Name(value)}");
        }

        var keys = new List<string>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (int i = 0; i < list.Count; i++)
        {
            string key = list[i] as string ?? throw reader.Error($"the key list of the storages must hold strings, found {PickleTypes.Name(list[i])}");
            if (!storages.ByKey.ContainsKey(key) || !seen.Add(key))
            {
                throw reader.Error($"the key list names storage '{WeightFileException.Printable(key)}', {(seen.Contains(key) ? "given twice" : "which nothing uses")}");
            }

            keys.Add(key);
        }

        string? missing = storages.ByKey.Keys.FirstOrDefault(key => !seen.Contains(key));
        return missing is null ? keys : throw reader.Error($"the key list lacks storage '{WeightFileException.Printable(missing)}', which would have no data");
    }

    /// <summary>Walks through the file.</summary>
    private sealed class Reader(MappedFile file)
    {
        private long _position;

        public PickleBudget Budget { get; } = new();

        public WeightFileException Error(string problem) => new(file.Path, null, $"PyTorch legacy format: {problem}");

        /// <summary>The next pickle of the file.</summary>
        public object? Next(string part, TorchStorages? storages)
        {
            ReadOnlySpan<byte> bytes = file.Span(_position, Math.Min(file.Length - _position, MaxPickleBytes));
            object? value = Unpickler.Read(file.Path, part, _position, bytes, Budget, storages, out int length);
            _position += length;
            return value;
        }

        public void PlaceStorages(List<string> keys, TorchStorages storages)
        {
            foreach (string key in keys)
            {
                TorchStorage storage = storages.ByKey[key];
                if (file.Length - _position < sizeof(long))
                {
                    throw Error($"truncated: the file ends before storage '{WeightFileException.Printable(key)}'");
                }

                long count = BinaryPrimitives.ReadInt64LittleEndian(file.Span(_position, sizeof(long)));
                _position += sizeof(long);
                if (count != storage.Count)
                {
                    throw Error($"storage '{WeightFileException.Printable(key)}' has numel {count} in its data and {storage.Count} in the pickle");
                }

                if (storage.ByteLength > file.Length - _position)
                {
                    throw Error($"truncated: storage '{WeightFileException.Printable(key)}' has a size of {storage.ByteLength} bytes, the file ends after {file.Length - _position}");
                }

                storage.FileOffset = _position;
                _position += storage.ByteLength;
            }

            if (_position != file.Length)
            {
                throw Error($"{file.Length - _position} trailing bytes after the last storage");
            }
        }
    }
}
