using System.Runtime.InteropServices;
using RawSer.Gpu.Driver;

namespace RawSer.Gpu.Tests.Driver;

/// <summary>The sequence of driver calls and the handling of errors, against <see cref="FakeDriver"/>. No GPU is involved.</summary>
[NonParallelizable]
public sealed class CudaDeviceTests
{
    private const string Ptx =
        """
        .version 7.0
        .target sm_80
        .address_size 64
        .visible .entry scale(
            .param .align 8 .b8 view[16],
            .param .f32 factor,
            .param .u8 flag,
            .param .u64 .ptr .global .align 16 other
        )
        .maxntid 256, 1, 1
        { ret; }
        .entry nothing() { ret; }
        .entry bare { ret; }
        """;

    private string _cache = "";

    [SetUp]
    public void Reset()
    {
        FakeDriver.Reset();
        _cache = Path.Combine(Path.GetTempPath(), $"rawser-cubin-{Guid.NewGuid():n}");
    }

    [TearDown]
    public void DeleteCache()
    {
        if (Directory.Exists(_cache))
        {
            Directory.Delete(_cache, recursive: true);
        }
    }

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

    [Test]
    public void PTX_is_assembled_once_and_then_comes_from_the_cache()
    {
        var options = new CudaOptions { CacheFolder = _cache };
        using (CudaDevice device = Open(options))
        {
            device.LoadModule(Ptx).Dispose();
        }

        Assert.That(FakeDriver.Calls, Has.Some.EqualTo($"cuLinkAddData(1, {Ptx.Length + 1}, last 0)"));
        Assert.That(FakeDriver.LinkOptions, Does.ContainKey(12).WithValue(1L).And.ContainKey(4).WithValue(65536L).And.ContainKey(6).WithValue(65536L).And.ContainKey(7).WithValue(4L));
        Assert.That(Directory.GetFiles(_cache), Has.Length.EqualTo(1));

        FakeDriver.Calls.Clear();
        using (CudaDevice device = Open(options))
        {
            device.LoadModule(Ptx).Dispose();
        }

        Assert.That(FakeDriver.Calls, Has.None.StartsWith("cuLink").And.Some.EqualTo("cuModuleLoadDataEx(CUBIN)"));
    }

    [Test]
    public void What_decides_a_cubin_decides_its_key()
    {
        var options = new CudaOptions();
        string[] keys =
        [
            CubinCache.Key(Ptx, 80, 12040, options), CubinCache.Key(Ptx + " ", 80, 12040, options), CubinCache.Key(Ptx, 90, 12040, options),
            CubinCache.Key(Ptx, 80, 12050, options), CubinCache.Key(Ptx, 80, 12040, options with { MaxRegisters = 64 }),
            CubinCache.Key(Ptx, 80, 12040, options with { OptimizationLevel = 2 }),
        ];

        Assert.That(keys, Is.Unique);
        Assert.That(CubinCache.Key(Ptx, 80, 12040, options with { CacheFolder = "elsewhere" }), Is.EqualTo(keys[0]));
    }

    [Test]
    public void A_cubin_that_the_driver_refuses_is_assembled_again()
    {
        var options = new CudaOptions { CacheFolder = _cache };
        using CudaDevice device = Open(options);
        device.LoadModule(Ptx).Dispose();
        FakeDriver.Calls.Clear();
        FakeDriver.Fail("cuModuleLoadDataEx", 200);

        Assert.That(() => device.LoadModule(Ptx), Throws.Nothing);
        Assert.That(FakeDriver.Calls.Count(call => call.StartsWith("cuLinkComplete", StringComparison.Ordinal)), Is.EqualTo(1));
    }

    [TestCase(0)]
    [TestCase(31)]
    [TestCase(40)]
    public void A_damaged_cubin_never_reaches_the_driver(int bytes)
    {
        // It is told no length and would read beyond the end.
        using CudaDevice device = Open(new CudaOptions { CacheFolder = _cache });
        device.LoadModule(Ptx).Dispose();
        string file = Directory.GetFiles(_cache).Single();
        byte[] whole = File.ReadAllBytes(file);
        File.WriteAllBytes(file, whole[..bytes]);
        FakeDriver.Calls.Clear();

        device.LoadModule(Ptx).Dispose();

        Assert.That(FakeDriver.Calls.Count(call => call.StartsWith("cuLinkComplete", StringComparison.Ordinal)), Is.EqualTo(1));
        Assert.That(FakeDriver.Calls.Count(call => call.StartsWith("cuModuleLoadDataEx", StringComparison.Ordinal)), Is.EqualTo(1));
        Assert.That(File.ReadAllBytes(file), Is.EqualTo(whole));
    }

    [Test]
    public void There_is_a_cache_where_the_user_has_a_home()
    {
        string? cache = Environment.GetEnvironmentVariable("XDG_CACHE_HOME"), named = Environment.GetEnvironmentVariable("RAWSER_CUDA_CACHE"), home = Environment.GetEnvironmentVariable("HOME");
        try
        {
            Environment.SetEnvironmentVariable("RAWSER_CUDA_CACHE", null);
            Environment.SetEnvironmentVariable("XDG_CACHE_HOME", null);
            Environment.SetEnvironmentVariable("HOME", Directory.CreateDirectory(_cache).FullName); // a new user's: empty
            Assert.That(new CudaOptions().CacheFolder, OperatingSystem.IsWindows() ? Is.Not.Null : Is.EqualTo(Path.Combine(_cache, ".cache", "rawser", "cubin")));
            Environment.SetEnvironmentVariable("XDG_CACHE_HOME", _cache);
            Assert.That(new CudaOptions().CacheFolder, Is.EqualTo(Path.Combine(_cache, "rawser", "cubin")));
            Environment.SetEnvironmentVariable("RAWSER_CUDA_CACHE", "");
            Assert.That(new CudaOptions().CacheFolder, Is.Null);
        }
        finally
        {
            Environment.SetEnvironmentVariable("XDG_CACHE_HOME", cache);
            Environment.SetEnvironmentVariable("RAWSER_CUDA_CACHE", named);
            Environment.SetEnvironmentVariable("HOME", home);
        }
    }

    [Test]
    public void A_folder_that_cannot_be_written_is_no_cache()
    {
        File.WriteAllText(_cache, "a file where the folder should be");
        using CudaDevice device = Open(new CudaOptions { CacheFolder = Path.Combine(_cache, "below") });

        Assert.That(() => device.LoadModule(Ptx), Throws.Nothing);
        File.Delete(_cache);
    }

    [Test]
    public void Refused_PTX_gives_the_whole_log()
    {
        FakeDriver.ErrorLog = string.Concat(Enumerable.Range(1, 2000).Select(line => $"ptxas line {line}; error: no such thing\n"));
        using CudaDevice device = Open();
        FakeDriver.Fail("cuLinkAddData", 218);

        Assert.That(() => device.LoadModule(Ptx), Throws.TypeOf<PtxException>().With.Message.Contains("(218)").And.Message.Contains("ptxas line 1500;"));
        Assert.That(FakeDriver.Calls[^1], Is.EqualTo("cuLinkDestroy()"));
    }

    [Test]
    public void PTX_newer_than_the_driver_says_so()
    {
        using CudaDevice device = Open();
        FakeDriver.Fail("cuLinkAddData", 222);

        Assert.That(() => device.LoadModule(Ptx), Throws.TypeOf<PtxException>().With.Message.Contains(".version 7.0").And.Message.Contains("driver 12.4 knows PTX up to 8.4"));
    }

    [Test]
    public void A_step_is_recorded_and_launched_as_a_graph()
    {
        using CudaDevice device = Open();
        CudaFunction function = device.LoadModule(Ptx).GetFunction("nothing");
        ulong address = device.Allocate(64), late = device.Allocate(64);
        using GpuHostBuffer input = device.AllocateHost(64);
        input.Span<float>(4, 2)[1] = 5;
        FakeDriver.Calls.Clear();

        CudaGraph graph = device.Capture(() =>
        {
            device.CopyToDevice(address, input, 4, 8);
            device.Launch(function, new LaunchShape(1, 32), []);
            device.Free(late);
        });
        graph.Launch();

        Assert.That(graph.NodeCount, Is.EqualTo(7));
        Assert.That(FakeDriver.Calls, Is.EqualTo(new[]
        {
            "cuStreamBeginCapture(1)", "cuMemcpyHtoDAsync(8)", "cuLaunchKernel(1 1 1, 32 1 1, 0, null, none)", "cuStreamEndCapture()",
            "cuMemFreeAsync()", "cuGraphInstantiate(0)", "cuGraphDestroy()", "cuGraphLaunch()",
        }));
        FakeDriver.Calls.Clear();
        Assert.That(graph.Update(() => { }), Is.True);
        FakeDriver.Fail("cuGraphExecUpdate", 910);
        Assert.That(graph.Update(() => { }), Is.False);
        Assert.That(FakeDriver.Calls.TakeLast(4), Is.EqualTo(new[] { "cuGraphExecUpdate()", "cuGraphInstantiate(0)", "cuGraphExecDestroy()", "cuGraphDestroy()" }));
        graph.Dispose();
        Assert.That(graph.Launch, Throws.TypeOf<ObjectDisposedException>());
    }

    [Test]
    public void What_a_graph_cannot_hold_is_refused_by_name_and_the_capture_ends()
    {
        using CudaDevice device = Open();
        ulong address = device.Allocate(64);

        Refused(() => device.CopyToDevice(address, new byte[4]), "pageable");
        Refused(() => device.CopyToHost(new byte[4], address), "copy to the host");
        Refused(() => device.Allocate(4), "allocation");
        Refused(device.Synchronize, "waiting");
        Refused(() => device.LoadModule(Ptx), "loading");
        Refused(() => device.Capture(() => { }), "capture within");
        Assert.That(() => device.CopyToDevice(address, new byte[4]), Throws.Nothing);

        void Refused(Action action, string what) =>
            Assert.That(() => device.Capture(action), Throws.TypeOf<GpuException>().With.Message.Contains(what).And.Message.Contains("captured"));
    }

    [Test]
    public void Events_take_the_time_between_two_points()
    {
        using CudaDevice device = Open();
        using GpuEvent start = device.CreateEvent(), end = device.CreateEvent();
        start.Record();
        end.Record();

        Assert.That(end.Since(start), Is.EqualTo(TimeSpan.FromMilliseconds(1.5)));
        FakeDriver.Fail("cuEventQuery", 600);
        Assert.That(end.IsDone, Is.False);
        Assert.That(end.IsDone, Is.True);
    }

    [Test]
    public void A_copy_to_the_host_waits_for_its_own_event_only()
    {
        using CudaDevice device = Open();
        ulong address = device.Allocate(64);
        using var download = new GpuDownload(device, 64);
        FakeDriver.Calls.Clear();

        download.Start(address, 8);
        FakeDriver.Fail("cuEventQuery", 600);
        Assert.That(download.HasArrived, Is.False);
        Assert.That(() => download.Start(address, 8), Throws.InvalidOperationException);
        FakeDriver.Fail("cuEventQuery", 600);
        Assert.That(download.Read<float>(2).Length, Is.EqualTo(2));

        Assert.That(download.IsUnderWay, Is.False);
        Assert.That(FakeDriver.Calls.Where(call => !call.StartsWith("cuEventQuery", StringComparison.Ordinal)), Is.EqualTo(new[]
        {
            "cuMemcpyDtoHAsync(8)", "cuEventRecord()", "cuEventSynchronize()",
        }));
    }

    [Test]
    public void An_arena_gives_the_same_addresses_again()
    {
        using CudaDevice device = Open();
        using var arena = new GpuArena(device, 1024);

        ulong[] first = [arena.Allocate(1), arena.Allocate(300), arena.Allocate(0)];
        arena.Reset();
        ulong[] second = [arena.Allocate(1), arena.Allocate(300), arena.Allocate(0)];

        Assert.That(second, Is.EqualTo(first));
        Assert.That(first[1] - first[0], Is.EqualTo(256));
        Assert.That(arena.Peak, Is.EqualTo(768));
        Assert.That(() => arena.Allocate(257), Throws.TypeOf<GpuOutOfMemoryException>().With.Message.Contains("256 left"));
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

    private static CudaDevice Open(CudaOptions? options = null, int ordinal = 0) =>
        new(FakeDriver.Load(), ordinal, options ?? new CudaOptions { CacheFolder = null, WaitsAfterLaunch = false });
}
