using System.Globalization;
using System.Text;
using RawSer.Weights.Containers;

namespace RawSer.Weights.Torch;

/// <summary>
/// The zip form: <c>BASE/data.pkl</c> with the pickle, <c>BASE/data/KEY</c> with the bytes of each storage, <c>BASE/version</c> and
/// <c>BASE/byteorder</c>. Sources: torch/serialization.py, caffe2/serialize/inline_container.cc.
/// </summary>
internal sealed class TorchZip : TorchContainer
{
    private const string Pickle = "data.pkl";
    private const int MaxVersion = 10;

    private readonly ZipDirectory _zip;
    private readonly string _base;
    private readonly HashSet<TorchStorage> _verified = [];

    private TorchZip(TorchTree tree, ZipDirectory zip, string baseName) : base(tree) => (_zip, _base) = (zip, baseName);

    public static TorchZip Read(MappedFile file)
    {
        ZipDirectory zip = ZipDirectory.Read(file);
        string folder = BaseFolder(zip);
        CheckRecords(zip, folder);
        ZipEntry pickle = zip.Find(folder + Pickle) ?? throw NoPickle(zip);
        if (pickle.Length > MaxPickleBytes)
        {
            throw zip.Error($"data.pkl has {pickle.Length} bytes, too large: the limit is {MaxPickleBytes}");
        }

        ReadOnlySpan<byte> bytes = zip.Bytes(pickle);
        var budget = new PickleBudget();
        var storages = new TorchStorages(isLegacy: false, budget, key => zip.Find($"{folder}data/{key}") is { } record ? (record.DataOffset, record.Length) : null);
        object? root = Unpickler.Read(file.Path, Pickle, 0, bytes, budget, storages, out int length);
        if (length != bytes.Length)
        {
            throw new WeightFileException(file.Path, null, $"{Pickle}: {bytes.Length - length} trailing bytes after STOP");
        }

        var result = new TorchZip(TreeOf(file, Pickle, root), zip, folder);
        if (storages.ByKey.Values.Sum(storage => (decimal)storage.ByteLength) <= ZipDirectory.VerifiedAtOnce)
        {
            foreach (TorchStorage storage in storages.ByKey.Values)
            {
                result.Verify(storage);
            }
        }

        return result;
    }

    public override void Verify(TorchStorage storage)
    {
        lock (_verified)
        {
            if (!_verified.Contains(storage))
            {
                _zip.Verify(_zip.Find($"{_base}data/{storage.Key}")!);
                _verified.Add(storage);
            }
        }
    }

    /// <summary>The folder that holds all entries, with its slash.</summary>
    private static string BaseFolder(ZipDirectory zip)
    {
        if (zip.Entries.Count == 0)
        {
            throw zip.Error("not a PyTorch file: the archive is empty");
        }

        if (!zip.Entries.Any(entry => entry.Name == Pickle || entry.Name.EndsWith('/' + Pickle)))
        {
            throw NoPickle(zip);
        }

        string first = zip.Entries[0].Name;
        string folder = first[..(first.IndexOf('/') + 1)];
        ZipEntry? stray = zip.Entries.Find(entry => folder.Length == 0 || !entry.Name.StartsWith(folder, StringComparison.Ordinal));
        return stray is null
            ? folder
            : throw zip.Error($"all entries must be in one base folder, the one of data.pkl; the name of {ZipDirectory.Quote(stray.Name)} is outside '{folder}'");
    }

    private static void CheckRecords(ZipDirectory zip, string folder)
    {
        if (zip.Find(folder + "constants.pkl") is not null || zip.Entries.Exists(entry => entry.Name.StartsWith(folder + "code/", StringComparison.Ordinal)))
        {
            throw zip.Error("a TorchScript archive (constants.pkl, code/), which holds a program: save the module's state_dict() instead");
        }

        ZipEntry? compressed = zip.Entries.Find(entry => entry.Method != ZipEntry.Stored);
        if (compressed is not null)
        {
            throw zip.Error($"{ZipDirectory.Quote(compressed.Name)} is compressed (method {compressed.Method}); PyTorch writes STORED entries only");
        }

        string version = Text(zip, folder + "version") ?? throw zip.Error("no entry 'version': the format's version is unknown");
        if (!int.TryParse(version.TrimEnd('\n'), NumberStyles.None, CultureInfo.InvariantCulture, out int number) || number is < 1 or > MaxVersion)
        {
            throw zip.Error($"format version '{WeightFileException.Printable(version)}' is unknown; 1 to {MaxVersion} are read");
        }

        string order = Text(zip, folder + "byteorder") ?? "little";
        if (order != "little")
        {
            throw zip.Error($"byteorder '{WeightFileException.Printable(order)}': only little-endian data are read");
        }
    }

    private static string? Text(ZipDirectory zip, string name)
    {
        const int Longest = 64;
        ZipEntry? entry = zip.Find(name);
        return entry is null ? null
            : entry.Length > Longest ? throw zip.Error($"{ZipDirectory.Quote(name)} has {entry.Length} bytes where a word is expected")
            : Encoding.Latin1.GetString(zip.Bytes(entry));
    }

    private static WeightFileException NoPickle(ZipDirectory zip) => zip.Error(
        zip.Entries.Exists(entry => entry.Name.EndsWith(".npy", StringComparison.Ordinal)) ? "no data.pkl: not a PyTorch file but npz of NumPy"
        : zip.Entries.Exists(entry => entry.Name.Contains("/models/", StringComparison.Ordinal) || entry.Name.EndsWith("archive_format", StringComparison.Ordinal)) ? "no data.pkl: a torch.export archive (pt2), which holds a program: save the state_dict instead"
        : "no data.pkl: not a PyTorch file");
}
