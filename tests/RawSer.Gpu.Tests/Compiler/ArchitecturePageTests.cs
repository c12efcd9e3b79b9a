using RawSer.Gpu.Compiler;
using RawSer.Gpu.Dialect;

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
        string[] lines = [.. kernel.Ptx.Split('\n').Select(line => line.Trim()).SkipWhile(line => !line.StartsWith("L2:", StringComparison.Ordinal)).TakeWhile(line => line != "bra.uni L2;")];
        string[] opcodes = [.. lines.Select(line => line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim()).Where(line => line.Length > 0).Select(line => line.Split(' ') is ['@' or ['@', ..], var guarded, ..] ? guarded : line.Split(' ')[0])];
        string[] expected =
        [
            "setp.lt.s32", "bra", "mul.wide.s32", "add.s64", "ld.global.v4.f32",
            .. Enumerable.Repeat(new[] { "setp.lt.f32", "mul.f32", "selp.f32" }, 4).SelectMany(three => three),
            "add.s64", "st.global.v4.f32", "add.s32", "mov.b32",
        ];
        Assert.That(opcodes, Is.EqualTo(expected));
    }
}
