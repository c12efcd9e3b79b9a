using System.Text.RegularExpressions;
using RawSer.Gpu.Compiler;
using RawSer.Gpu.Dialect;
using RawSer.Testing;
using Group = RawSer.Gpu.Dialect.Group;

namespace RawSer.Gpu.Tests.Compiler;

/// <summary>The kernel that ARCHITECTURE.md follows from C# to PTX compiles to what the page shows.</summary>
public sealed class ArchitecturePageTests
{
    private interface IUnary
    {
        static abstract float Invoke(float x, float factor);
    }

    private readonly struct LeakyRelu : IUnary
    {
        public static float Invoke(float x, float s) => x < 0 ? x * s : x;
    }

    private static void Scale<TOp>(ArrayView<Float4> input, ArrayView<Float4> output, float factor, int count) where TOp : struct, IUnary
    {
        for (int i = Grid.GlobalIndex.X; i < count; i += Grid.DimX * Group.DimX)
        {
            Float4 x = input[i];
            output[i] = new Float4(TOp.Invoke(x.X, factor), TOp.Invoke(x.Y, factor), TOp.Invoke(x.Z, factor), TOp.Invoke(x.W, factor));
        }
    }

    [Test]
    public void The_loop_has_the_instructions_of_the_page_in_their_order()
    {
        CompiledKernel kernel = Ptx.Compile(typeof(ArchitecturePageTests), nameof(Scale), null, typeof(LeakyRelu));
        Ptx.AssertClean(kernel);
        Match loop = Regex.Match(kernel.Ptx, @"^(L\d+):(.*?bra \1;)", RegexOptions.Multiline | RegexOptions.Singleline);
        string[] opcodes = [.. Regex.Matches(loop.Groups[2].Value, @"^\s*(?:@!?%p\d+\s+)?([a-z][\w.]*)", RegexOptions.Multiline).Select(match => match.Groups[1].Value)];
        string[] expected =
        [
            "mul.wide.s32", "add.s64", "ld.global.v4.f32",
            .. Enumerable.Repeat(new[] { "setp.lt.f32", "mul.f32", "selp.f32" }, 4).SelectMany(three => three),
            "add.s64", "st.global.v4.f32", "add.s32", "setp.lt.s32", "mov.b32", "bra",
        ];
        Assert.That(opcodes, Is.EqualTo(expected));
    }

    [TestCase("```\nblock", true)]
    [TestCase("```\n    setp", false)]
    public void Each_line_that_the_page_shows_is_what_comes_out(string begin, bool ofIr)
    {
        // Numbers of values, registers and labels may differ.
        string page = File.ReadAllText(Path.Combine(RepositoryRoot.Path, "ARCHITECTURE.md")).ReplaceLineEndings("\n");
        int start = page.IndexOf(begin, StringComparison.Ordinal) + 4;
        string[] shown = [.. page[start..page.IndexOf("\n```", start, StringComparison.Ordinal)].Split('\n').Select(line => Nameless(line.Trim())).Where(line => line.Length > 0 && line != "...")];
        CompiledKernel kernel = Ptx.Compile(typeof(ArchitecturePageTests), nameof(Scale), new KernelOptions { KeepIr = true }, typeof(LeakyRelu));
        string text = Nameless(Regex.Replace(ofIr ? kernel.Ir : kernel.Ptx, @"(?m)^(L\d+):\s*", "$1: "));

        Assert.That(shown, Is.Not.Empty);
        Assert.That(shown.Where(line => !text.Contains(line, StringComparison.Ordinal)), Is.Empty);

        static string Nameless(string line) => Regex.Replace(line, @"(?<=%[a-z]+|\bv|\bL|\bblock |\bfrom |, |\bBranch v\d+( \d+)? )\d+", "");
    }
}
