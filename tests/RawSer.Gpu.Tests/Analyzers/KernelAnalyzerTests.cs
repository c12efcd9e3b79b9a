using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;
using RawSer.Gpu.Analyzers;
using RawSer.Gpu.Dialect;

namespace RawSer.Gpu.Tests.Analyzers;

/// <summary>Each violation of the dialect is reported at its line; kernels that keep to it pass.</summary>
public sealed class KernelAnalyzerTests
{
    private static readonly MetadataReference[] References =
    [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(path => Path.GetFileName(path) is "System.Runtime.dll" or "System.Private.CoreLib.dll" or "System.Console.dll" or "System.Memory.dll" or "RawSer.Gpu.dll")
            .Append(typeof(Group).Assembly.Location)
            .Distinct()
            .Select(path => MetadataReference.CreateFromFile(path)),
    ];

    [TestCase("var a = new float[4];", "RSK002", "creates an array")]
    [TestCase("object o = new Host();", "RSK002", "creates a Host")]
    [TestCase("System.ReadOnlySpan<float> a = [x, 2f];", "RSK002", "creates a collection")]
    [TestCase("_ = ((object)x).Equals(x);", "RSK002", "puts a Single into an object")]
    [TestCase("if (x < 0) throw new System.ArgumentException();", "RSK003", "throws")]
    [TestCase("try { x++; } finally { x--; }", "RSK003", "try")]
    [TestCase("int c = checked((int)(uint)i + i);", "RSK003", "overflow")]
    [TestCase("x = Host.Shape.Area();", "RSK004", "Area")]
    [TestCase("System.Func<float, float> f = v => v; x = f(x);", "RSK004", "delegate")]
    [TestCase("x = Loop(i);", "RSK005", "Loop -> Again -> Loop")]
    [TestCase("string s = $\"{i}\";", "RSK006", "builds a string")]
    [TestCase("i = Name.IndexOf('a');", "RSK006", "string.IndexOf")]
    [TestCase("x = Host.Factor;", "RSK007", "Factor")]
    [TestCase("Host.Count = i;", "RSK007", "Count")]
    [TestCase("x = Host.Table[0];", "RSK007", "Table")]
    [TestCase("x = System.MathF.Exp(x);", "RSK008", "MathF.Exp has no equivalent in kernels; use MathX.Exp")]
    [TestCase("x = (float)System.Math.Atan2(x, 1);", "RSK008", "Math.Atan2")]
    [TestCase("System.Console.WriteLine();", "RSK008", "Console.WriteLine")]
    [TestCase("i = System.Environment.TickCount;", "RSK008", "Environment.get_TickCount")]
    [TestCase("Host h = Host.Shape;", "RSK009", "'h'")]
    [TestCase("unsafe { int* p = stackalloc int[4]; i = *p; }", "RSK010", "stackalloc")]
    [TestCase("lock (Host.Shape) { i++; }", "RSK010", "lock")]
    public void A_violation_is_an_error_at_its_line(string statement, string id, string message)
    {
        ImmutableArray<Diagnostic> found = Analyze(Kernel(statement));

        Assert.That(found.Select(d => d.Id), Does.Contain(id));
        Diagnostic first = found.First(d => d.Id == id);
        Assert.That(first.GetMessage(), Does.Contain(message));
        Assert.That(first.Severity, Is.EqualTo(DiagnosticSeverity.Error));
        Assert.That(LineOf(first), Does.Contain("/*here*/").Or.Contain(id == "RSK005" ? "Loop(" : "/*here*/"));
    }

    [TestCase("static void Run(ref float x) { }", "by reference")]
    [TestCase("static void Run(in ArrayView<float> x) { }", "by reference")]
    [TestCase("static unsafe void Run(float* x) { }", "pointer")]
    [TestCase("static void Run(float[] x) { }", "holds references")]
    [TestCase("static void Run(string x) { }", "holds references")]
    [TestCase("static int Run(int x) => x;", "returns something")]
    [TestCase("void Run(int x) { }", "not static")]
    public void A_signature_that_cannot_be_launched_is_an_error(string method, string message)
    {
        ImmutableArray<Diagnostic> found = Analyze($"using RawSer.Gpu.Dialect; class C {{ [Kernel] {method} }}");

        Assert.That(found.Select(d => d.Id), Has.All.EqualTo("RSK001").And.Not.Empty);
        Assert.That(found[0].GetMessage(), Does.Contain(message));
    }

    [Test]
    public void What_a_kernel_calls_is_checked_too_and_what_it_does_not_call_is_not()
    {
        ImmutableArray<Diagnostic> found = Analyze(
            """
            using RawSer.Gpu.Dialect;
            static class C
            {
                [Kernel] static void Run(ArrayView<float> y) => y[0] = new Part(3).Value + Apply<Throwing>(2);
                static float Apply<T>(float x) where T : struct, IOp => default(T).Do(x);
                static void Host() => System.Console.WriteLine(new object());
            }
            interface IOp { float Do(float x); }
            struct Throwing : IOp { public float Do(float x) => x > 0 ? x : throw new System.Exception(); }
            struct Unused : IOp { public float Do(float x) => throw new System.Exception(); }
            struct Part(float x) { public float Value => System.MathF.Tanh(x); }
            """);

        Assert.That(found.Select(d => d.Id).Order(), Is.EqualTo(new[] { "RSK003", "RSK008" }));
        Assert.That(found.Select(LineOf), Has.Some.Contains("struct Throwing").And.Some.Contains("struct Part"));
    }

    [Test]
    public void A_type_that_passes_itself_on_does_not_call_itself()
    {
        ImmutableArray<Diagnostic> found = Analyze(
            """
            using RawSer.Gpu.Dialect;
            static class C
            {
                [Kernel] static void Run(ArrayView<float> y) => y[0] = Lane.Scale(new Lane(), 2).Value;
                public static T Twice<T>(T x) where T : struct, ILane<T> => T.Add(x, x);
            }
            interface ILane<T> where T : struct, ILane<T> { static abstract T Add(T a, T b); static abstract T Scale(T a, int n); }
            struct Lane : ILane<Lane>
            {
                public float Value;
                public static Lane Add(Lane a, Lane b) => new() { Value = a.Value + b.Value };
                public static Lane Scale(Lane a, int n) => C.Twice(a);
            }
            """);

        Assert.That(found.Select(d => d.ToString()), Is.Empty);
    }

    [Test]
    public void A_kernel_within_the_dialect_has_no_errors()
    {
        ImmutableArray<Diagnostic> found = Analyze(
            """
            using System;
            using RawSer.Gpu.Dialect;
            static class C
            {
                private const int Tile = 16;
                private static readonly float Scale = 2;

                [Kernel(MaxThreadsPerGroup = 256)]
                [Unroll]
                private static void Run<TOp>(ArrayView2D<float, Stride2D.DenseY> a, ArrayView<float> y, SpecializedValue<int> n, TOp op, Options options)
                    where TOp : struct, IOp
                {
                    var tile = SharedMemory.Allocate2DDenseY<float>(new Index2D(Tile, Tile));
                    var own = LocalMemory.Allocate<float>(4);
                    (int row, int column) = (Group.IdxY, Group.IdxX);
                    tile[row, column] = a[row, column] * Scale;
                    Group.Barrier();
                    float sum = 0;
                    for (int i = 0; i < n; i++)
                    {
                        own[i & 3] += Helper(i);
                        sum = TOp.Apply(sum, tile[row, i] + own[i & 3]) + op.More(sum);
                    }

                    if (typeof(TOp) == typeof(Add) && options.Flag == 1)
                    {
                        sum = MathF.Sqrt(MathF.FusedMultiplyAdd(sum, sum, BitConverter.Int32BitsToSingle(1)));
                    }

                    sum = GroupExtensions.AllReduce<float, AddFloat>(sum);
                    CudaAsm.Emit("mul.f32 %0, %1, %1;", out float squared, sum);
                    float Helper(int i) => i * 0.5f;
                    y.AsAligned16().Cast<Float4>()[Grid.IdxX] = new Float4(sum, squared, Math.Max(sum, 0), float.IsNaN(sum) ? 1 : 0);
                    Atomic.Add(ref y[0], new Add().More(1) + AsmText("add.f32 %0, %1, %1;", sum));
                    switch (row) { case 0: sum = 1; break; default: break; }
                    TensorCore.ToTf32(sum);
                }

                private static float AsmText(string instruction, float x)
                {
                    CudaAsm.Emit(instruction, out float y, x);
                    return y;
                }
            }
            interface IOp { static abstract float Apply(float a, float b); float More(float x); }
            readonly struct Add : IOp { public static float Apply(float a, float b) => a + b; public float More(float x) => -x; }
            readonly record struct Options(int Flag);
            """);

        Assert.That(found.Select(d => d.ToString()), Is.Empty);
    }

    private static string Kernel(string statement) =>
        $$"""
        using RawSer.Gpu.Dialect;
        class Host
        {
            public static float Factor = 1;
            public static int Count { get; set; }
            public static readonly float[] Table = new float[4];
            public static Host Shape => new Host();
            public virtual float Area() => 0;
        }
        static class C
        {
            private const string Name = "abc";
            [Kernel]
            static void Run(ArrayView<float> y)
            {
                int i = Grid.IdxX;
                float x = y[i];
                {{statement}} /*here*/
                y[i] = x + i;
            }

            static float Loop(int i) => i > 0 ? Again(i - 1) : 0;
            static float Again(int i) => Loop(i);
        }
        """;

    private static string LineOf(Diagnostic diagnostic)
    {
        FileLinePositionSpan span = diagnostic.Location.GetLineSpan();
        return diagnostic.Location.SourceTree!.GetText().Lines[span.StartLinePosition.Line].ToString();
    }

    private static ImmutableArray<Diagnostic> Analyze(string source)
    {
        var compilation = CSharpCompilation.Create(
            "Constructed",
            [CSharpSyntaxTree.ParseText(source, CSharpParseOptions.Default.WithLanguageVersion(LanguageVersion.Preview))],
            References,
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, allowUnsafe: true));
        Assert.That(compilation.GetDiagnostics().Where(d => d.Severity == DiagnosticSeverity.Error).Select(d => d.ToString()), Is.Empty);
        return compilation.WithAnalyzers([new KernelAnalyzer()]).GetAnalyzerDiagnosticsAsync().GetAwaiter().GetResult();
    }
}
