using RawSer.Gpu.Driver;

namespace RawSer.Gpu.Tests.Driver;

/// <summary>Launches, and what becomes of a device whose kernel failed.</summary>
public sealed class CudaLaunchTests : FakeDriverFixture
{
    [Test]
    public void A_kernel_is_launched_with_packed_parameters()
    {
        using CudaDevice device = Open();
        CudaFunction function = device.LoadModule(Ptx).GetFunction("scale");
        byte[] parameters = new byte[32];
        parameters[31] = 9;

        device.Launch(function, new LaunchShape((3, 2), (64, 4), 1024), parameters);

        Assert.That(function.ParameterBytes, Is.EqualTo(32)); // 16 + 4 + 1, then 8 at 24
        Assert.That(function.Registers, Is.EqualTo(40));
        Assert.That(function.LocalBytes, Is.EqualTo(8));
        Assert.That(FakeDriver.Calls[^1], Is.EqualTo("cuLaunchKernel(3 2 1, 64 4 1, 1024, null, 1 2 0)"));
        Assert.That(FakeDriver.LastParameters, Is.EqualTo(parameters));
    }

    [Test]
    public void A_kernel_without_parameters_gets_none()
    {
        using CudaDevice device = Open();
        CudaModule module = device.LoadModule(Ptx);

        device.Launch(module.GetFunction("nothing"), new LaunchShape(1, 32), []);
        device.Launch(module.GetFunction("bare"), new LaunchShape(1, 32), []);

        Assert.That(FakeDriver.Calls[^1], Is.EqualTo("cuLaunchKernel(1 1 1, 32 1 1, 0, null, none)"));
        Assert.That(() => module.GetFunction("scales"), Throws.TypeOf<GpuException>().With.Message.Contains("bare, nothing, scale"));
    }

    [Test]
    public void More_than_48_KB_of_shared_memory_are_asked_for_once()
    {
        using CudaDevice device = Open();
        CudaFunction function = device.LoadModule(Ptx).GetFunction("nothing");

        device.Launch(function, new LaunchShape(1, 32, 45056), []); // with 4096 static bytes exactly 48 KB
        device.Launch(function, new LaunchShape(1, 32, 100_000), []);
        device.Launch(function, new LaunchShape(1, 32, 100_000), []);

        Assert.That(FakeDriver.Calls.Where(call => call.StartsWith("cuFuncSetAttribute", StringComparison.Ordinal)), Is.EqualTo(new[] { "cuFuncSetAttribute(8, 100000)" }));
        Assert.That(device.BlocksPerMultiprocessor(function, 32, 100_000), Is.EqualTo(3));
    }

    [TestCase(0, 32, 0, 0, "a grid of (0, 1, 1)")]
    [TestCase(1, 513, 0, 0, "at most 512")]
    [TestCase(1, 32, 228353, 0, "at most 232448")]
    [TestCase(1, 32, -1, 0, "-1 dynamic bytes")]
    [TestCase(1, 32, 0, 4, "4 bytes of parameters; it takes 0")]
    public void A_launch_that_cannot_be_is_refused_before_the_driver_sees_it(int grid, int block, int shared, int parameterBytes, string message)
    {
        using CudaDevice device = Open();
        CudaFunction function = device.LoadModule(Ptx).GetFunction("nothing");

        Assert.That(() => device.Launch(function, new LaunchShape(grid, block, shared), new byte[parameterBytes]), Throws.TypeOf<GpuException>().With.Message.Contains(message).And.Message.Contains("'nothing'"));
        Assert.That(FakeDriver.Calls, Has.None.StartsWith("cuLaunchKernel"));
    }

    [Test]
    public void A_kernel_of_another_device_is_refused()
    {
        using CudaDevice one = Open(), other = Open();
        CudaFunction function = one.LoadModule(Ptx).GetFunction("nothing");

        Assert.That(() => other.Launch(function, new LaunchShape(1, 1), []), Throws.TypeOf<GpuException>().With.Message.Contains("another device"));
    }

    [Test]
    public void A_launch_allocates_nothing()
    {
        using CudaDevice device = Open();
        CudaFunction function = device.LoadModule(Ptx).GetFunction("scale");
        byte[] parameters = new byte[32];
        FakeDriver.Records = false;
        device.Launch(function, new LaunchShape(1, 32), parameters);

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1000; i++)
        {
            device.Launch(function, new LaunchShape(i + 1, 32), parameters);
        }

        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);
        FakeDriver.Records = true;
    }

    [Test]
    public void A_fault_names_the_last_kernels_and_the_device_stays_lost()
    {
        using CudaDevice device = Open();
        CudaModule module = device.LoadModule(Ptx);
        ulong address = device.Allocate(16);
        for (int i = 1; i <= 10; i++)
        {
            device.Launch(module.GetFunction(i == 10 ? "bare" : "nothing"), new LaunchShape(i, 32), []);
        }

        FakeDriver.Fail("cuStreamSynchronize", FakeDriver.IllegalAddress);
        Assert.That(device.Synchronize, Throws.TypeOf<KernelFaultException>()
            .With.Message.Contains("(700)").And.Message.Contains("bare (grid (10, 1, 1), block (32, 1, 1)").And.Message.Contains("grid (3, 1, 1)")
            .And.Message.Not.Contains("grid (2, 1, 1)").And.Message.Contains("RAWSER_CUDA_SYNC"));

        int calls = FakeDriver.Calls.Count;
        Assert.That(() => device.Allocate(4), Throws.TypeOf<KernelFaultException>().With.Message.Contains("was lost").And.Message.Contains("bare"));
        Assert.That(() => device.Free(address), Throws.Nothing);
        Assert.That(module.Dispose, Throws.Nothing);
        Assert.That(FakeDriver.Calls, Has.Count.EqualTo(calls), "a lost context is left alone");
    }

    [TestCase(226)] // an error that the GPU keeps to itself (Hopper)
    [TestCase(702)]
    [TestCase(719)]
    public void A_fault_of_any_kind_loses_the_device(int result)
    {
        using CudaDevice device = Open();
        FakeDriver.Fail("cuStreamSynchronize", result);

        Assert.That(device.Synchronize, Throws.TypeOf<KernelFaultException>());
        Assert.That(() => device.Allocate(4), Throws.TypeOf<KernelFaultException>().With.Message.Contains("was lost"));
    }

    /// <summary>Memory of a lost device cannot be read and is freed without a word; tensors of the processor know nothing of it.</summary>
    [Test]
    public void The_processor_computes_on_when_a_device_is_lost()
    {
        using CudaDevice device = Open();
        ulong address = device.Allocate(16);
        using Tensor before = Tensor.Ones([3]);
        FakeDriver.Fail("cuStreamSynchronize", FakeDriver.IllegalAddress);

        Assert.That(() => device.CopyToHost(new byte[16], address), Throws.TypeOf<KernelFaultException>());
        Assert.That(() => device.Allocate(4), Throws.TypeOf<KernelFaultException>());
        using Tensor sum = before + before;
        Assert.That(sum.ToArray<float>(), Is.EqualTo(new float[] { 2, 2, 2 }));
        Assert.That(() => device.Free(address), Throws.Nothing);
    }

    [Test]
    public void A_fault_that_nobody_waited_for_does_not_hinder_the_end()
    {
        CudaDevice device = Open();
        ulong address = device.Allocate(4);
        device.CopyToDevice(address, new byte[4]);
        FakeDriver.Calls.Clear();
        FakeDriver.Fail("cuStreamSynchronize", FakeDriver.IllegalAddress);

        Assert.That(device.Dispose, Throws.Nothing);
        Assert.That(FakeDriver.Calls, Is.EqualTo(new[] { "cuStreamSynchronize()", "cuStreamDestroy()", "cuDevicePrimaryCtxRelease(0)" }));
    }

    [Test]
    public void Waiting_after_each_launch_finds_the_kernel()
    {
        using CudaDevice device = Open(new CudaOptions { CacheFolder = null, WaitsAfterLaunch = true });
        CudaFunction function = device.LoadModule(Ptx).GetFunction("nothing");
        FakeDriver.Fail("cuStreamSynchronize", 716);

        Assert.That(() => device.Launch(function, new LaunchShape(1, 32), []), Throws.TypeOf<KernelFaultException>().With.Message.Contains("nothing"));
    }
}
