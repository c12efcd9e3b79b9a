using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace RawSer.Testing;

/// <summary>An instruction of the machine: its opcode with modifiers (<c>LDG.E.128</c>) and the whole text.</summary>
public sealed record SassInstruction(int Address, string Opcode, string Text);

/// <summary>What NVIDIA's assembler made of a kernel.</summary>
/// <param name="Name">The kernel.</param>
/// <param name="Registers">Registers of a thread.</param>
/// <param name="SpillBytes">Bytes of stores and loads of registers that found no place.</param>
/// <param name="StackBytes">Local memory of a thread.</param>
/// <param name="SharedBytes">Static shared memory of a block.</param>
/// <param name="Instructions">The machine code, without the padding behind it; empty if there is no disassembler.</param>
/// <param name="Labels">Address of each label.</param>
public sealed record AssembledKernel(
    string Name, int Registers, int SpillBytes, int StackBytes, int SharedBytes, IReadOnlyList<SassInstruction> Instructions, IReadOnlyDictionary<string, int> Labels)
{
    /// <summary>How many instructions have an opcode that begins so: <c>FFMA</c>, <c>LDS.128</c> (modifiers between may be left out).</summary>
    public static int Count(IEnumerable<SassInstruction> instructions, string opcode)
    {
        string[] parts = opcode.Split('.');
        return instructions.Count(instruction => instruction.Opcode.Split('.') is var words && words[0] == parts[0] && parts.All(words.Contains));
    }

    /// <summary>The instruction mix: opcodes without modifiers, most frequent first.</summary>
    public IEnumerable<(string Opcode, int Count)> Mix() => Instructions
        .GroupBy(instruction => instruction.Opcode.Split('.')[0])
        .Select(group => (group.Key, group.Count()))
        .OrderByDescending(entry => entry.Item2)
        .ThenBy(entry => entry.Key, StringComparer.Ordinal);

    /// <summary>The loop with the most instructions of an opcode, the shortest of them; empty if no loop has one.</summary>
    public IReadOnlyList<SassInstruction> MainLoop(string opcode = "FFMA")
    {
        SassInstruction[] best = [];
        foreach (SassInstruction branch in Instructions)
        {
            Match target = Regex.Match(branch.Text, @"\bBRA\b.*`\((\.L_x_\d+)\)");
            if (target.Success && Labels.TryGetValue(target.Groups[1].Value, out int start) && start <= branch.Address)
            {
                SassInstruction[] body = [.. Instructions.Where(instruction => instruction.Address >= start && instruction.Address <= branch.Address)];
                int count = Count(body, opcode), most = Count(best, opcode);
                best = count > most || (count == most && count > 0 && body.Length < best.Length) ? body : best;
            }
        }

        return best;
    }
}

/// <summary>
/// NVIDIA's ptxas and nvdisasm, where they can be had (<c>bench/install-ptxas.sh</c>): in the folder named by <c>RAWSER_PTXAS</c>, in
/// <c>artifacts/ptxas</c>, or on the path. Tests that need them skip with <see cref="Missing"/> when <see cref="Find"/> gives null.
/// </summary>
public sealed partial class RealAssembler
{
    /// <summary>Why a test was skipped.</summary>
    public const string Missing = "ptxas is not at hand; bench/install-ptxas.sh fetches it";

    private readonly string _ptxas;
    private readonly string? _disassembler;

    private RealAssembler(string ptxas) => (_ptxas, _disassembler) = (ptxas, Existing(Path.Combine(Path.GetDirectoryName(ptxas)!, "nvdisasm")));

    /// <summary>The assembler of this machine, or null.</summary>
    public static RealAssembler? Find()
    {
        var folders = new List<string?> { Environment.GetEnvironmentVariable("RAWSER_PTXAS") };
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            folders.Add(Path.Combine(folder.FullName, "artifacts", "ptxas", "usr", "bin"));
        }

        folders.AddRange((Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator));
        return folders.Where(folder => !string.IsNullOrEmpty(folder)).Select(folder => Existing(Path.Combine(folder!, "ptxas"))).OfType<string>().FirstOrDefault() is { } found
            ? new RealAssembler(found)
            : null;
    }

    /// <summary>Assembles all kernels of a PTX text.</summary>
    /// <param name="ptx">The text, of a version that the assembler knows (11.8: up to 7.8).</param>
    /// <param name="sm">The target as one number: 80 for sm_80.</param>
    /// <exception cref="InvalidOperationException">It was refused; the message holds the assembler's own.</exception>
    public IReadOnlyList<AssembledKernel> Assemble(string ptx, int sm)
    {
        string work = Directory.CreateTempSubdirectory("rawser-ptxas").FullName;
        try
        {
            string source = Path.Combine(work, "k.ptx"), cubin = Path.Combine(work, "k.cubin");
            File.WriteAllText(source, ptx);
            string log = Run(_ptxas, "-v", $"-arch=sm_{sm}", source, "-o", cubin);
            Dictionary<string, List<string>> sections = Sections(_disassembler is null ? "" : Run(_disassembler, "-c", cubin));
            return [.. Regex.Split(log, "Compiling entry function ").Skip(1).Select(report => Kernel(report, sections))];
        }
        finally
        {
            Directory.Delete(work, recursive: true);
        }
    }

    private static string? Existing(string path) => File.Exists(path) ? path : null;

    private static AssembledKernel Kernel(string report, Dictionary<string, List<string>> sections)
    {
        string name = Regex.Match(report, "^'([^']+)'").Groups[1].Value;
        (SassInstruction[] instructions, Dictionary<string, int> labels) = Listing(sections.GetValueOrDefault(name, []));
        return new AssembledKernel(
            name,
            Number(report, @"Used (\d+) registers"),
            Number(report, @"(\d+) bytes spill stores") + Number(report, @"(\d+) bytes spill loads"),
            Number(report, @"(\d+) bytes stack frame"),
            Number(report, @"(\d+) bytes smem"),
            instructions,
            labels);
    }

    // The lines of each kernel's code, behind a line ".text.NAME:" and up to the next section, which "//---" begins.
    private static Dictionary<string, List<string>> Sections(string sass)
    {
        const string Code = ".text.";
        var sections = new Dictionary<string, List<string>>(StringComparer.Ordinal);
        List<string>? lines = null;
        foreach (string line in sass.Split('\n'))
        {
            if (line.StartsWith("//---", StringComparison.Ordinal))
            {
                lines = null;
            }
            else if (line.StartsWith(Code, StringComparison.Ordinal))
            {
                lines = sections[line[Code.Length..].TrimEnd().TrimEnd(':')] = [];
            }
            else
            {
                lines?.Add(line);
            }
        }

        return sections;
    }

    // Lines are "/*0010*/  @P0 FFMA R0, R1, R2, R3 ;" and labels ".L_x_0:".
    private static (SassInstruction[] Instructions, Dictionary<string, int> Labels) Listing(List<string> lines)
    {
        var instructions = new List<SassInstruction>();
        var labels = new Dictionary<string, int>(StringComparer.Ordinal);
        var pending = new List<string>();
        foreach (string line in lines)
        {
            if (line.StartsWith(".L_", StringComparison.Ordinal))
            {
                pending.Add(line.TrimEnd().TrimEnd(':'));
            }
            else if (InstructionLine().Match(line) is { Success: true } instruction)
            {
                int address = int.Parse(instruction.Groups[1].Value, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
                pending.ForEach(label => labels[label] = address);
                pending.Clear();
                instructions.Add(new SassInstruction(address, instruction.Groups[3].Value, instruction.Groups[2].Value.Trim()));
            }
        }

        // Behind the code stand a branch to itself and padding.
        int end = instructions.FindLastIndex(instruction => instruction.Opcode != "NOP");
        bool isGuard = end >= 0 && instructions[end].Opcode == "BRA"
            && Regex.Match(instructions[end].Text, @"\((\.L_x_\d+)\)") is { Success: true } target
            && labels.GetValueOrDefault(target.Groups[1].Value, -1) == instructions[end].Address;
        return ([.. instructions.Take(isGuard ? end : end + 1)], labels);
    }

    private static int Number(string text, string pattern) =>
        Regex.Match(text, pattern) is { Success: true } match ? int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture) : 0;

    private static string Run(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd() + errors.Result;
        process.WaitForExit();
        return process.ExitCode == 0 ? output : throw new InvalidOperationException($"{Path.GetFileName(program)}: {output.Trim()}");
    }

    [GeneratedRegex(@"/\*([0-9a-f]{4,})\*/\s+((?:@!?U?P\w+\s+)?([A-Z][\w.]*)[^;]*);")]
    private static partial Regex InstructionLine();
}
