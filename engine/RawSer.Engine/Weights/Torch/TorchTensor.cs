using System.Numerics;

namespace RawSer.Weights.Torch;

/// <summary>
/// A tensor of a checkpoint: a strided view of a storage, checked to lie inside it. Views that earlier PyTorch versions build in two steps
/// (NEWOBJ, then BUILD) are empty in between.
/// </summary>
internal sealed class TorchTensor
{
    /// <summary>Most dimensions, as PyTorch itself allows.</summary>
    public const int MaxRank = 64;

    private TorchTensor(StorageSlice slice, long offset, long[] sizes, long[] strides, long count)
    {
        Fill(slice.Storage, slice.Start + offset, sizes, strides, count);
    }

    /// <summary>A tensor to be filled by BUILD.</summary>
    public TorchTensor(bool isParameter, WeightType? type)
    {
        IsParameter = isParameter;
        RequiredType = type;
    }

    /// <summary>Null until filled.</summary>
    public TorchStorage? Storage { get; private set; }

    /// <summary>First element, counted from the start of the storage.</summary>
    public long Offset { get; private set; }

    public long[] Sizes { get; private set; } = [];

    /// <summary>Steps in elements, none negative.</summary>
    public long[] Strides { get; private set; } = [];

    public long Count { get; private set; }

    public bool IsParameter { get; private set; }

    /// <summary>The element type that the class of the tensor (torch.FloatTensor) asks for, or null.</summary>
    public WeightType? RequiredType { get; }

    public long ByteLength => Count * (Storage!.Type.Bits() / 8);

    /// <summary>Whether the elements follow one another in row-major order.</summary>
    public bool IsContiguous
    {
        get
        {
            long expected = 1;
            for (int i = Sizes.Length - 1; i >= 0; i--)
            {
                if (Sizes[i] != 1 && Strides[i] != expected)
                {
                    return Count == 0;
                }

                expected *= Sizes[i];
            }

            return true;
        }
    }

    /// <summary>The arguments (storage, offset, size, stride) of <paramref name="function"/>, all of them checked.</summary>
    public static TorchTensor Create(string function, object? storage, object? offset, object? size, object? stride)
    {
        if (storage is not StorageSlice slice)
        {
            throw Bad(function, $"argument storage must be a storage, found {PickleTypes.Name(storage)}");
        }

        long start = offset switch
        {
            long and < 0 => throw Bad(function, $"argument offset {offset} is negative"),
            long number => number,
            BigInteger => throw Bad(function, "argument offset is a LONG above 64 bits, too large for its storage"),
            _ => throw Bad(function, $"argument offset must be an integer, found {PickleTypes.Name(offset)}"),
        };
        long[] sizes = Numbers(function, "size", size);
        long[] strides = Numbers(function, "stride", stride);
        if (sizes.Length != strides.Length)
        {
            throw Bad(function, $"argument size has {sizes.Length} dimensions, stride has {strides.Length}");
        }

        return new TorchTensor(slice, start, sizes, strides, CheckInside(function, slice, start, sizes, strides));
    }

    /// <summary>Takes over the data of another tensor.</summary>
    public void FillFrom(TorchTensor other)
    {
        if (Storage is not null || other.Storage is null)
        {
            throw new PickleException("BUILD: the state of a tensor must be a tensor, given once");
        }

        if (RequiredType is { } type && type != other.Storage.Type)
        {
            throw new PickleException($"BUILD: the state has storage type {other.Storage.Type.Name()}, the tensor {type.Name()}");
        }

        Fill(other.Storage, other.Offset, other.Sizes, other.Strides, other.Count);
    }

    /// <summary>The same data as a parameter.</summary>
    public TorchTensor AsParameter(string function)
    {
        if (IsParameter || Storage is null)
        {
            throw Bad(function, "argument data is a parameter already (nested calls are too deep)");
        }

        var parameter = new TorchTensor(isParameter: true, null);
        parameter.FillFrom(this);
        return parameter;
    }

    private void Fill(TorchStorage storage, long offset, long[] sizes, long[] strides, long count) =>
        (Storage, Offset, Sizes, Strides, Count) = (storage, offset, sizes, strides, count);

    private static long[] Numbers(string function, string argument, object? value)
    {
        if (value is not PickleSequence { IsTuple: true } tuple)
        {
            throw Bad(function, $"argument {argument} must be a tuple, found {PickleTypes.Name(value)}");
        }

        if (tuple.Count > MaxRank)
        {
            throw Bad(function, $"argument {argument} has {tuple.Count} dimensions; the limit of the rank is {MaxRank}");
        }

        long[] numbers = new long[tuple.Count];
        for (int i = 0; i < numbers.Length; i++)
        {
            numbers[i] = tuple[i] switch
            {
                long and < 0 => throw Bad(function, $"argument {argument} holds the negative number {tuple[i]}"),
                long number => number,
                BigInteger => throw Bad(function, $"argument {argument} holds a LONG above 64 bits, too large for its storage (overflow)"),
                _ => throw Bad(function, $"argument {argument} must hold integers, found {PickleTypes.Name(tuple[i])}"),
            };
        }

        return numbers;
    }

    /// <summary>
    /// Number of elements, if the last of them, at offset + sum of (size - 1) * stride, is inside the storage. The product of the sizes other
    /// than 0 must stay in range too: a reader that multiplies in another order would otherwise overflow.
    /// </summary>
    private static long CheckInside(string function, StorageSlice slice, long offset, long[] sizes, long[] strides)
    {
        Int128 last = offset;
        Int128 count = 1;
        for (int i = 0; i < sizes.Length; i++)
        {
            count *= Math.Max(sizes[i], 1);
            if (count > long.MaxValue / 16)
            {
                throw Bad(function, $"size {WeightEntry.Format(sizes)} is too large: the number of elements overflows");
            }

            last += (Int128)Math.Max(sizes[i] - 1, 0) * strides[i];
        }

        bool isEmpty = sizes.Contains(0);
        if (isEmpty ? offset > slice.Count : last >= slice.Count)
        {
            throw Bad(
                function,
                $"size {WeightEntry.Format(sizes)} with stride {WeightEntry.Format(strides)} from offset {offset} leaves the storage of {slice.Count} elements");
        }

        return isEmpty ? 0 : (long)count;
    }

    private static PickleException Bad(string function, string problem) => new($"{function}: {problem}");
}
