using System.Runtime.InteropServices;
using RawSer.Kernels;
using RawSer.Weights;

namespace RawSer.GoldenCheck;

/// <summary>Values and shape of an input, an expected output or a result, in memory, row-major.</summary>
public sealed class GoldenTensor
{
    private readonly Array _values;

    private GoldenTensor(Array values, DType type, Shape shape)
    {
        if (values.Length != shape.ElementCount)
        {
            throw new ArgumentException($"{values.Length} values for shape {shape}");
        }

        _values = values;
        Type = type;
        Shape = shape;
    }

    /// <summary>Element type: F32, F64, I64, I32, U8 or Bool.</summary>
    public DType Type { get; }

    /// <summary>Extents; () for a scalar.</summary>
    public Shape Shape { get; }

    /// <summary>Number of elements.</summary>
    public int Count => _values.Length;

    /// <summary>One element, as a number (false 0, true 1).</summary>
    public double this[int index] => _values switch
    {
        float[] values => values[index],
        double[] values => values[index],
        long[] values => values[index],
        int[] values => values[index],
        byte[] values => values[index],
        _ => ((bool[])_values)[index] ? 1 : 0,
    };

    /// <summary>The values as F32; integers and F64 are converted.</summary>
    public float[] Floats => _values as float[] ?? Convert(value => (float)value);

    /// <summary>The values as F64.</summary>
    public double[] Doubles => _values as double[] ?? Convert(value => value);

    /// <summary>The values as I64; floats must be whole numbers.</summary>
    public long[] Longs => _values as long[] ?? Convert(value =>
        value == Math.Floor(value) ? (long)value : throw new InvalidOperationException($"{value} is no integer"));

    /// <summary>The values as I32; they must be whole numbers in range.</summary>
    public int[] Ints => _values as int[] ?? Array.ConvertAll(Longs, value => checked((int)value));

    /// <summary>The values as booleans: other than 0 is true.</summary>
    public bool[] Bools => _values as bool[] ?? Convert(value => value != 0);

    /// <summary>The only element.</summary>
    public double Scalar => Count == 1 ? this[0] : throw new InvalidOperationException($"{Shape} is no scalar");

    /// <summary>A tensor that takes over <paramref name="values"/>: float[], double[], long[], int[], byte[] or bool[].</summary>
    public static GoldenTensor Of<T>(T[] values, Shape shape) where T : unmanaged => new(values, DTypes.Of<T>(), shape);

    /// <summary>A vector.</summary>
    public static GoldenTensor Vector<T>(params T[] values) where T : unmanaged => Of(values, [values.Length]);

    /// <summary>A tensor of a file. I16 data are PCM samples and come out as F32, value / 32768; F16 and BF16 come out as F32.</summary>
    internal static GoldenTensor Read(SafetensorsFile file, string name)
    {
        WeightEntry entry = file[name];
        Shape shape = entry.Shape;
        return entry.Type switch
        {
            WeightType.F64 => Of(file.Read<double>(name), shape),
            WeightType.I64 => Of(file.Read<long>(name), shape),
            WeightType.I32 => Of(file.Read<int>(name), shape),
            WeightType.U8 => Of(file.Read<byte>(name), shape),
            WeightType.Bool => Of(file.Read<bool>(name), shape),
            WeightType.I16 => Of(Pcm(file.Bytes(entry)), shape),
            _ => Of(file.ReadFloats(name), shape),
        };
    }

    private static float[] Pcm(ReadOnlySpan<byte> bytes)
    {
        float[] samples = new float[bytes.Length / sizeof(short)];
        for (int i = 0; i < samples.Length; i++)
        {
            samples[i] = MemoryMarshal.Read<short>(bytes[(i * sizeof(short))..]) / 32768f;
        }

        return samples;
    }

    private T[] Convert<T>(Func<double, T> conversion)
    {
        var result = new T[Count];
        for (int i = 0; i < result.Length; i++)
        {
            result[i] = conversion(this[i]);
        }

        return result;
    }
}
