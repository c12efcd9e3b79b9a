using System.Runtime.InteropServices;
using RawSer.Gpu.Driver;

namespace RawSer.Gpu.Tests.Driver;

/// <summary>Which device is opened, its memory and its context.</summary>
public sealed class CudaDeviceTests : FakeDriverFixture
{
    [Test]
    public void A_device_is_its_primary_context_and_one_non_blocking_stream()
    {
        using (CudaDevice device = Open())
        {
            Assert.That(device.Name, Is.EqualTo("cuda:0"));
            Assert.That(device.Properties.Name, Is.EqualTo("Fake GPU"));
            Assert.That(device.Properties.SmVersion, Is.EqualTo(90));
            Assert.That(device.Properties.PtxVersion, Is.EqualTo(84));
            Assert.That(device.Properties.SharedMemoryPerBlockOptIn, Is.EqualTo(232448));
        }

        Assert.That(FakeDriver.Calls, Is.EqualTo(new[]
        {
            "cuInit(0)", "cuDeviceGetCount()", "cuDevicePrimaryCtxRetain(0)", "cuCtxSetCurrent()", "cuStreamCreate(1)",
            "cuDeviceGetDefaultMemPool()", "cuMemPoolSetAttribute(4, ffffffffffffffff)",
            "cuStreamSynchronize()", "cuStreamDestroy()", "cuDevicePrimaryCtxRelease(0)",
        }));
    }

    [Test]
    public void Without_a_driver_the_places_are_named()
    {
        string library = OperatingSystem.IsWindows() ? "nvcuda.dll" : "libcuda.so.1";
        if (NativeLibrary.TryLoad(library, out _))
        {
            Assert.Ignore("this machine has an NVIDIA driver");
        }

        Assert.That(() => new CudaDevice(), Throws.TypeOf<GpuNotFoundException>().With.Message.Contains(library));
    }

    [Test]
    public void Missing_drivers_and_devices_are_named()
    {
        FakeDriver.Fail("cuInit", 100);
        Assert.That(() => Open(), Throws.TypeOf<GpuNotFoundException>().With.Message.Contains("cuInit").And.Message.Contains("(100)"));

        Assert.That(() => Open(ordinal: 1), Throws.TypeOf<GpuNotFoundException>().With.Message.Contains("cuda:1").And.Message.Contains("shows 1 device"));

        FakeDriver.Missing.Add("cuGraphInstantiateWithFlags");
        Assert.That(() => Open(), Throws.TypeOf<GpuNotFoundException>().With.Message.Contains("lacks cuGraphInstantiateWithFlags").And.Message.Contains("too old"));
    }

    [TestCase(11040, 74)]
    [TestCase(11080, 78)]
    [TestCase(12000, 80)]
    [TestCase(12050, 85)]
    [TestCase(12060, 85)]
    [TestCase(12070, 86)]
    [TestCase(12090, 88)]
    [TestCase(13000, 90)]
    [TestCase(13010, 91)]
    public void A_driver_accepts_PTX_up_to_its_own_version(int driver, int ptx) => Assert.That(CudaDevice.PtxVersionOf(driver), Is.EqualTo(ptx));

    [Test]
    public void Bytes_go_to_the_device_and_back()
    {
        using CudaDevice device = Open();
        ulong a = device.Allocate(10), b = device.Allocate(10);
        byte[] sent = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10], received = new byte[10];

        device.CopyToDevice(a, sent);
        device.Fill(b, 7, 10);
        device.CopyOnDevice(b, a, 5);
        device.CopyToHost(received, b);

        Assert.That(received, Is.EqualTo(new byte[] { 1, 2, 3, 4, 5, 7, 7, 7, 7, 7 }));
        Assert.That(FakeDriver.Calls[^1], Is.EqualTo("cuStreamSynchronize()"));
        device.Free(a);
        device.Free(b);
    }

    [Test]
    public void The_driver_never_reads_host_memory_that_may_have_moved()
    {
        const int Bytes = (2 * CudaDevice.StagingBytes) + 3;
        using CudaDevice device = Open();
        ulong address = device.Allocate(Bytes);
        byte[] sent = new byte[Bytes], received = new byte[Bytes];
        new Random(1).NextBytes(sent);

        device.CopyToDevice(address, sent);
        device.CopyToDevice(address, []);
        device.CopyToHost(received, address);
        device.CopyToHost([], address);

        Assert.That(received, Is.EqualTo(sent));
        Assert.That(FakeDriver.PageableCopies, Is.Zero);
        Assert.That(FakeDriver.Calls.Where(call => call.StartsWith("cuMemcpy", StringComparison.Ordinal)), Is.EqualTo(new[]
        {
            "cuMemcpyHtoDAsync(4194304)", "cuMemcpyHtoDAsync(4194304)", "cuMemcpyHtoDAsync(3)", $"cuMemcpyDtoHAsync({Bytes})",
        }));
        device.Free(address);
    }

    [TestCase(true, "cuMemAllocAsync(512)", "cuMemFreeAsync()")]
    [TestCase(false, "cuMemAlloc(512)", "cuMemFree()")]
    public void Memory_comes_in_the_order_of_the_stream_where_the_device_can(bool hasPools, string allocation, string release)
    {
        FakeDriver.HasPools = hasPools;
        using CudaDevice device = Open();

        ulong address = device.Allocate(257);
        Assert.That(device.Memory, Is.EqualTo(new GpuMemoryStatistics(512, 1, 512, 1000, 1 << 30)));
        device.Free(address);

        Assert.That(device.Memory.InUse, Is.Zero);
        Assert.That(FakeDriver.Calls.TakeLast(2), Is.EqualTo(new[] { allocation, release }));
        Assert.That(() => device.Free(address), Throws.TypeOf<GpuException>().With.Message.Contains("freed before"));
    }

    [Test]
    public void Memory_that_the_pool_holds_is_given_back_before_an_allocation_fails()
    {
        using CudaDevice device = Open();
        ulong address = 0;
        FakeDriver.Fail("cuMemAllocAsync", 2);

        Assert.That(() => address = device.Allocate(1024), Throws.Nothing);
        Assert.That(FakeDriver.Calls.TakeLast(4), Is.EqualTo(new[] { "cuMemAllocAsync(1024)", "cuStreamSynchronize()", "cuMemPoolTrimTo(0)", "cuMemAllocAsync(1024)" }));
        device.Free(address);
    }

    [Test]
    public void Out_of_memory_tells_what_is_in_use_and_the_device_works_on()
    {
        FakeDriver.HasPools = false;
        using CudaDevice device = Open();
        ulong address = device.Allocate(4096);
        FakeDriver.Fail("cuMemAlloc", 2);

        Assert.That(() => device.Allocate(1L << 20), Throws.TypeOf<GpuOutOfMemoryException>().With.Message.Contains("1,048,576 bytes asked").And.Message.Contains("4,096 in 1 allocations"));
        Assert.That(() => device.Free(address), Throws.Nothing);
    }

    [Test]
    public void The_context_is_made_current_on_each_thread()
    {
        using CudaDevice device = Open();
        FakeDriver.Calls.Clear();
        device.Synchronize();
        var thread = new Thread(device.Synchronize);
        thread.Start();
        thread.Join();

        Assert.That(FakeDriver.Calls, Is.EqualTo(new[] { "cuStreamSynchronize()", "cuCtxSetCurrent()", "cuStreamSynchronize()" }));
    }
}
