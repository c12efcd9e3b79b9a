namespace RawSer.Weights.Torch;

/// <summary>Copies elements of a strided tensor, counted in row-major order, to consecutive memory.</summary>
internal static unsafe class StridedCopy
{
    /// <summary>
    /// Bytes <paramref name="byteOffset"/>, byteOffset + 1, … of the row-major elements, until <paramref name="destination"/> is full.
    /// <paramref name="storage"/> is the first byte of the tensor's storage.
    /// </summary>
    public static void Gather(TorchTensor tensor, byte* storage, long byteOffset, Span<byte> destination)
    {
        int size = tensor.Storage!.Type.Bits() / 8;
        byte* first = storage + tensor.Offset * size;
        long element = byteOffset / size;
        int skipped = (int)(byteOffset % size);
        if (skipped > 0)
        {
            // Begins inside an element.
            int count = Math.Min(size - skipped, destination.Length);
            new ReadOnlySpan<byte>(first + Position(tensor, element) * size + skipped, count).CopyTo(destination);
            destination = destination[count..];
            element++;
        }

        int whole = destination.Length / size;
        fixed (byte* target = destination)
        {
            CopyElements(tensor, first, element, target, whole, size);
        }

        Span<byte> rest = destination[(whole * size)..];
        if (!rest.IsEmpty)
        {
            new ReadOnlySpan<byte>(first + Position(tensor, element + whole) * size, rest.Length).CopyTo(rest);
        }
    }

    private static void CopyElements(TorchTensor tensor, byte* first, long element, byte* target, long count, int size)
    {
        int last = tensor.Sizes.Length - 1;
        long rowLength = last >= 0 ? tensor.Sizes[last] : 1;
        long stride = last >= 0 ? tensor.Strides[last] : 0;
        while (count > 0)
        {
            // The rest of the row in which the element stands.
            long run = Math.Min(count, rowLength - element % rowLength);
            byte* source = first + Position(tensor, element) * size;
            switch (size)
            {
                case 1:
                    CopyRun(source, stride, target, run);
                    break;
                case 2:
                    CopyRun((ushort*)source, stride, (ushort*)target, run);
                    break;
                case 4:
                    CopyRun((uint*)source, stride, (uint*)target, run);
                    break;
                default:
                    CopyRun((ulong*)source, stride, (ulong*)target, run);
                    break;
            }

            element += run;
            target += run * size;
            count -= run;
        }
    }

    private static void CopyRun<T>(T* source, long stride, T* target, long count) where T : unmanaged
    {
        for (long i = 0; i < count; i++)
        {
            target[i] = source[i * stride];
        }
    }

    /// <summary>Position in elements, relative to the tensor's first, of the element with this row-major number.</summary>
    private static long Position(TorchTensor tensor, long element)
    {
        long position = 0;
        for (int i = tensor.Sizes.Length - 1; i >= 0; i--)
        {
            (element, long index) = Math.DivRem(element, tensor.Sizes[i]);
            position += index * tensor.Strides[i];
        }

        return position;
    }
}
