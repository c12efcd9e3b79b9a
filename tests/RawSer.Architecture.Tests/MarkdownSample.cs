using System.Reflection;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace RawSer.Architecture.Tests;

/// <summary>A C# block of a Markdown file, compiled as a program against the built assemblies.</summary>
internal sealed class MarkdownSample(string code)
{
    public string Code { get; } = code;

    /// <summary>The blocks fenced with ```csharp.</summary>
    public static IReadOnlyList<MarkdownSample> In(string markdown)
    {
        var samples = new List<MarkdownSample>();
        List<string>? block = null;
        foreach (string line in markdown.Split('\n').Select(line => line.TrimEnd('\r')))
        {
            if (block is null)
            {
                block = line == "```csharp" ? [] : null;
            }
            else if (line == "```")
            {
                samples.Add(new MarkdownSample(string.Join('\n', block)));
                block = null;
            }
            else
            {
                block.Add(line);
            }
        }

        return samples;
    }

    /// <summary>Compiler errors and warnings; without any, <paramref name="program"/> holds the compiled image.</summary>
    public IReadOnlyList<string> Compile(out byte[] program)
    {
        const string usings = "global using System; global using System.Collections.Generic; global using System.IO; global using System.Linq;";
        CSharpCompilation compilation = CSharpCompilation.Create(
            "MarkdownSample",
            [CSharpSyntaxTree.ParseText(usings), CSharpSyntaxTree.ParseText(Code)],
            RuntimeAssemblies.Paths.Select(path => MetadataReference.CreateFromFile(path)),
            new CSharpCompilationOptions(OutputKind.ConsoleApplication, nullableContextOptions: NullableContextOptions.Enable));
        using var image = new MemoryStream();
        var diagnostics = compilation.Emit(image).Diagnostics.Where(diagnostic => diagnostic.Severity >= DiagnosticSeverity.Warning);
        program = image.ToArray();
        return [.. diagnostics.Select(diagnostic => diagnostic.ToString())];
    }

    /// <summary>Runs the compiled program in <paramref name="folder"/> and returns what it printed.</summary>
    public static string Run(byte[] program, string folder)
    {
        MethodInfo main = Assembly.Load(program).EntryPoint!;
        TextWriter console = Console.Out;
        string directory = Directory.GetCurrentDirectory();
        using var output = new StringWriter();
        try
        {
            Console.SetOut(output);
            Directory.SetCurrentDirectory(folder);
            main.Invoke(null, [Array.Empty<string>()]);
        }
        finally
        {
            Console.SetOut(console);
            Directory.SetCurrentDirectory(directory);
        }

        return output.ToString();
    }
}
