using System.Runtime.InteropServices;
using RawSer.Gpu;
using RawSer.Gpu.Compiler;

namespace RawSer.Kernels;

/// <content>
/// Bad data that kernels found (<see cref="DeviceFaults"/>). A launch never waits, so the error comes where the host waits anyway:
/// <see cref="Download"/> and <see cref="Synchronize"/> throw it, once, and what was queued after the bad operation has run too.
/// </content>
public sealed partial class CudaBackend
{
    private ulong _faultWords;
    private bool _mayHaveFault;

    /// <summary>Where the kernels of this backend report; whoever asks is about to launch one that may.</summary>
    private DeviceFaults Faults
    {
        get
        {
            if (_faultWords == 0)
            {
                _faultWords = Gpu.Allocate(DeviceFaults.Words * sizeof(long)); // as long as the device lives
                Gpu.Fill(_faultWords, 0, DeviceFaults.Words * sizeof(long));
            }

            _mayHaveFault = true;
            return new DeviceFaults(Gpu.View<long>(_faultWords, DeviceFaults.Words));
        }
    }

    /// <summary>Throws what a kernel reported, after the device has come to rest.</summary>
    private void ThrowFault()
    {
        if (!_mayHaveFault)
        {
            return;
        }

        _mayHaveFault = false;
        Span<long> words = stackalloc long[DeviceFaults.Words];
        Gpu.CopyToHost(MemoryMarshal.AsBytes(words), _faultWords);
        if (words[0] != 0)
        {
            Gpu.Fill(_faultWords, 0, sizeof(long));
            throw Describe((DeviceFaultKind)words[0], words[1], words[2], words[3], words[4]);
        }
    }

    private static Exception Describe(DeviceFaultKind kind, long place, long value, long extent, long extra) => kind switch
    {
        DeviceFaultKind.CrossEntropyTarget => CrossEntropyTargets.Refusal(value, extent, place, extra),
        DeviceFaultKind.IndexSelect => IndexRange.Refusal("index_select", value, extent),
        DeviceFaultKind.IndexAdd => IndexRange.Refusal("index_add", value, extent),
        DeviceFaultKind.Gather => IndexRange.Refusal("gather", value, extent),
        DeviceFaultKind.ScatterAdd => IndexRange.Refusal("scatter_add", value, extent),
        _ => new GpuException($"a kernel reported {kind} with value {value} at {place}"),
    };
}
