using System.IO.MemoryMappedFiles;

namespace RawSer.Weights.Containers;

/// <summary>A part of a file in memory, copy-on-write, until it is disposed.</summary>
internal sealed unsafe class PrivateMapping : IDisposable
{
    private readonly MemoryMappedViewAccessor _view;

    public PrivateMapping(MemoryMappedViewAccessor view)
    {
        _view = view;
        byte* start = null;
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        Address = (nint)(start + view.PointerOffset);
    }

    /// <summary>First byte of the part.</summary>
    public nint Address { get; private set; }

    public void Dispose()
    {
        if (Address != 0)
        {
            Address = 0;
            _view.SafeMemoryMappedViewHandle.ReleasePointer();
            _view.Dispose();
        }
    }
}
