using System.Runtime.InteropServices;

namespace RawSer.Gpu.Emulator;

/// <summary>Where the windows of the other state spaces lie in the generic address space; all else is global.</summary>
internal static class AddressSpaces
{
    public const ulong FirstGlobal = 0x0100_0000_0000;
    public const ulong Functions = 0x7A00_0000_0000;
    public const ulong Param = 0x7B00_0000_0000;
    public const ulong Const = 0x7C00_0000_0000;
    public const ulong Local = 0x7D00_0000_0000;
    public const ulong Shared = 0x7E00_0000_0000;
    public const ulong WindowBytes = 0x0001_0000_0000;

    /// <summary>The window an address lies in.</summary>
    public static StateSpace Of(ulong address) => (address & ~(WindowBytes - 1)) switch
    {
        Shared => StateSpace.Shared,
        Local => StateSpace.Local,
        Const => StateSpace.Const,
        Param => StateSpace.Param,
        _ => StateSpace.Global,
    };

    /// <summary>The first address of a window; 0 for global.</summary>
    public static ulong Window(StateSpace space) => space switch
    {
        StateSpace.Shared => Shared,
        StateSpace.Local => Local,
        StateSpace.Const => Const,
        StateSpace.Param => Param,
        _ => 0,
    };
}

/// <summary>A piece of global memory, with what the checks know of each byte.</summary>
internal sealed unsafe class Allocation
{
    public required ulong Start { get; init; }

    public required long Size { get; init; }

    public byte* Data { get; init; }

    /// <summary>Not 0 for a byte never written; null if that is not checked.</summary>
    public byte* Undefined { get; init; }

    /// <summary>Not 0 for a byte that the running kernel read by ld.global.nc.</summary>
    public byte* ReadOnlyReads { get; set; }

    /// <summary>Not 0 for a byte that the running kernel wrote.</summary>
    public byte* Writes { get; set; }
}

/// <summary>
/// Global memory. Addresses are given once and never again, with unmapped space between, so that an access outside or after the free is
/// found, and are the same in every run.
/// </summary>
internal sealed unsafe class GlobalMemory : IDisposable
{
    private const ulong Gap = 1 << 20;
    private readonly bool _tracksDefinedness;
    private readonly long _capacity;
    private Allocation[] _allocations = [];
    private ulong _next = AddressSpaces.FirstGlobal;

    public GlobalMemory(long capacity, bool tracksDefinedness)
    {
        _capacity = capacity;
        _tracksDefinedness = tracksDefinedness;
    }

    public long BytesInUse { get; private set; }

    /// <summary>All live allocations, by address.</summary>
    public ReadOnlySpan<Allocation> Live => _allocations;

    public Allocation Allocate(long bytes, bool defined)
    {
        if (bytes > _capacity - BytesInUse)
        {
            throw new GpuOutOfMemoryException($"emulator: {bytes} bytes asked for, {BytesInUse} of {_capacity} in use in {_allocations.Length} allocations");
        }

        var allocation = new Allocation
        {
            Start = _next,
            Size = bytes,
            Data = Native(bytes, zero: defined),
            Undefined = _tracksDefinedness ? Native(bytes, zero: true) : null,
        };
        if (_tracksDefinedness && !defined)
        {
            NativeMemory.Fill(allocation.Undefined, (nuint)bytes, 1);
        }

        _next += ((ulong)bytes + Gap + 255) / 256 * 256;
        BytesInUse += bytes;
        _allocations = [.. _allocations, allocation];
        return allocation;
    }

    public void Free(ulong address)
    {
        int index = Array.FindIndex(_allocations, allocation => allocation.Start == address);
        if (index < 0)
        {
            throw new GpuException($"emulator: 0x{address:x} is not the address of an allocation");
        }

        Allocation freed = _allocations[index];
        _allocations = [.. _allocations[..index], .. _allocations[(index + 1)..]];
        BytesInUse -= freed.Size;
        Release(freed);
    }

    /// <summary>The allocation that holds an address, or null.</summary>
    public Allocation? Find(ulong address)
    {
        Allocation[] allocations = _allocations;
        int low = 0, high = allocations.Length - 1;
        while (low <= high)
        {
            int middle = (low + high) / 2;
            Allocation at = allocations[middle];
            if (address < at.Start)
            {
                high = middle - 1;
            }
            else if (address - at.Start >= (ulong)at.Size)
            {
                low = middle + 1;
            }
            else
            {
                return at;
            }
        }

        return null;
    }

    /// <summary>Describes an address for a message: how far it lies from the next allocation.</summary>
    public string Describe(ulong address)
    {
        Allocation? nearest = null;
        ulong distance = ulong.MaxValue;
        foreach (Allocation allocation in _allocations)
        {
            ulong from = address < allocation.Start ? allocation.Start - address : address - allocation.Start - (ulong)allocation.Size;
            if (address - allocation.Start < (ulong)allocation.Size)
            {
                return $"inside an allocation of {allocation.Size} bytes, {allocation.Start + (ulong)allocation.Size - address} bytes before its end";
            }

            if (from < distance)
            {
                (nearest, distance) = (allocation, from);
            }
        }

        return nearest is null ? "nothing is allocated"
            : address < nearest.Start ? $"{distance} bytes before an allocation of {nearest.Size} bytes"
            : $"{distance} bytes after the end of an allocation of {nearest.Size} bytes";
    }

    public void Write(ulong address, ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > 0)
        {
            Allocation allocation = Range(address, bytes.Length, "copy to the device", out long offset);
            bytes.CopyTo(new Span<byte>(allocation.Data + offset, bytes.Length));
            Define(allocation, offset, bytes.Length);
        }
    }

    public void Read(ulong address, Span<byte> bytes)
    {
        if (bytes.Length > 0)
        {
            Allocation allocation = Range(address, bytes.Length, "copy to the host", out long offset);
            new ReadOnlySpan<byte>(allocation.Data + offset, bytes.Length).CopyTo(bytes);
        }
    }

    public void Copy(ulong destination, ulong source, long bytes)
    {
        if (bytes > 0)
        {
            Allocation from = Range(source, bytes, "copy on the device, source", out long fromOffset);
            Allocation to = Range(destination, bytes, "copy on the device, destination", out long toOffset);
            Buffer.MemoryCopy(from.Data + fromOffset, to.Data + toOffset, bytes, bytes);
            if (to.Undefined != null)
            {
                Buffer.MemoryCopy(from.Undefined + fromOffset, to.Undefined + toOffset, bytes, bytes);
            }
        }
    }

    public void Fill(ulong address, byte value, long bytes)
    {
        if (bytes > 0)
        {
            Allocation allocation = Range(address, bytes, "fill", out long offset);
            NativeMemory.Fill(allocation.Data + offset, (nuint)bytes, value);
            Define(allocation, offset, bytes);
        }
    }

    /// <summary>Makes the flags of reads and writes of a launch, all zero.</summary>
    public void TrackLaunch()
    {
        foreach (Allocation allocation in _allocations)
        {
            if (allocation.Writes == null)
            {
                allocation.Writes = Native(allocation.Size, zero: true);
                allocation.ReadOnlyReads = Native(allocation.Size, zero: true);
            }
            else
            {
                NativeMemory.Clear(allocation.Writes, (nuint)allocation.Size);
                NativeMemory.Clear(allocation.ReadOnlyReads, (nuint)allocation.Size);
            }
        }
    }

    /// <summary>Drops the flags of the last launch.</summary>
    public void StopTracking()
    {
        foreach (Allocation allocation in _allocations)
        {
            NativeMemory.AlignedFree(allocation.Writes);
            NativeMemory.AlignedFree(allocation.ReadOnlyReads);
            allocation.Writes = null;
            allocation.ReadOnlyReads = null;
        }
    }

    public void Dispose()
    {
        foreach (Allocation allocation in _allocations)
        {
            Release(allocation);
        }

        _allocations = [];
    }

    private Allocation Range(ulong address, long bytes, string action, out long offset)
    {
        Allocation? allocation = Find(address);
        offset = allocation is null ? 0 : (long)(address - allocation.Start);
        return allocation is not null && bytes <= allocation.Size - offset
            ? allocation
            : throw new GpuException($"emulator: {action}: {bytes} bytes at 0x{address:x}: {Describe(address)}");
    }

    private static void Define(Allocation allocation, long offset, long bytes)
    {
        if (allocation.Undefined != null)
        {
            NativeMemory.Clear(allocation.Undefined + offset, (nuint)bytes);
        }
    }

    private static void Release(Allocation allocation)
    {
        NativeMemory.AlignedFree(allocation.Data);
        NativeMemory.AlignedFree(allocation.Undefined);
        NativeMemory.AlignedFree(allocation.Writes);
        NativeMemory.AlignedFree(allocation.ReadOnlyReads);
    }

    private static byte* Native(long bytes, bool zero)
    {
        byte* memory = (byte*)NativeMemory.AlignedAlloc((nuint)Math.Max(bytes, 1), 256);

        // All ones are NaN in every format: what was never written shows.
        NativeMemory.Fill(memory, (nuint)bytes, zero ? (byte)0 : (byte)0xFF);
        return memory;
    }
}
