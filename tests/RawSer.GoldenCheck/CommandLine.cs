using System.IO.Enumeration;

namespace RawSer.GoldenCheck;

/// <summary>Arguments of the program.</summary>
internal sealed class CommandLine
{
    public const string Usage =
        """
        usage: RawSer.GoldenCheck DIR [--device NAME] [--only NAME]... [--allow-unsupported NAME]...
               RawSer.GoldenCheck --op-cases [--device NAME] [--only NAME]...
               RawSer.GoldenCheck --times [--device NAME]
          DIR                       a folder with a cases.json, or a folder of such folders
          --op-cases                the op suite: each operation's results and gradients against the reference in float64
          --times                   how fast the device's kernels are, as one line of JSON (the emulator: that they run)
          --device NAME             cpu (default), reference, emulator or cuda:N; networks of full size (vgg16, wav2vec2_base, wav2vec2_large)
                                    take minutes each on the emulator: standard error says how far they are
          --only NAME               run only this case; * and ? are wildcards
          --allow-unsupported NAME  a case or an operation that may be unsupported; * and ? are wildcards
        exit status: 0 if all cases passed, 1 if one failed or is unsupported without being allowed, 2 for wrong usage
        """;

    private readonly List<string> _only = [];
    private readonly List<string> _allowed = [];

    private CommandLine()
    {
    }

    public string Folder { get; private set; } = "";

    public Device Device { get; private set; } = Device.Cpu;

    /// <summary>The GPU that runs the launches of area ptx too, or null for the emulator.</summary>
    public int? Gpu { get; private set; }

    /// <summary>Whether to run the op suite instead of goldens.</summary>
    public bool OpCases { get; private set; }

    /// <summary>Whether to measure instead of checking.</summary>
    public bool Times { get; private set; }

    /// <exception cref="UsageException">The arguments are wrong.</exception>
    public static CommandLine Parse(string[] args)
    {
        var line = new CommandLine();
        for (int i = 0; i < args.Length; i++)
        {
            string Value() => ++i < args.Length ? args[i] : throw new UsageException($"{args[i - 1]} needs a value");
            switch (args[i])
            {
                case "--device":
                    string name = Value();
                    line.Gpu = name.StartsWith("cuda:", StringComparison.Ordinal) && int.TryParse(name.AsSpan(5), out int gpu) ? gpu : null;
                    line.Device = ParseDevice(name);
                    break;
                case "--op-cases":
                    line.OpCases = true;
                    break;
                case "--times":
                    line.Times = true;
                    break;
                case "--only":
                    line._only.Add(Value());
                    break;
                case "--allow-unsupported":
                    line._allowed.Add(Value());
                    break;
                case ['-', ..] option:
                    throw new UsageException($"unknown option {option}");
                case string folder when line.Folder.Length == 0 && folder.Length > 0:
                    line.Folder = folder;
                    break;
                case string extra:
                    throw new UsageException($"unexpected argument '{extra}'");
            }
        }

        if (line.Folder.Length == 0 && !line.Times && !line.OpCases)
        {
            throw new UsageException("DIR is missing");
        }

        return line;
    }

    public bool Selects(GoldenCase golden) => Selects(golden.Name);

    public bool Selects(string name) => _only.Count == 0 || _only.Exists(pattern => Matches(pattern, name));

    public bool AllowsUnsupported(GoldenCase golden) =>
        _allowed.Exists(pattern => Matches(pattern, golden.Name) || Matches(pattern, golden.Op));

    private static Device ParseDevice(string name)
    {
        try
        {
            return Device.Parse(name);
        }
        catch (ArgumentException e)
        {
            throw new UsageException(e.Message);
        }
    }

    private static bool Matches(string pattern, string name) => FileSystemName.MatchesSimpleExpression(pattern, name, ignoreCase: false);
}

/// <summary>The program is used wrongly.</summary>
internal sealed class UsageException(string message) : Exception(message);
