using System.Text.Json;
using RawSer.Weights;

namespace RawSer.GoldenCheck;

/// <summary>A folder with a <c>cases.json</c> and the files that it names. Files are mapped when a case first needs them.</summary>
public sealed class GoldenArea : IDisposable
{
    private readonly string _folder;
    private readonly JsonDocument _json;
    private readonly Dictionary<string, SafetensorsFile> _files = [];
    private readonly Dictionary<string, GoldenCase> _byName = new(StringComparer.Ordinal);

    private GoldenArea(string folder, JsonDocument json)
    {
        _folder = folder;
        _json = json;
        Name = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)));
        var cases = new List<GoldenCase>();
        foreach (JsonElement item in json.RootElement.EnumerateArray())
        {
            var golden = new GoldenCase(this, item);
            cases.Add(golden);
            if (!_byName.TryAdd(golden.Name, golden))
            {
                throw new GoldenFormatException($"{folder}: two cases have the name '{golden.Name}'");
            }
        }

        Cases = cases;
    }

    /// <summary>Name of the folder.</summary>
    public string Name { get; }

    /// <summary>All cases, in the order of the file.</summary>
    public IReadOnlyList<GoldenCase> Cases { get; }

    /// <summary>A case by its name.</summary>
    public GoldenCase this[string name] =>
        _byName.TryGetValue(name, out GoldenCase? golden) ? golden : throw new GoldenFormatException($"{_folder}: no case '{name}'");

    /// <summary>Reads the <c>cases.json</c> of a folder.</summary>
    /// <exception cref="GoldenFormatException">There is none, or it does not have the format.</exception>
    public static GoldenArea Open(string folder)
    {
        string path = Path.Combine(folder, "cases.json");
        try
        {
            return new GoldenArea(folder, JsonDocument.Parse(File.ReadAllBytes(path)));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException or InvalidOperationException or KeyNotFoundException)
        {
            throw new GoldenFormatException($"{path}: {e.Message}", e);
        }
    }

    /// <summary>The full path of a file of this area.</summary>
    public string PathOf(string relative) => Path.Combine(_folder, relative);

    /// <summary>A tensor by the name in cases.json: <c>name</c> in <paramref name="file"/>, or <c>other.safetensors#name</c>.</summary>
    internal GoldenTensor Tensor(string name, string? file) => Read(name, file, GoldenTensor.Read);

    /// <summary>The bytes of a tensor.</summary>
    internal byte[] Bytes(string name, string? file) => Read(name, file, (open, tensor) => open.Bytes(open[tensor]).ToArray());

    private T Read<T>(string name, string? file, Func<SafetensorsFile, string, T> read)
    {
        int mark = name.IndexOf('#');
        string source = mark >= 0 ? name[..mark] : file ?? throw new GoldenFormatException($"{Name}: no file for tensor '{name}'");
        lock (_files)
        {
            if (!_files.TryGetValue(source, out SafetensorsFile? open))
            {
                _files.Add(source, open = SafetensorsFile.Open(PathOf(source)));
            }

            return read(open, name[(mark + 1)..]);
        }
    }

    /// <summary>Closes the files.</summary>
    public void Dispose()
    {
        foreach (SafetensorsFile file in _files.Values)
        {
            file.Dispose();
        }

        _files.Clear();
        _json.Dispose();
    }
}
