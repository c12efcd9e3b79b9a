using System.Runtime.CompilerServices;

namespace RawSer.Kernels.Spectral;

/// <summary>A pinned, 64-byte aligned, growing piece of scratch memory. Contents are lost when it grows.</summary>
internal sealed unsafe class AlignedBuffer
{
    private const int Alignment = 64;

    private byte[] _bytes = [];

    /// <summary>Aligned memory of at least <paramref name="bytes"/> bytes; valid until the next call.</summary>
    public byte* Reserve(long bytes)
    {
        if (bytes + Alignment > _bytes.Length)
        {
            if (bytes > Array.MaxLength - Alignment)
            {
                throw new ArgumentOutOfRangeException(nameof(bytes), $"{bytes} bytes of scratch memory are more than one array holds; use a shorter clip");
            }

            _bytes = GC.AllocateUninitializedArray<byte>((int)bytes + Alignment, pinned: true);
        }

        nint start = (nint)Unsafe.AsPointer(ref _bytes[0]);
        return (byte*)((start + Alignment - 1) & ~(nint)(Alignment - 1));
    }
}
