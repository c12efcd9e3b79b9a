using System.Text.Json;
using RawSer.Kernels;
using RawSer.Testing;

namespace RawSer.GoldenCheck;

/// <summary>
/// One execution of a case on a device: a handler gives it every output of the case (<see cref="Output(string, GoldenTensor)"/>), or checks
/// values that stand in the attributes (<c>Check</c>). It compares and collects what is wrong; an output never given is wrong too.
/// </summary>
public sealed partial class GoldenRun
{
    private readonly List<string> _failures = [];
    private readonly HashSet<int> _given = [];
    private readonly Action<string>? _compared;
    private int _checks;

    /// <summary>A run that calls <paramref name="compared"/> with what it compares.</summary>
    internal GoldenRun(GoldenCase golden, Device device, Action<string>? compared = null)
    {
        Case = golden;
        Device = device;
        _compared = compared;
    }

    /// <summary>The case.</summary>
    public GoldenCase Case { get; }

    /// <summary>The device to compute on.</summary>
    public Device Device { get; }

    /// <summary>What is wrong so far, one line each.</summary>
    public IReadOnlyList<string> Failures => _failures;

    /// <summary>Compares a result with the expected output of that role, under the case's tolerance.</summary>
    public void Output(string role, GoldenTensor got) => Compare(role, got, null);

    /// <summary>Compares a result with the expected output of that role, under another tolerance than the case's (say why at the call).</summary>
    public void Output(string role, GoldenTensor got, Tolerance tolerance) => Compare(role, got, tolerance);

    /// <summary>Compares a result with the expected output of that role.</summary>
    public void Output<T>(string role, T[] values, Shape shape) where T : unmanaged => Output(role, GoldenTensor.Of(values, shape));

    /// <summary>Leaves an expected output unchecked because <see cref="Check(string, bool, string)"/> covers it in another way.</summary>
    public void Covered(string role) => _given.Add(Case.OutputIndex(role));

    /// <summary>A condition that must hold.</summary>
    public void Check(string what, bool holds, string detail = "")
    {
        Count(what);
        if (!holds)
        {
            Fail(detail.Length > 0 ? $"{what}: {detail}" : what);
        }
    }

    /// <summary>A value of a table that must be equal.</summary>
    public void Equal<T>(string what, T got, T expected)
    {
        Count(what);
        if (!EqualityComparer<T>.Default.Equals(got, expected))
        {
            Fail($"{what}: got {Show(got)}, expected {Show(expected)}");
        }
    }

    /// <summary>A number of a table, by default under the case's tolerance.</summary>
    public void Close(string what, double got, double expected, Tolerance? tolerance = null)
    {
        Count(what);
        Tolerance allowed = tolerance ?? Case.Tolerance;
        if (!allowed.Accepts(got, expected))
        {
            Fail($"{what}: got {got:g9}, expected {expected:g9} ({allowed})");
        }
    }

    /// <summary>Numbers of a table, by default under the case's tolerance.</summary>
    public void Close(string what, ReadOnlySpan<double> got, ReadOnlySpan<double> expected, Tolerance? tolerance = null)
    {
        Count(what);
        if (Closeness.Mismatch(got, expected, tolerance ?? Case.Tolerance) is { } mismatch)
        {
            Fail($"{what}{mismatch}");
        }
    }

    /// <summary>Something is wrong.</summary>
    public void Fail(string problem) => _failures.Add(problem);

    /// <summary>Adds what only the end can show: outputs never given, a table that nothing was compared with.</summary>
    internal void Finish()
    {
        for (int i = 0; i < Case.OutputNames.Count; i++)
        {
            if (!_given.Contains(i))
            {
                Fail($"output {Case.Role(Case.OutputNames[i])} was not computed");
            }
        }

        if (_given.Count == 0 && _checks == 0 && Case.Expect == GoldenExpectation.Values)
        {
            Fail("the handler compared nothing");
        }
    }

    private void Count(string what)
    {
        _checks++;
        _compared?.Invoke(what);
    }

    private void Compare(string role, GoldenTensor got, Tolerance? tolerance)
    {
        int index = Case.OutputIndex(role);
        if (index < 0)
        {
            if (Case.Expect == GoldenExpectation.ValuesOrError && Case.OutputNames.Count == 0)
            {
                Check($"{role} is finite", got.Doubles.All(double.IsFinite));
                return;
            }

            Fail($"output {role} is not among the expected ones ({string.Join(", ", Case.OutputRoles)})");
            return;
        }

        _given.Add(index);
        _compared?.Invoke(role);
        GoldenTensor expected = Case.Tensor(Case.OutputNames[index]);
        if (GoldenComparison.Mismatch(Case, got, expected, tolerance ?? Case.Tolerances[index]) is { } mismatch)
        {
            Fail($"{role}{mismatch}");
        }
    }

    private static string Show<T>(T value) => value switch
    {
        null => "nothing",
        string text => $"'{text}'",
        JsonElement json => json.GetRawText(),
        System.Collections.IEnumerable list => $"[{string.Join(", ", list.Cast<object>())}]",
        _ => value.ToString() ?? "",
    };
}
