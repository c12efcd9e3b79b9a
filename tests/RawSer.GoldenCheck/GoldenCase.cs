using System.Text.Json;
using RawSer.Testing;

namespace RawSer.GoldenCheck;

/// <summary>What a case demands of the library.</summary>
public enum GoldenExpectation
{
    /// <summary>The expected outputs.</summary>
    Values,

    /// <summary>A clear error of the library.</summary>
    Error,

    /// <summary>Either of them.</summary>
    ValuesOrError,

    /// <summary>A fault of a kernel, of a kind that the handler checks.</summary>
    Fault,
}

/// <summary>
/// One case of a <c>cases.json</c>, whatever its area. Tensors are read when asked for. They are named by their role, which is the name in
/// the file without the prefix that they share with the case: role <c>x</c> of case <c>relu_1</c> is <c>relu_1/x</c>.
/// </summary>
public sealed class GoldenCase
{
    /// <summary>Attributes that the harness itself handles, and how far Keras' F32 was from the expectation.</summary>
    private static readonly string[] s_ofHarness = ["skip_edges", "bin_slack_fraction", "max_bad_fraction", "max_alloc_mb", "keras_f32_gap"];

    private readonly GoldenArea _area;
    private readonly AttributesRead _attributesRead = new();
    private readonly HashSet<string> _inputsRead = new(StringComparer.Ordinal);

    internal GoldenCase(GoldenArea area, JsonElement json)
    {
        _area = area;
        Json = json;
        Name = json.GetProperty("name").GetString()!;
        bool isFault = json.TryGetProperty("expect", out JsonElement ending) && ending.ValueEquals("fault");
        bool byKind = json.TryGetProperty("kind", out JsonElement kind) && !isFault;
        Schema = byKind ? "kind" : "op";
        Op = (byKind ? kind : json.GetProperty("op")).GetString()!;
        File = json.TryGetProperty("file", out JsonElement file) ? file.GetString() : null;
        Attrs = new GoldenAttributes(json.TryGetProperty("attrs", out JsonElement attrs) ? attrs : default, Name, _attributesRead);
        Attrs.Describe(s_ofHarness);
        InputNames = Strings(json, "inputs");
        OutputNames = Strings(json, "outputs");
        ErrorWords = json.TryGetProperty("error", out JsonElement error) ? Strings(error, "words") : Strings(json, "error_words");
        Note = json.TryGetProperty("note", out JsonElement note) ? note.GetString() ?? "" : "";
        Expect = !json.TryGetProperty("expect", out JsonElement expect) ? GoldenExpectation.Values : expect.GetString() switch
        {
            "values" or "ok" => GoldenExpectation.Values,
            "error" => GoldenExpectation.Error,
            "fault" => GoldenExpectation.Fault,
            "values_or_error" or "either" => GoldenExpectation.ValuesOrError,
            string other => throw new GoldenFormatException($"{Name}: expect '{other}' is not known"),
            null => throw new GoldenFormatException($"{Name}: expect is null"),
        };
        Tolerance = new Tolerance(Number(json, "rtol"), Number(json, "atol"));
        Tolerances = json.TryGetProperty("atol_by_output", out JsonElement absolute)
            ? [.. absolute.EnumerateArray().Select(item => Tolerance with { Absolute = item.GetDouble() })]
            : [.. OutputNames.Select(_ => Tolerance)];
        if (Tolerances.Count != OutputNames.Count)
        {
            throw new GoldenFormatException($"{Name}: {Tolerances.Count} tolerances for {OutputNames.Count} outputs");
        }
    }

    /// <summary>Unique in its area.</summary>
    public string Name { get; }

    /// <summary>Name of the folder, for messages.</summary>
    public string Area => _area.Name;

    /// <summary>"op" or "kind": the field of cases.json that names the operation.</summary>
    public string Schema { get; }

    /// <summary>What is to be done; handlers are registered under it.</summary>
    public string Op { get; }

    /// <summary>The file of the tensors, or null.</summary>
    public string? File { get; }

    /// <summary>Arguments and, for tables, the expectations.</summary>
    public GoldenAttributes Attrs { get; }

    /// <summary>Names of the inputs in their file; <c>other.safetensors#name</c> stands in another file.</summary>
    public IReadOnlyList<string> InputNames { get; }

    /// <summary>Names of the expected outputs in the file.</summary>
    public IReadOnlyList<string> OutputNames { get; }

    /// <summary>Roles of the inputs.</summary>
    public IEnumerable<string> InputRoles => InputNames.Select(Role);

    /// <summary>Roles of the expected outputs.</summary>
    public IEnumerable<string> OutputRoles => OutputNames.Select(Role);

    /// <summary>Tolerance of values in attributes, and of outputs that have no own.</summary>
    public Tolerance Tolerance { get; }

    /// <summary>Tolerance of each output.</summary>
    public IReadOnlyList<Tolerance> Tolerances { get; }

    /// <summary>Values, an error, or either.</summary>
    public GoldenExpectation Expect { get; }

    /// <summary>Words of which an error message must hold one, in any case.</summary>
    public IReadOnlyList<string> ErrorWords { get; }

    /// <summary>The whole case, for fields of one area only.</summary>
    public JsonElement Json { get; }

    /// <summary>For people.</summary>
    public string Note { get; }

    /// <summary>True if there is an input of this role.</summary>
    public bool HasInput(string role) => Find(InputNames, role) is not null;

    /// <summary>True if there is an expected output of this role.</summary>
    public bool HasOutput(string role) => Find(OutputNames, role) is not null;

    /// <summary>An input by its role.</summary>
    public GoldenTensor Input(string role) =>
        Tensor(Find(InputNames, role) ?? throw new GoldenFormatException($"{Name}: no input '{role}' ({string.Join(", ", InputNames)})"));

    /// <summary>An input by its role, or null if the case has none.</summary>
    public GoldenTensor? InputOrNull(string role) => HasInput(role) ? Input(role) : null;

    /// <summary>An input by its position.</summary>
    public GoldenTensor Input(int index) => index < InputNames.Count
        ? Tensor(InputNames[index])
        : throw new GoldenFormatException($"{Name}: no input {index} ({InputNames.Count} inputs)");

    /// <summary>An expected output by its role.</summary>
    public GoldenTensor Expected(string role) =>
        _area.Tensor(Find(OutputNames, role) ?? throw new GoldenFormatException($"{Name}: no output '{role}' ({string.Join(", ", OutputNames)})"), File);

    /// <summary>Any tensor of a file of the area, by default the case's own.</summary>
    public GoldenTensor Tensor(string name, string? file = null)
    {
        _inputsRead.Add(name);
        return _area.Tensor(name, file ?? File);
    }

    /// <summary>Inputs that are listed and change nothing about what is to be computed.</summary>
    public void Disregard(string role) => _inputsRead.Add(Find(InputNames, role) ?? role);

    /// <summary>The bytes of a tensor of the case's file, of any type.</summary>
    public byte[] Bytes(string name)
    {
        _inputsRead.Add(name);
        return _area.Bytes(name, File);
    }

    /// <summary>The path of another file of the area, for example one to decode.</summary>
    public string PathOf(string relative) => _area.PathOf(relative);

    /// <summary>The same case, of which nothing has been read yet.</summary>
    internal GoldenCase Fresh() => new(_area, Json);

    /// <summary>What the case gives and its handler has not looked at, null if that is nothing.</summary>
    internal string? Overlooked()
    {
        string[] missed =
        [
            .. Attrs.Missed().Select(name => $"attribute {name}"),
            .. InputNames.Where(name => !_inputsRead.Contains(name)).Select(name => $"input {Role(name)}"),
        ];
        return missed.Length == 0 ? null : $"the handler of '{Op}' does not use {string.Join(", ", missed)}";
    }

    /// <summary>Position of an output role in <see cref="OutputNames"/>, or -1.</summary>
    internal int OutputIndex(string role) => Find(OutputNames, role) is { } name ? OutputNames.ToList().IndexOf(name) : -1;

    /// <summary>The name, for test runners.</summary>
    public override string ToString() => Name;

    /// <summary>The role of a full name: without the case's name or, if it does not begin with that, without its first part.</summary>
    public string Role(string fullName)
    {
        string name = fullName[(fullName.IndexOf('#') + 1)..];
        return name.StartsWith(Name + "/", StringComparison.Ordinal) ? name[(Name.Length + 1)..] : name[(name.IndexOf('/') + 1)..];
    }

    private string? Find(IReadOnlyList<string> names, string role)
    {
        string own = $"{Name}/{role}";
        string? byRole = null;
        foreach (string name in names)
        {
            if (name == role || name == own)
            {
                return name;
            }

            if (Role(name) == role)
            {
                byRole = byRole is null ? name : throw new GoldenFormatException($"{Name}: role '{role}' could be {byRole} or {name}; give the full name");
            }
        }

        return byRole;
    }

    private static IReadOnlyList<string> Strings(JsonElement json, string name) =>
        json.TryGetProperty(name, out JsonElement array) ? [.. array.EnumerateArray().Select(item => item.GetString()!)] : [];

    private static double Number(JsonElement json, string name) => json.TryGetProperty(name, out JsonElement value) ? value.GetDouble() : 0;
}
