using System.Runtime.InteropServices;
using RawSer.Gpu.Emulator;

namespace RawSer.Gpu.Tests.Emulator;

public sealed class EmulatorDeviceTests
{
    private const string AddsOne = """
        ld.param.u64 %d0, [p0];
        mov.u32 %r0, %ctaid.x;
        mov.u32 %r1, %ntid.x;
        mov.u32 %r2, %tid.x;
        mad.lo.s32 %r0, %r0, %r1, %r2;
        mul.wide.u32 %d1, %r0, 4;
        add.s64 %d0, %d0, %d1;
        ld.global.u32 %r3, [%d0];
        add.s32 %r3, %r3, 1;
        st.global.u32 [%d0], %r3;
        ret;
        """;

    [Test]
    public void A_graph_replays_what_was_recorded()
    {
        using var device = new EmulatorDevice();
        ulong address = device.Allocate(64 * sizeof(uint));
        using GpuModule module = device.LoadModule(PtxKernels.Module(AddsOne));
        GpuFunction kernel = module.GetFunction("k");
        using GpuGraph graph = device.Capture(() =>
        {
            device.Launch(kernel, new LaunchShape(2, 32), BitConverter.GetBytes(address));
            device.Launch(kernel, new LaunchShape(2, 32), BitConverter.GetBytes(address));
        });
        device.Fill(address, 0, 64 * sizeof(uint));
        graph.Launch();
        graph.Launch();

        uint[] result = new uint[64];
        device.CopyToHost(MemoryMarshal.AsBytes(result.AsSpan()), address);
        Assert.That(graph.NodeCount, Is.EqualTo(2));
        Assert.That(result, Is.All.EqualTo(4u));
    }

    [Test]
    public void A_captured_copy_reads_the_host_buffer_when_the_graph_is_launched()
    {
        using var device = new EmulatorDevice();
        using GpuHostBuffer buffer = device.AllocateHost(8);
        ulong address = device.Allocate(4);
        using GpuGraph graph = device.Capture(() => device.CopyToDevice(address, buffer, 4, 4));
        buffer.Span<uint>(4, 1)[0] = 9;
        graph.Launch();

        uint[] result = new uint[1];
        device.CopyToHost(MemoryMarshal.AsBytes(result.AsSpan()), address);
        Assert.That(result[0], Is.EqualTo(9u));
    }

    [Test]
    public void What_a_capture_cannot_hold_is_refused()
    {
        // All that a CudaDevice refuses: a step that does one of these would be recorded here and fail on a GPU.
        using var device = new EmulatorDevice();
        ulong address = device.Allocate(4);
        using GpuEvent marked = device.CreateEvent();
        Refused(() => device.Allocate(4), "allocation");
        Refused(() => device.AllocateHost(4), "allocation");
        Refused(() => device.CreateEvent(), "an event");
        Refused(marked.Record, "waiting");
        Refused(marked.Wait, "waiting");
        Refused(() => _ = marked.IsDone, "waiting");
        Refused(() => device.CopyToDevice(address, new byte[4]), "pageable");
        Refused(() => device.CopyToHost(new byte[4], address), "copy to the host");
        Refused(device.Synchronize, "waiting");
        Refused(() => device.LoadModule(PtxKernels.Module(AddsOne)), "loading");
        Refused(() => device.Capture(() => { }), "capture within");

        Assert.That(device.Allocate(4), Is.Not.Zero, "the device works after it");

        void Refused(Action action, string what) =>
            Assert.That(() => device.Capture(action), Throws.TypeOf<GpuException>().With.Message.Contains(what).And.Message.Contains("captured"));
    }

    [Test]
    public void A_fault_leaves_the_device_usable()
    {
        using var device = new EmulatorDevice();
        var fault = Assert.Throws<EmulatorFaultException>(() => PtxKernels.Run(device, PtxKernels.Module(AddsOne), new LaunchShape(1, 64), new uint[63]))!;

        Assert.That((fault.Kind, fault.LinearThread, fault.Kernel), Is.EqualTo((EmulatorFaultKind.GlobalOutOfBounds, 63, "k")));
        Assert.That(fault.Message, Does.Contain("0 bytes after the end of an allocation of 252 bytes"));
        Assert.That(PtxKernels.Run(device, PtxKernels.Module(AddsOne), new LaunchShape(1, 64), new uint[64]), Is.All.EqualTo(1u));
    }

    [Test]
    public void Freed_memory_is_not_reached()
    {
        using var device = new EmulatorDevice();
        ulong address = device.Allocate(256);
        device.Free(address);
        ulong other = device.Allocate(256);
        using GpuModule module = device.LoadModule(PtxKernels.Module(AddsOne));

        Assert.That(other, Is.Not.EqualTo(address));
        var fault = Assert.Throws<EmulatorFaultException>(() => device.Launch(module.GetFunction("k"), new LaunchShape(1, 32), BitConverter.GetBytes(address)))!;
        Assert.That(fault.Kind, Is.EqualTo(EmulatorFaultKind.GlobalOutOfBounds));
        Assert.Throws<GpuException>(() => device.Free(address));
    }

    [Test]
    public void The_fault_of_the_first_block_is_reported_whatever_the_number_of_threads([Values(1, 2, 5)] int threads)
    {
        var options = new EmulatorOptions { Threads = threads };
        EmulatorFaultException fault = PtxKernels.Fault(PtxKernels.Module(AddsOne), new LaunchShape(64, 32), new uint[(17 * 32) + 3], options);

        Assert.That((fault.Block, fault.LinearThread), Is.EqualTo((new Dim3(17, 0, 0), 3)));
    }

    [Test]
    public void A_sum_by_float_atomics_is_the_same_whatever_the_number_of_threads()
    {
        string ptx = PtxKernels.Module("""
            ld.param.u64 %d0, [p0];
            mov.u32 %r0, %ctaid.x;
            mov.u32 %r1, %tid.x;
            mad.lo.s32 %r0, %r0, 32, %r1;
            cvt.rn.f32.u32 %f0, %r0;
            sqrt.rn.f32 %f0, %f0;
            red.global.add.f32 [%d0], %f0;
            ret;
            """);
        uint[][] sums = [.. new[] { 1, 2, 7 }.Select(threads => PtxKernels.Run(ptx, new LaunchShape(100, 32), new uint[1], new EmulatorOptions { Threads = threads }))];

        Assert.That(sums[1], Is.EqualTo(sums[0]));
        Assert.That(sums[2], Is.EqualTo(sums[0]));
        Assert.That(BitConverter.UInt32BitsToSingle(sums[0][0]), Is.EqualTo(120_650).Within(0.1).Percent);
    }

    [TestCase(49152, true)]
    [TestCase(49156, false)]
    public void Static_shared_memory_is_48_KB_at_most(int bytes, bool isPossible)
    {
        using var device = new EmulatorDevice();
        string ptx = PtxKernels.Module($".shared .align 4 .b8 s[{bytes}]; ret;");

        Assert.That(() => device.LoadModule(ptx), isPossible ? Throws.Nothing : Throws.TypeOf<PtxException>().With.Message.EqualTo("emulator: kernel 'k': 49156 bytes of static shared memory; at most 49152"));
        Assert.That(PtxKernels.Run(device, PtxKernels.Module(AddsOne), new LaunchShape(1, 32), new uint[32]), Is.All.EqualTo(1u), "the device works after it");
    }

    [TestCase(0, 32, 0, "a grid of (0, 1, 1) blocks", TestName = "An_empty_grid")]
    [TestCase(1, 2048, 0, "2048 threads; at most 1024", TestName = "Too_many_threads")]
    [TestCase(1, 32, 300_000, "300000 dynamic bytes of shared memory; at most", TestName = "Too_much_shared_memory")]
    public void A_launch_beyond_the_device_is_refused(int grid, int block, int shared, string message)
    {
        using var device = new EmulatorDevice();
        using GpuModule module = device.LoadModule(PtxKernels.Module(AddsOne));
        GpuFunction kernel = module.GetFunction("k");

        var refused = Assert.Throws<GpuException>(() => device.Launch(kernel, new LaunchShape(grid, block, shared), new byte[8]))!;
        Assert.That(refused, Is.Not.InstanceOf<KernelFaultException>());
        Assert.That(refused.Message, Does.Contain("kernel 'k'").And.Contain(message));
        Assert.Throws<GpuException>(() => device.Launch(kernel, new LaunchShape(1, 32), new byte[4]));
    }

    [Test]
    public void Memory_is_limited_and_the_message_counts_it()
    {
        using var device = new EmulatorDevice(new EmulatorOptions { MemoryBytes = 1000 });
        device.Allocate(600);

        var full = Assert.Throws<GpuOutOfMemoryException>(() => device.Allocate(500))!;
        Assert.That(full.Message, Does.Contain("500 bytes asked for, 600 of 1000 in use"));
    }
}
