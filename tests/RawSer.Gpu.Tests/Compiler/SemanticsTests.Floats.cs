using System.Numerics;
using System.Runtime.CompilerServices;
using RawSer.Gpu.Compiler;
using RawSer.Gpu.Dialect;

namespace RawSer.Gpu.Tests.Compiler;

/// <content>Floats: operations, comparisons, rounding, conversions.</content>
public sealed partial class SemanticsTests
{
    private readonly struct FloatSum : IFunction<float, float>
    {
        public static float Apply(float a, float b) => a + b;
    }

    private readonly struct FloatQuotient : IFunction<float, float>
    {
        public static float Apply(float a, float b) => (a / b) - (b / 8f);
    }

    private readonly struct FloatComparisons : IFunction<float, int>
    {
        public static int Apply(float a, float b)
        {
            var bits = 0;
            if (a < b)
            {
                bits |= 1;
            }

            if (a <= b)
            {
                bits |= 2;
            }

            if (!(a > b))
            {
                bits |= 4;
            }

            if (!(a >= b))
            {
                bits |= 8;
            }

            bits |= (a == b ? 16 : 0) | (a != b ? 32 : 0) | (a > b ? 64 : 0) | (a >= b ? 128 : 0) | (!(a < b) ? 256 : 0) | (!(a <= b) ? 512 : 0) | (float.IsNaN(a) ? 1024 : 0) | (a > 0 && b > 0 ? 2048 : 0)
                | (float.IsFinite(b) ? 4096 : 0) | (float.IsNegative(a) ? 8192 : 0);
            while (a < 0)
            {
                a += 2e9f;
                bits += 16384;
                if (bits > 1 << 20)
                {
                    break;
                }
            }

            return bits;
        }
    }

    private readonly struct FloatExtrema : IFunction<float, float>
    {
        public static float Apply(float a, float b) => MathF.Max(a, b);
    }

    private readonly struct FloatMinimum : IFunction<float, float>
    {
        public static float Apply(float a, float b) => MathF.Min(a, b);
    }

    private readonly struct Roundings : IFunction<float, float>
    {
        public static float Apply(float a, float b) => MathF.Floor(a) + (MathF.Ceiling(b) * 2) - MathF.Truncate(a) + MathF.Round(b) + MathF.Abs(a) + MathF.CopySign(a, b);
    }

    private readonly struct Roots : IFunction<float, float>
    {
        public static float Apply(float a, float b) => MathF.FusedMultiplyAdd(MathF.Sqrt(a), b, a);
    }

    private readonly struct FloatToInteger : IFunction<float, long>
    {
        public static long Apply(float a, float b) => unchecked((int)a + ((long)(uint)b * 3) + (long)a + ((short)(int)b << 3));
    }

    private readonly struct IntegerToFloat : IFunction<int, float>
    {
        public static float Apply(int a, int b) => a + ((float)(uint)b * 0.5f) + (float)(double)b;
    }

    private readonly struct Bits : IFunction<float, uint>
    {
        public static uint Apply(float a, float b) => BitConverter.SingleToUInt32Bits(a) ^ (Interop.FloatAsInt(b) >> 1) ^ (uint)BitConverter.DoubleToInt64Bits(a) ^ Unsafe.BitCast<float, uint>(b);
    }

    private readonly struct Halves : IFunction<float, float>
    {
        public static float Apply(float a, float b) => (float)(Half)a + (float)BitConverter.UInt16BitsToHalf((ushort)(BitConverter.HalfToUInt16Bits((Half)b) ^ 1));
    }

    [Test]
    public void FloatsInSingleOperations()
    {
        Check<float, float, FloatSum>(Floats);
        Check<float, float, FloatQuotient>(Floats);
        Check<float, float, FloatExtrema>(Floats);
        Check<float, float, FloatMinimum>(Floats);
        Check<float, float, Roots>(Floats);
        Check<float, float, Halves>(Floats);
    }

    [Test]
    public void ComparisonsWithNaN() => Check<float, int, FloatComparisons>(Floats);

    [Test]
    public void Conversions()
    {
        Check<float, float, Roundings>(Floats);
        Check<float, long, FloatToInteger>(Floats);
        Check<int, float, IntegerToFloat>(Ints);
        Check<float, uint, Bits>(Floats);
    }
}
