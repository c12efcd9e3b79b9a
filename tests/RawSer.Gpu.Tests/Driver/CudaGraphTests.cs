using RawSer.Gpu.Driver;

namespace RawSer.Gpu.Tests.Driver;

/// <summary>Captured steps, events, and what they are made of.</summary>
public sealed class CudaGraphTests : FakeDriverFixture
{
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
    public void A_fault_in_a_graph_names_the_kernels_of_the_graph()
    {
        using CudaDevice device = Open();
        CudaModule module = device.LoadModule(Ptx);
        using CudaGraph graph = device.Capture(() => { });
        Assert.That(
            graph.Update(() =>
            {
                device.Launch(module.GetFunction("nothing"), new LaunchShape(1, 32), []);
                device.Launch(module.GetFunction("bare"), new LaunchShape(1, 32), []);
                device.Launch(module.GetFunction("nothing"), new LaunchShape(2, 32), []);
            }),
            Is.True);
        device.Launch(module.GetFunction("bare"), new LaunchShape(7, 32), []);
        graph.Launch();
        FakeDriver.Fail("cuStreamSynchronize", FakeDriver.IllegalAddress);

        Assert.That(device.Synchronize, Throws.TypeOf<KernelFaultException>().With.Message.Contains(
            "the latest first: a graph of 3 kernels (nothing 2 times, bare); bare (grid (7, 1, 1), block (32, 1, 1), 0 B shared); RAWSER_CUDA_SYNC=1 launches without graphs"));
    }

    [Test]
    public void A_capture_that_fails_leaves_no_launches_behind()
    {
        using CudaDevice device = Open();
        CudaFunction function = device.LoadModule(Ptx).GetFunction("nothing");
        Assert.That(
            () => device.Capture(() =>
            {
                device.Launch(function, new LaunchShape(1, 32), []);
                throw new InvalidOperationException();
            }),
            Throws.InvalidOperationException);
        FakeDriver.Fail("cuStreamSynchronize", FakeDriver.IllegalAddress);

        Assert.That(device.Synchronize, Throws.TypeOf<KernelFaultException>().With.Message.Contains("No kernel was launched before"));
    }

    [Test]
    public void Where_each_launch_is_waited_for_there_are_no_graphs()
    {
        using CudaDevice waits = Open(new CudaOptions { CacheFolder = null, WaitsAfterLaunch = true }), other = Open();

        Assert.That((waits.SupportsGraphs, other.SupportsGraphs), Is.EqualTo((false, true)));
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
}
