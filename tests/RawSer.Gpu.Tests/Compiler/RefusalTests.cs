using RawSer.Gpu.Compiler;
using RawSer.Gpu.Dialect;
using RawSer.Gpu.Emulator;
using RawSer.Testing;

namespace RawSer.Gpu.Tests.Compiler;

/// <summary>What is not a kernel is refused in one line that names the place and what would be right.</summary>
public sealed class RefusalTests
{
    private static readonly (byte Small, int Large) Tuple = (1, 2);

    private static int s_counter;

    private static void DivergentBarrier(ArrayView<float> data)
    {
        if (Group.IdxX < 16)
        {
            Group.Barrier();
        }

        data[Group.IdxX] = 1;
    }

    private static void EarlyReturn(ArrayView<float> data, int n)
    {
        if (Grid.GlobalIndex.X >= n)
        {
            return;
        }

        Group.Barrier();
        data[Group.IdxX] = 1;
    }

    private static void UniformBarrier(ArrayView<int> lengths, ArrayView<float> data)
    {
        var shared = SharedMemory.Allocate<float>(64);
        for (int i = 0; i < lengths[Grid.IdxX]; i++)
        {
            shared[Group.IdxX] = i;
            Group.Barrier();
            if (Group.IdxX > 3)
            {
                data[Group.IdxX] = shared[63 - Group.IdxX];
            }

            Group.Barrier();
        }
    }

    private static void GuardedRounds(ArrayView<float> data, int rounds)
    {
        var shared = SharedMemory.Allocate<float>(64);
        for (int i = 0; i < rounds; i++)
        {
            int at = (i * 64) + Group.IdxX;
            shared[Group.IdxX] = at < data.IntLength ? data[at] : 0;
            Group.Barrier();
            if (at < data.IntLength)
            {
                data[at] = shared[63 - Group.IdxX];
            }

            Group.Barrier();
        }
    }

    private static void StaticTuple(ArrayView<int> data) => data[0] = Tuple.Large;

    private static void ViewOfTuples(ArrayView<(byte Small, int Large)> data) => data[0].Large = 1;

    private static void Raises(ArrayView<float> data)
    {
        if (data[0] < 0)
        {
            throw new InvalidOperationException("negative");
        }
    }

    private static void NewArray(ArrayView<float> data) => data[0] = (new float[4])[(int)data[1]];

    private static void StaticVariable(ArrayView<float> data) => data[0] = s_counter++;

    private static void Recursive(ArrayView<int> data) => data[0] = Factorial(data[1]);

    private static int Factorial(int n) => n < 2 ? 1 : n * Factorial(n - 1);

    private static void Exponential(ArrayView<float> data) => data[0] = MathF.Exp(data[1]);

    private static void Virtual(ArrayView<float> data) => data[0] = new object().GetHashCode();

    private static void MixedSpaces(ArrayView<float> data, int n)
    {
        var shared = SharedMemory.Allocate<float>(32);
        var view = n > 3 ? shared : data;
        view[Group.IdxX] = 1;
    }

    private static void NeedsAmpere(ArrayView<uint> data)
    {
        CudaAsm.Emit("redux.sync.add.u32 %0, %1, 0xffffffff;", out uint sum, data[Group.IdxX]);
        data[0] = sum;
    }

    private static void VariableExtent(ArrayView<float> data, int n) => data[0] = SharedMemory.Allocate<float>(n)[0];

    private static void Local(ArrayView<float> data, ArrayView<int> index)
    {
        var values = LocalMemory.Allocate<float>(8);
        for (int i = 0; i < 8; i++)
        {
            values[i] = data[i];
        }

        data[0] = values[index[0] & 7];
    }

    [Unroll]
    private static void UnrollsARuntimeLoop(ArrayView<float> data, int n)
    {
        for (int i = 0; i < 4; i++)
        {
            data[i] = 0;
        }

        for (int i = 0; i < n; i++)
        {
            data[i] += 1;
        }
    }

    [Unroll(RuntimeLoops = 1)]
    private static void UnrollsTwoRuntimeLoops(ArrayView<float> data, int n, int m)
    {
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < m; j++)
            {
                data[i] += data[j];
            }
        }
    }

    [Unroll]
    private static void UnrollsTooMany(ArrayView<float> data)
    {
        for (int i = 0; i < 5000; i++)
        {
            data[i] = 1;
        }
    }

    [Unroll]
    private static void CallsALoop(ArrayView<float> data, int n)
    {
        for (int i = 0; i < 40; i++)
        {
            Fill(data.SubView(i * n, n), n);
        }
    }

    private static void Fill(ArrayView<float> data, int n)
    {
        for (int i = 0; i < n; i++)
        {
            data[i] = 1;
        }
    }

    private static void Index(ArrayView<float> data, int i) => data[i] = 1;

    private static void Reference(ref float x) => x = 1;

    private static void Endless(ArrayView<float> data)
    {
        while (true)
        {
            data[Group.IdxX] += 1;
        }
    }

    private static void Ternary(ArrayView<float> data) => data[0] = data[1] < 0 ? throw new InvalidOperationException() : 1;

    [TestCase(nameof(DivergentBarrier), "all threads must reach it together")]
    [TestCase(nameof(EarlyReturn), "all threads must reach it together")]
    [TestCase(nameof(Raises), "no exceptions")]
    [TestCase(nameof(Ternary), "no exceptions")]
    [TestCase(nameof(NewArray), "LocalMemory.Allocate")]
    [TestCase(nameof(StaticVariable), "static variable RefusalTests.s_counter")]
    [TestCase(nameof(StaticTuple), "lie where .NET puts them")]
    [TestCase(nameof(Recursive), "recursively")]
    [TestCase(nameof(Exponential), "use MathX.Exp")]
    [TestCase(nameof(Virtual), "value types only")]
    [TestCase(nameof(MixedSpaces), "depending on the path")]
    [TestCase(nameof(NeedsAmpere), "needs compute capability 8.0")]
    [TestCase(nameof(VariableExtent), "not a constant")]
    [TestCase(nameof(UnrollsARuntimeLoop), "[Unroll(RuntimeLoops = 1)]")]
    [TestCase(nameof(UnrollsTwoRuntimeLoops), "[Unroll(RuntimeLoops = 2)]")]
    [TestCase(nameof(UnrollsTooMany), "at most 4096 rounds")]
    public void OneLineWithPlaceAndAdvice(string method, string advice)
    {
        var error = Assert.Throws<KernelCompileException>(() => Ptx.Compile(typeof(RefusalTests), method));
        Assert.That(error.Message, Does.Contain(advice).And.Contain("RefusalTests.cs:").And.Contain("IL_").And.Not.Contain("\n"));
    }

    /// <summary>The message stands at the loop that is not constant, not at the one before it.</summary>
    [Test]
    public void ALoopThatCannotBeUnrolledIsNamedByItsLine()
    {
        string[] lines = File.ReadAllLines(Path.Combine(RepositoryRoot.Path, "tests", "RawSer.Gpu.Tests", "Compiler", "RefusalTests.cs"));
        int loop = Array.FindIndex(lines, Array.FindIndex(lines, line => line.Contains($"void {nameof(UnrollsARuntimeLoop)}")), line => line.Contains("i < n")) + 1;
        Assert.That(
            () => Ptx.Compile(typeof(RefusalTests), nameof(UnrollsARuntimeLoop)),
            Throws.TypeOf<KernelCompileException>().With.Message.StartsWith("RefusalTests.UnrollsARuntimeLoop IL_").And.Message.Contains($"(RefusalTests.cs:{loop})"));
    }

    /// <summary>[Unroll] speaks of the loops of its method; what that calls keeps its loops.</summary>
    [Test]
    public void LoopsOfCalledMethodsStay() => Assert.That(Ptx.Compile(typeof(RefusalTests), nameof(CallsALoop)).Count("st.global"), Is.EqualTo(40));

    /// <summary>Optimised IL of it is one block that is its own successor.</summary>
    [Test]
    public void AKernelNeedNotEnd() => Assert.That(Ptx.Compile(typeof(RefusalTests), nameof(Endless)).Count(@"^L\d+:|bra\.uni L\d+;"), Is.EqualTo(2));

    [Test]
    public void TuplesStayInsideAKernel() =>
        Assert.That(() => Ptx.Compile(typeof(RefusalTests), nameof(ViewOfTuples)), Throws.TypeOf<KernelCompileException>().With.Message.Contains("parameter data: the fields of ValueTuple`2 lie where .NET puts them"));

    [Test]
    public void ReferencesAreNoParameters() =>
        Assert.That(() => Ptx.Compile(typeof(RefusalTests), nameof(Reference)), Throws.TypeOf<KernelCompileException>().With.Message.Contains("pass an ArrayView"));

    [Test]
    public void BarriersUnderUniformConditionsAreFine() => Ptx.AssertClean(Ptx.Compile(typeof(RefusalTests), nameof(UniformBarrier)));

    /// <summary>Checks of bounds leave the loop by a trap, which ends all threads: the barrier behind a condition of each thread's own is still reached together.</summary>
    [Test]
    public void BarriersBehindChecksOfBoundsAreFine()
    {
        Assert.That(Ptx.Compile(typeof(RefusalTests), nameof(GuardedRounds), new KernelOptions { DebugBounds = true }).Count(@"bar\.sync"), Is.EqualTo(2));
        Assert.That(() => Ptx.Compile(typeof(RefusalTests), nameof(DivergentBarrier), new KernelOptions { DebugBounds = true }), Throws.TypeOf<KernelCompileException>());
    }

    [Test]
    public void ArraysInLocalMemoryAreNamed()
    {
        var kernel = Ptx.Compile(typeof(RefusalTests), nameof(Local));
        Assert.That(kernel.Diagnostics, Has.Count.EqualTo(1).And.Some.Contains("array of 8 Single (32 bytes) is in local memory"));
        Assert.That(() => Ptx.Compile(typeof(RefusalTests), nameof(Local), new KernelOptions { ForbidLocalMemory = true }), Throws.TypeOf<KernelCompileException>());
        using var gpu = new Gpu();
        var (data, index) = (gpu.Upload([.. Enumerable.Range(0, 8).Select(i => i * 1.5f)]), gpu.Upload([5]));
        Kernel.Create<ArrayView<float>, ArrayView<int>>(Local).Launch(gpu.Device, new LaunchShape(1, 1), data, index);
        Assert.That(gpu.Read(data)[0], Is.EqualTo(7.5f));
    }

    [Test]
    public void BoundsAreCheckedOnRequest()
    {
        using var gpu = new Gpu();
        var data = gpu.Upload(new float[64]);
        var part = data.SubView(0, 32);
        var release = Kernel.Create<ArrayView<float>, int>(Index);
        var debug = Kernel.Create<ArrayView<float>, int>(Index, new KernelOptions { DebugBounds = true });
        release.Launch(gpu.Device, new LaunchShape(1, 1), part, 40);
        debug.Launch(gpu.Device, new LaunchShape(1, 1), part, 31);
        Assert.That(() => debug.Launch(gpu.Device, new LaunchShape(1, 1), part, 40), Throws.InstanceOf<KernelFaultException>());
        Assert.That(() => debug.Launch(gpu.Device, new LaunchShape(1, 1), part, -1), Throws.InstanceOf<KernelFaultException>());
    }
}
