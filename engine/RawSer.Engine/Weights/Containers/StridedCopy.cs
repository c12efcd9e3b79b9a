namespace RawSer.Weights.Containers;

/// <summary>Copies elements of a strided array, counted in row-major order, to consecutive memory.</summary>
/// <param name="sizes">Extents, outermost first.</param>
/// <param name="strides">Steps in elements, none negative.</param>
/// <param name="size">Bytes of an element: 1, 2, 4 or 8.</param>
internal readonly unsafe ref struct StridedCopy(ReadOnlySpan<long> sizes, ReadOnlySpan<long> strides, int size)
{
    private readonly ReadOnlySpan<long> _sizes = sizes;
    private readonly ReadOnlySpan<long> _strides = strides;
    private readonly int _size = size;

    /// <summary>
    /// Bytes <paramref name="byteOffset"/>, byteOffset + 1, … of the row-major elements, until <paramref name="destination"/> is full.
    /// <paramref name="first"/> is the array's first element.
    /// </summary>
    public void Gather(byte* first, long byteOffset, Span<byte> destination)
    {
        long element = byteOffset / _size;
        int skipped = (int)(byteOffset % _size);
        if (skipped > 0)
        {
            // Begins inside an element.
            int count = Math.Min(_size - skipped, destination.Length);
            new ReadOnlySpan<byte>(first + Position(element) * _size + skipped, count).CopyTo(destination);
            destination = destination[count..];
            element++;
        }

        int whole = destination.Length / _size;
        fixed (byte* target = destination)
        {
            CopyElements(first, element, target, whole);
        }

        Span<byte> rest = destination[(whole * _size)..];
        if (!rest.IsEmpty)
        {
            new ReadOnlySpan<byte>(first + Position(element + whole) * _size, rest.Length).CopyTo(rest);
        }
    }

    private void CopyElements(byte* first, long element, byte* target, long count)
    {
        int last = _sizes.Length - 1;
        long rowLength = last >= 0 ? _sizes[last] : 1;
        long stride = last >= 0 ? _strides[last] : 0;
        while (count > 0)
        {
            // The rest of the row in which the element stands.
            long run = Math.Min(count, rowLength - element % rowLength);
            byte* source = first + Position(element) * _size;
            switch (_size)
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
            target += run * _size;
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

    /// <summary>Position in elements, relative to the first, of the element with this row-major number.</summary>
    private long Position(long element)
    {
        long position = 0;
        for (int i = _sizes.Length - 1; i >= 0; i--)
        {
            (element, long index) = Math.DivRem(element, _sizes[i]);
            position += index * _strides[i];
        }

        return position;
    }
}
