using RawSer.Gpu.Emulator;

namespace RawSer.Gpu.Tests;

public sealed class HostBufferTests
{
    [Test]
    public void A_captured_copy_reads_what_the_buffer_holds_when_the_graph_is_launched()
    {
        using var device = new EmulatorDevice();
        using GpuHostBuffer buffer = device.AllocateHost(64);
        ulong address = device.Allocate(8);
        buffer.Span<int>(16, 2).Fill(1);
        using GpuGraph graph = device.Capture(() => device.CopyToDevice(address, buffer, 16, 8));

        buffer.Span<int>(16, 2).Fill(7);
        graph.Launch();

        byte[] received = new byte[8];
        device.CopyToHost(received, address);
        Assert.That(received, Is.EqualTo(new byte[] { 7, 0, 0, 0, 7, 0, 0, 0 }));
    }

    [Test]
    public void A_range_outside_of_a_buffer_is_refused()
    {
        using var device = new EmulatorDevice();
        GpuHostBuffer buffer = device.AllocateHost(64);
        ulong address = device.Allocate(64);

        Assert.That(() => device.CopyToDevice(address, buffer, 60, 8), Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.Contains("bytes 60 to 68 of a host buffer of 64"));
        Assert.That(() => buffer.Span<int>(-4, 1), Throws.TypeOf<ArgumentOutOfRangeException>());
        buffer.Dispose();
        Assert.That(() => buffer.Span<int>(0, 1), Throws.TypeOf<ObjectDisposedException>());
    }

    [Test]
    public void Events_of_a_device_without_a_clock_take_the_time_of_the_host()
    {
        using var device = new EmulatorDevice();
        using GpuEvent start = device.CreateEvent(), end = device.CreateEvent();
        start.Record();
        Thread.Sleep(2);
        end.Record();

        Assert.That(end.IsDone, Is.True);
        Assert.That(end.Since(start), Is.GreaterThan(TimeSpan.FromMilliseconds(1)));
    }
}
