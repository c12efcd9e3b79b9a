using System.Runtime.InteropServices;
using RawSer.Gpu.Emulator;

namespace RawSer.Gpu.Tests.Emulator;

/// <summary>Small PTX kernels written by hand, and how to launch them.</summary>
internal static class PtxKernels
{
    /// <summary>A module with one kernel of pointer and word parameters <c>p0, p1, …</c>.</summary>
    public static string Module(string body, string parameters = ".param .u64 p0", string name = "k") => $$"""
        .version 7.8
        .target sm_80
        .address_size 64
        .visible .entry {{name}}({{parameters}})
        {
            .reg .pred %p<8>;
            .reg .b16 %h<8>;
            .reg .b32 %r<32>;
            .reg .f32 %f<16>;
            .reg .b64 %d<16>;
            {{body}}
        }
        """;

    /// <summary>Runs a kernel on a buffer of words, which is its first parameter, and returns the buffer.</summary>
    public static uint[] Run(string ptx, LaunchShape shape, uint[] buffer, EmulatorOptions? options = null)
    {
        using var device = new EmulatorDevice(options ?? new EmulatorOptions { Checks = EmulatorChecks.Strict });
        return Run(device, ptx, shape, buffer);
    }

    /// <inheritdoc cref="Run(string, LaunchShape, uint[], EmulatorOptions?)"/>
    public static uint[] Run(EmulatorDevice device, string ptx, LaunchShape shape, uint[] buffer)
    {
        ulong address = device.Allocate(buffer.Length * sizeof(uint));
        device.CopyToDevice(address, MemoryMarshal.AsBytes<uint>(buffer));
        using GpuModule module = device.LoadModule(ptx);
        device.Launch(module.GetFunction("k"), shape, BitConverter.GetBytes(address));
        uint[] result = new uint[buffer.Length];
        device.CopyToHost(MemoryMarshal.AsBytes(result.AsSpan()), address);
        device.Free(address);
        return result;
    }

    /// <summary>The fault of a launch that must fail.</summary>
    public static EmulatorFaultException Fault(string ptx, LaunchShape shape, uint[] buffer, EmulatorOptions? options = null) =>
        Assert.Throws<EmulatorFaultException>(() => Run(ptx, shape, buffer, options))!;
}
