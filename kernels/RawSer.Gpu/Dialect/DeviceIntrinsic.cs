using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace RawSer.Gpu.Dialect;

/// <summary>
/// A member that the kernel compiler replaces by instructions instead of reading its body. Everything else of the dialect is plain
/// C# over these. T stands for the member's type argument or, without one, for the type of the value.
/// <list type="table">
/// <listheader><term>name</term><description>meaning</description></listheader>
/// <item><term>grid.idx.x .y .z, grid.dim.x .y .z</term><description>%ctaid, %nctaid</description></item>
/// <item><term>group.idx.x .y .z, group.dim.x .y .z</term><description>%tid, %ntid</description></item>
/// <item><term>warp.lane</term><description>%laneid</description></item>
/// <item><term>target.sm</term><description>constant: the compute capability compiled for (80 for 8.0)</description></item>
/// <item><term>group.barrier, group.barrier.popc .and .or</term><description>bar.sync 0, bar.red over a predicate</description></item>
/// <item><term>warp.barrier</term><description>bar.warp.sync of all lanes</description></item>
/// <item><term>warp.shuffle.idx .up .down .xor</term><description>(T value, int lane, int control): shfl.sync of all lanes with
/// operands b and c; a struct is moved number by number, 64-bit numbers in halves, smaller ones widened</description></item>
/// <item><term>fence.group .device .system</term><description>membar.cta .gl .sys</description></item>
/// <item><term>memory.shared, memory.local</term><description>(int extent): address of a static allocation of so many T; the extent is a
/// constant after inlining; each place in the inlined code is its own allocation</description></item>
/// <item><term>memory.dynamic, memory.dynamic.size</term><description>start and bytes of the block's dynamic shared memory</description></item>
/// <item><term>assume.aligned</term><description>(pointer, int bytes): the pointer, known to be aligned so</description></item>
/// <item><term>check.bounds</term><description>(long index, long length): nothing, or a trap in builds with bounds checks</description></item>
/// <item><term>atomic.add .max .min .and .or .xor .exchange .compareexchange</term><description>atom, or red where the result is
/// unused; floats as b32/b64 in exchange and compareexchange</description></item>
/// <item><term>load.readonly</term><description>(ref T): ld.global.nc, a plain load outside global memory</description></item>
/// <item><term>async.copy</term><description>(ref T shared, ref T global): cp.async of sizeof(T) = 4, 8 or 16 bytes</description></item>
/// <item><term>async.copy.zero</term><description>the same with a third operand, the bytes to read (0 or sizeof(T)); the rest is zeroed</description></item>
/// <item><term>async.commit, async.wait</term><description>cp.async.commit_group, cp.async.wait_group of a constant</description></item>
/// <item><term>address.shared, address.global</term><description>(ref T): the address in that state space as uint or ulong</description></item>
/// <item><term>asm, asm.ref</term><description><see cref="CudaAsm"/></description></item>
/// </list>
/// </summary>
/// <param name="name">A name of the table.</param>
[AttributeUsage(AttributeTargets.Method | AttributeTargets.Property)]
public sealed class DeviceIntrinsicAttribute(string name) : Attribute
{
    /// <summary>A name of the table.</summary>
    public string Name { get; } = name;

    /// <summary>All names of the table.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        "grid.idx.x", "grid.idx.y", "grid.idx.z", "grid.dim.x", "grid.dim.y", "grid.dim.z",
        "group.idx.x", "group.idx.y", "group.idx.z", "group.dim.x", "group.dim.y", "group.dim.z",
        "warp.lane", "target.sm",
        "group.barrier", "group.barrier.popc", "group.barrier.and", "group.barrier.or", "warp.barrier",
        "warp.shuffle.idx", "warp.shuffle.up", "warp.shuffle.down", "warp.shuffle.xor",
        "fence.group", "fence.device", "fence.system",
        "memory.shared", "memory.local", "memory.dynamic", "memory.dynamic.size",
        "assume.aligned", "check.bounds",
        "atomic.add", "atomic.max", "atomic.min", "atomic.and", "atomic.or", "atomic.xor", "atomic.exchange", "atomic.compareexchange",
        "load.readonly", "async.copy", "async.copy.zero", "async.commit", "async.wait",
        "address.shared", "address.global", "asm", "asm.ref",
    ];
}

/// <summary>Bodies of intrinsics outside kernels.</summary>
internal static class DeviceOnly
{
    [DoesNotReturn]
    public static void Throw([CallerMemberName] string member = "") =>
        throw new InvalidOperationException($"{member} exists inside a kernel only: compile the kernel and launch it on a GpuDevice.");

    [DoesNotReturn]
    public static T Throw<T>([CallerMemberName] string member = "")
    {
        Throw(member);
        return default!;
    }

    [DoesNotReturn]
    public static void Throw<T>(out T value, [CallerMemberName] string member = "")
    {
        value = default!;
        Throw(member);
    }

    [DoesNotReturn]
    public static ref T ThrowRef<T>([CallerMemberName] string member = "")
    {
        Throw(member);
        return ref Unsafe.NullRef<T>();
    }
}

/// <summary>Intrinsics that have no public name of their own.</summary>
internal static unsafe class Device
{
    [DeviceIntrinsic("memory.shared")]
    public static T* SharedMemory<T>(int extent) where T : unmanaged
    {
        DeviceOnly.Throw();
        return null;
    }

    [DeviceIntrinsic("memory.dynamic")]
    public static T* DynamicMemory<T>() where T : unmanaged
    {
        DeviceOnly.Throw();
        return null;
    }

    [DeviceIntrinsic("memory.dynamic.size")]
    public static int DynamicMemorySize() => DeviceOnly.Throw<int>();

    [DeviceIntrinsic("memory.local")]
    public static T* LocalMemory<T>(int extent) where T : unmanaged
    {
        DeviceOnly.Throw();
        return null;
    }

    /// <summary>Host code may align views too, hence no exception there.</summary>
    [DeviceIntrinsic("assume.aligned")]
    public static T* AssumeAligned<T>(T* pointer, int bytes) where T : unmanaged => pointer;

    /// <summary>Host code may index views of its own memory, and is checked.</summary>
    [DeviceIntrinsic("check.bounds")]
    public static void CheckBounds(long index, long length)
    {
        if ((ulong)index >= (ulong)length)
        {
            throw new ArgumentOutOfRangeException(nameof(index), $"Index {index} is outside of a view of {length} elements.");
        }
    }

    [DeviceIntrinsic("warp.shuffle.idx")]
    public static T ShuffleIndex<T>(T value, int lane, int control) where T : unmanaged => DeviceOnly.Throw<T>();

    [DeviceIntrinsic("warp.shuffle.up")]
    public static T ShuffleUp<T>(T value, int delta, int control) where T : unmanaged => DeviceOnly.Throw<T>();

    [DeviceIntrinsic("warp.shuffle.down")]
    public static T ShuffleDown<T>(T value, int delta, int control) where T : unmanaged => DeviceOnly.Throw<T>();

    [DeviceIntrinsic("warp.shuffle.xor")]
    public static T ShuffleXor<T>(T value, int mask, int control) where T : unmanaged => DeviceOnly.Throw<T>();

    [DeviceIntrinsic("async.copy")]
    public static void CopyAsync<T>(ref T shared, ref T global) where T : unmanaged => DeviceOnly.Throw();

    [DeviceIntrinsic("async.copy.zero")]
    public static void CopyAsyncOrZero<T>(ref T shared, ref T global, int bytes) where T : unmanaged => DeviceOnly.Throw();

    [DeviceIntrinsic("async.commit")]
    public static void CommitAsync() => DeviceOnly.Throw();

    [DeviceIntrinsic("async.wait")]
    public static void WaitAsync(int pending) => DeviceOnly.Throw();
}
