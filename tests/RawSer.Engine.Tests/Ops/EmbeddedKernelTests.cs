using System.Reflection;
using RawSer.Gpu.Compiler;
using RawSer.Gpu.Emulator;
using RawSer.Kernels;

namespace RawSer.Engine.Tests.Ops;

/// <summary>The device kernels that the build compiles and this assembly's subject carries.</summary>
[NonParallelizable] // counts compilations
[Category("OneInstructionSet")]
public sealed class EmbeddedKernelTests
{
    private static readonly Assembly s_kernels = typeof(CudaBackend).Assembly;

    [OneTimeSetUp]
    public void NameTheCarrier() => Assert.That(Device.Cpu.Name, Is.EqualTo("cpu")); // as every use of the engine does

    [TestCase(70)]
    [TestCase(80)]
    [TestCase(90)]
    public void What_is_carried_is_what_the_compiler_makes_now(int tier)
    {
        IReadOnlyList<Kernel> kernels = KernelSearch.In(s_kernels);

        Assert.That(Kernel.Tiers, Does.Contain(tier));
        Assert.That(EmbeddedPtx.Names(s_kernels, tier), Is.EquivalentTo(kernels.Select(kernel => kernel.Name)));
        Assert.Multiple(() =>
        {
            foreach (Kernel kernel in kernels)
            {
                Assert.That(EmbeddedPtx.Find(s_kernels, kernel.Name, tier), Is.EqualTo(kernel.Compile(tier).Ptx), $"{kernel.Name} is stale");
            }
        });
    }

    [TestCase(75)]
    [TestCase(80)]
    [TestCase(90)]
    public void Launches_compile_nothing(int sm)
    {
        using EmulatorDevice device = new(new EmulatorOptions { SmVersion = sm });
        CudaBackend backend = new(device);
        Storage x = backend.Memory.Allocate(64), y = backend.Memory.Allocate(64);
        View input = new(x, DType.F32, Layout.RowMajor([4, 4])), output = new(y, DType.F32, Layout.RowMajor([4, 4]));
        int before = KernelCompiler.Compilations;
        backend.Fill(input, 1);
        backend.Softmax(input, output, 1, log: false);
        byte[] result = new byte[64];
        backend.Download(y, 0, result);
        x.Release();
        y.Release();

        Assert.That(BitConverter.ToSingle(result, 60), Is.EqualTo(0.25f).Within(1e-6f));
        Assert.That(KernelCompiler.Compilations, Is.EqualTo(before));
    }
}
