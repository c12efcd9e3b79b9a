using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace RawSer.Kernels.Spectral;

/// <summary>
/// The arithmetic of one SIMD register whose lanes are independent frames. The transforms are written once over this interface and run as
/// <see cref="Lanes512{T}"/>, <see cref="Lanes256{T}"/> or <see cref="Lanes128{T}"/>; every lane does the same scalar operations at every width.
/// </summary>
internal unsafe interface ILanes<TVector, T>
    where TVector : struct
    where T : unmanaged
{
    /// <summary>Lanes of a register.</summary>
    static abstract int Count { get; }

    static abstract TVector Broadcast(T value);

    static abstract TVector Load(T* source);

    /// <summary>Loads <see cref="Count"/> floats and widens them to T.</summary>
    static abstract TVector LoadSingle(float* source);

    static abstract void Store(TVector value, T* destination);

    /// <summary>Stores the lanes as floats.</summary>
    static abstract void StoreSingle(TVector value, float* destination);

    static abstract TVector Add(TVector a, TVector b);

    static abstract TVector Subtract(TVector a, TVector b);

    static abstract TVector Multiply(TVector a, TVector b);

    static abstract TVector Sqrt(TVector value);

    /// <summary>a * b + c, fused where the hardware has it.</summary>
    static abstract TVector MultiplyAdd(TVector a, TVector b, TVector c);

    /// <summary>c - a * b, fused where the hardware has it.</summary>
    static abstract TVector NegateMultiplyAdd(TVector a, TVector b, TVector c);
}

internal readonly unsafe struct Lanes512<T> : ILanes<Vector512<T>, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public static int Count => Vector512<T>.Count;

    public static Vector512<T> Broadcast(T value) => Vector512.Create(value);

    public static Vector512<T> Load(T* source) => Vector512.Load(source);

    public static Vector512<T> LoadSingle(float* source)
    {
        if (typeof(T) == typeof(float))
        {
            return Vector512.Load(source).As<float, T>();
        }

        Vector256<float> narrow = Vector256.Load(source);
        return Vector512.Create(Vector256.WidenLower(narrow), Vector256.WidenUpper(narrow)).As<double, T>();
    }

    public static void Store(Vector512<T> value, T* destination) => value.Store(destination);

    public static void StoreSingle(Vector512<T> value, float* destination)
    {
        if (typeof(T) == typeof(float))
        {
            value.AsSingle().Store(destination);
        }
        else
        {
            Vector256.Narrow(value.AsDouble().GetLower(), value.AsDouble().GetUpper()).Store(destination);
        }
    }

    public static Vector512<T> Add(Vector512<T> a, Vector512<T> b) => a + b;

    public static Vector512<T> Subtract(Vector512<T> a, Vector512<T> b) => a - b;

    public static Vector512<T> Multiply(Vector512<T> a, Vector512<T> b) => a * b;

    public static Vector512<T> Sqrt(Vector512<T> value) => Vector512.Sqrt(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> MultiplyAdd(Vector512<T> a, Vector512<T> b, Vector512<T> c) => typeof(T) == typeof(float)
        ? Vector512.MultiplyAddEstimate(a.AsSingle(), b.AsSingle(), c.AsSingle()).As<float, T>()
        : Vector512.MultiplyAddEstimate(a.AsDouble(), b.AsDouble(), c.AsDouble()).As<double, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> NegateMultiplyAdd(Vector512<T> a, Vector512<T> b, Vector512<T> c) => MultiplyAdd(-a, b, c);
}

internal readonly unsafe struct Lanes256<T> : ILanes<Vector256<T>, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public static int Count => Vector256<T>.Count;

    public static Vector256<T> Broadcast(T value) => Vector256.Create(value);

    public static Vector256<T> Load(T* source) => Vector256.Load(source);

    public static Vector256<T> LoadSingle(float* source)
    {
        if (typeof(T) == typeof(float))
        {
            return Vector256.Load(source).As<float, T>();
        }

        Vector128<float> narrow = Vector128.Load(source);
        return Vector256.Create(Vector128.WidenLower(narrow), Vector128.WidenUpper(narrow)).As<double, T>();
    }

    public static void Store(Vector256<T> value, T* destination) => value.Store(destination);

    public static void StoreSingle(Vector256<T> value, float* destination)
    {
        if (typeof(T) == typeof(float))
        {
            value.AsSingle().Store(destination);
        }
        else
        {
            Vector128.Narrow(value.AsDouble().GetLower(), value.AsDouble().GetUpper()).Store(destination);
        }
    }

    public static Vector256<T> Add(Vector256<T> a, Vector256<T> b) => a + b;

    public static Vector256<T> Subtract(Vector256<T> a, Vector256<T> b) => a - b;

    public static Vector256<T> Multiply(Vector256<T> a, Vector256<T> b) => a * b;

    public static Vector256<T> Sqrt(Vector256<T> value) => Vector256.Sqrt(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> MultiplyAdd(Vector256<T> a, Vector256<T> b, Vector256<T> c) => typeof(T) == typeof(float)
        ? Vector256.MultiplyAddEstimate(a.AsSingle(), b.AsSingle(), c.AsSingle()).As<float, T>()
        : Vector256.MultiplyAddEstimate(a.AsDouble(), b.AsDouble(), c.AsDouble()).As<double, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> NegateMultiplyAdd(Vector256<T> a, Vector256<T> b, Vector256<T> c) => MultiplyAdd(-a, b, c);
}

internal readonly unsafe struct Lanes128<T> : ILanes<Vector128<T>, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public static int Count => Vector128<T>.Count;

    public static Vector128<T> Broadcast(T value) => Vector128.Create(value);

    public static Vector128<T> Load(T* source) => Vector128.Load(source);

    public static Vector128<T> LoadSingle(float* source) => typeof(T) == typeof(float)
        ? Vector128.Load(source).As<float, T>()
        : Vector128.WidenLower(Vector128.CreateScalar(Unsafe.ReadUnaligned<double>(source)).AsSingle()).As<double, T>();

    public static void Store(Vector128<T> value, T* destination) => value.Store(destination);

    public static void StoreSingle(Vector128<T> value, float* destination)
    {
        if (typeof(T) == typeof(float))
        {
            value.AsSingle().Store(destination);
        }
        else
        {
            Vector128<float> narrow = Vector128.Narrow(value.AsDouble(), value.AsDouble());
            Unsafe.WriteUnaligned(destination, narrow.AsDouble().ToScalar());
        }
    }

    public static Vector128<T> Add(Vector128<T> a, Vector128<T> b) => a + b;

    public static Vector128<T> Subtract(Vector128<T> a, Vector128<T> b) => a - b;

    public static Vector128<T> Multiply(Vector128<T> a, Vector128<T> b) => a * b;

    public static Vector128<T> Sqrt(Vector128<T> value) => Vector128.Sqrt(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> MultiplyAdd(Vector128<T> a, Vector128<T> b, Vector128<T> c) => typeof(T) == typeof(float)
        ? Vector128.MultiplyAddEstimate(a.AsSingle(), b.AsSingle(), c.AsSingle()).As<float, T>()
        : Vector128.MultiplyAddEstimate(a.AsDouble(), b.AsDouble(), c.AsDouble()).As<double, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> NegateMultiplyAdd(Vector128<T> a, Vector128<T> b, Vector128<T> c) => MultiplyAdd(-a, b, c);
}
