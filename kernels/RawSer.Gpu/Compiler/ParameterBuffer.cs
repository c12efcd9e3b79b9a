using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using RawSer.Gpu.Dialect;

namespace RawSer.Gpu.Compiler;

/// <summary>Place of an argument among the bytes of a launch.</summary>
internal sealed record ParameterSlot(int Index, Type Type, int Offset, int Size, bool IsSpecialised);

/// <summary>The layout of a launch's arguments: each at the next multiple of its alignment, as PTX lays parameters out.</summary>
internal sealed class ParameterSlots
{
    public List<ParameterSlot> All { get; } = [];

    public int Bytes { get; private set; }

    public ParameterSlots Then<T>()
        where T : unmanaged
    {
        var offset = ParameterBuffer.Next<T>(Bytes);
        var isSpecialised = typeof(T).IsGenericType && typeof(T).GetGenericTypeDefinition() == typeof(SpecializedValue<>);
        All.Add(new ParameterSlot(All.Count, typeof(T), offset, Unsafe.SizeOf<T>(), isSpecialised));
        Bytes = offset + Unsafe.SizeOf<T>();
        return this;
    }
}

/// <summary>Arguments of a launch, written one after the other.</summary>
internal ref struct ParameterBuffer(Span<byte> bytes)
{
    private readonly Span<byte> _bytes = bytes;
    private int _used;

    public readonly ReadOnlySpan<byte> Written => _bytes[.._used];

    /// <summary>The next multiple of a type's alignment, which is what a byte in front of it is padded to.</summary>
    public static int Next<T>(int offset)
        where T : unmanaged
    {
        var align = Unsafe.SizeOf<BehindByte<T>>() - Unsafe.SizeOf<T>();
        return (offset + align - 1) / align * align;
    }

    public void Add<T>(T value)
        where T : unmanaged
    {
        var offset = Next<T>(_used);
        MemoryMarshal.Write(_bytes[offset..], in value);
        _used = offset + Unsafe.SizeOf<T>();
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct BehindByte<T>
        where T : unmanaged
    {
        public byte First;
        public T Value;
    }
}
