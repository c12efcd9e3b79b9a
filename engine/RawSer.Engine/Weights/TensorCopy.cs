using System.Runtime.InteropServices;
using RawSer.Kernels;

namespace RawSer.Weights;

/// <summary>Copies stored values into the memory of a tensor, converted to its type: on the processor without an array between.</summary>
internal static unsafe class TensorCopy
{
    private const int HostElements = 1 << 27; // of 8 bytes at most: a span has less than 2^31
    private const int UploadElements = 1 << 20;

    /// <summary>Fills a contiguous tensor of as many elements, of the stored type or of F32 where floats are stored.</summary>
    /// <exception cref="WeightFileException">The stored values are damaged.</exception>
    public static void Read(WeightSource source, WeightEntry entry, Tensor target)
    {
        int size = target.DType.Size();
        bool isHost = target.Backend is HostBackend;
        int step = (int)Math.Min(target.ElementCount, isHost ? HostElements : UploadElements);
        byte[] chunk = isHost ? [] : GC.AllocateUninitializedArray<byte>(step * size);
        for (long done = 0; done < target.ElementCount; done += step)
        {
            int bytes = (int)Math.Min(step, target.ElementCount - done) * size;
            long at = (target.Layout.Offset + done) * size;
            Span<byte> values = isHost ? new Span<byte>((byte*)target.Storage.Address + at, bytes) : chunk.AsSpan(0, bytes);
            if (target.DType == DType.F32)
            {
                source.ReadFloats(entry, done, MemoryMarshal.Cast<byte, float>(values));
            }
            else
            {
                source.ReadBytes(entry, done * size, values);
                if (target.DType == DType.Bool)
                {
                    WeightSource.CheckTruthValues(entry, done, values);
                }
            }

            if (!isHost)
            {
                target.Backend.Upload(values, target.Storage, at);
            }
        }

        target.Storage.MarkWritten();
        GC.KeepAlive(target);
    }
}
