using System.Numerics;
using System.Runtime.CompilerServices;

namespace RawSer.Kernels.Spectral;

/// <summary>
/// Forward complex transforms of as many frames at once as a register has lanes. Point i of all frames lies at <c>data + 2 i W</c>: W real
/// parts, then W imaginary parts. Decimation in time, in place: the caller stores the samples at <see cref="FftPlan{T}.Position"/>.
/// </summary>
internal static unsafe class LaneFft<T, TVector, TLanes>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
    where TVector : struct
    where TLanes : struct, ILanes<TVector, T>
{
    /// <summary>Blocks up to this size run through their stages while they are in the first-level cache.</summary>
    private const int CacheBlockBytes = 24 * 1024;

    private static int PointSize => 2 * TLanes.Count;

    /// <summary>Elements of T that <see cref="Transform"/> needs beside the data.</summary>
    public static int ScratchLength(FftPlan<T> plan) =>
        plan.Convolution is { } convolution
            ? PointSize * convolution.Inner.Length
            : PointSize * plan.Stages.Where(s => s.Radix is not (2 or 4 or 8)).Select(s => s.Radix).DefaultIfEmpty(0).Max();

    /// <summary>Transforms <paramref name="data"/> in place.</summary>
    public static void Transform(FftPlan<T> plan, T* data, T* scratch)
    {
        if (plan.Convolution is { } convolution)
        {
            Convolve(convolution, plan.Length, data, scratch);
            return;
        }

        int cached = 0, block = 1;
        while (cached < plan.Stages.Length && (long)block * plan.Stages[cached].Radix * PointSize * sizeof(T) <= CacheBlockBytes)
        {
            block *= plan.Stages[cached++].Radix;
        }

        for (int start = 0; start < plan.Length; start += block)
        {
            for (int s = 0; s < cached; s++)
            {
                Run(plan.Stages[s], data + (long)start * PointSize, block, scratch);
            }
        }

        for (int s = cached; s < plan.Stages.Length; s++)
        {
            Run(plan.Stages[s], data, plan.Length, scratch);
        }
    }

    private static void Run(FftStage<T> stage, T* data, int points, T* scratch)
    {
        fixed (T* twiddles = stage.Twiddles, roots = stage.Roots)
        {
            int size = stage.Radix * stage.Span;
            for (int start = 0; start < points; start += size)
            {
                T* block = data + (long)start * PointSize;
                switch (stage.Radix)
                {
                    case 2:
                        Radix2(block, stage.Span, twiddles);
                        break;
                    case 4:
                        Radix4(block, stage.Span, twiddles);
                        break;
                    case 8:
                        Radix8(block, stage.Span, twiddles);
                        break;
                    default:
                        OddRadix(block, stage.Span, stage.Radix, twiddles, roots, scratch);
                        break;
                }
            }
        }
    }

    /// <summary>Loads a point times its twiddle factor.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Load(T* point, T* twiddle, out TVector re, out TVector im)
    {
        TVector x = TLanes.Load(point), y = TLanes.Load(point + TLanes.Count);
        TVector c = TLanes.Broadcast(twiddle[0]), s = TLanes.Broadcast(twiddle[1]);
        re = TLanes.NegateMultiplyAdd(y, s, TLanes.Multiply(x, c));
        im = TLanes.MultiplyAdd(y, c, TLanes.Multiply(x, s));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Load(T* point, out TVector re, out TVector im)
    {
        re = TLanes.Load(point);
        im = TLanes.Load(point + TLanes.Count);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(T* point, TVector re, TVector im)
    {
        TLanes.Store(re, point);
        TLanes.Store(im, point + TLanes.Count);
    }

    private static void Radix2(T* data, int span, T* twiddles)
    {
        long distance = (long)span * PointSize;
        for (int j = 0; j < span; j++, data += PointSize, twiddles += 2)
        {
            Load(data, out TVector ar, out TVector ai);
            Load(data + distance, twiddles, out TVector br, out TVector bi);
            Store(data, TLanes.Add(ar, br), TLanes.Add(ai, bi));
            Store(data + distance, TLanes.Subtract(ar, br), TLanes.Subtract(ai, bi));
        }
    }

    /// <summary>y0, y2 = (a + c) +- (b + d); y1, y3 = (a - c) -+ i (b - d).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Butterfly4(
        ref TVector ar, ref TVector ai, ref TVector br, ref TVector bi, ref TVector cr, ref TVector ci, ref TVector dr, ref TVector di)
    {
        TVector sumR = TLanes.Add(ar, cr), sumI = TLanes.Add(ai, ci), difR = TLanes.Subtract(ar, cr), difI = TLanes.Subtract(ai, ci);
        TVector sum2R = TLanes.Add(br, dr), sum2I = TLanes.Add(bi, di), dif2R = TLanes.Subtract(br, dr), dif2I = TLanes.Subtract(bi, di);
        ar = TLanes.Add(sumR, sum2R);
        ai = TLanes.Add(sumI, sum2I);
        cr = TLanes.Subtract(sumR, sum2R);
        ci = TLanes.Subtract(sumI, sum2I);
        br = TLanes.Add(difR, dif2I);
        bi = TLanes.Subtract(difI, dif2R);
        dr = TLanes.Subtract(difR, dif2I);
        di = TLanes.Add(difI, dif2R);
    }

    private static void Radix4(T* data, int span, T* twiddles)
    {
        long d = (long)span * PointSize;
        for (int j = 0; j < span; j++, data += PointSize, twiddles += 6)
        {
            Load(data, out TVector ar, out TVector ai);
            TVector br, bi, cr, ci, dr, di;
            if (j == 0)
            {
                Load(data + d, out br, out bi);
                Load(data + 2 * d, out cr, out ci);
                Load(data + 3 * d, out dr, out di);
            }
            else
            {
                Load(data + d, twiddles, out br, out bi);
                Load(data + 2 * d, twiddles + 2, out cr, out ci);
                Load(data + 3 * d, twiddles + 4, out dr, out di);
            }

            Butterfly4(ref ar, ref ai, ref br, ref bi, ref cr, ref ci, ref dr, ref di);
            Store(data, ar, ai);
            Store(data + d, br, bi);
            Store(data + 2 * d, cr, ci);
            Store(data + 3 * d, dr, di);
        }
    }

    /// <summary>Two radix-4 butterflies over the even and the odd points, joined with the eighth roots of unity.</summary>
    private static void Radix8(T* data, int span, T* twiddles)
    {
        long d = (long)span * PointSize;
        TVector h = TLanes.Broadcast(T.CreateTruncating(Math.Sqrt(0.5)));
        for (int j = 0; j < span; j++, data += PointSize, twiddles += 14)
        {
            Load(data, out TVector ar, out TVector ai);
            TVector br, bi, cr, ci, dr, di, er, ei, fr, fi, gr, gi, hr, hi;
            if (j == 0)
            {
                Load(data + 2 * d, out br, out bi);
                Load(data + 4 * d, out cr, out ci);
                Load(data + 6 * d, out dr, out di);
                Butterfly4(ref ar, ref ai, ref br, ref bi, ref cr, ref ci, ref dr, ref di);
                Load(data + d, out er, out ei);
                Load(data + 3 * d, out fr, out fi);
                Load(data + 5 * d, out gr, out gi);
                Load(data + 7 * d, out hr, out hi);
            }
            else
            {
                Load(data + 2 * d, twiddles + 2, out br, out bi);
                Load(data + 4 * d, twiddles + 6, out cr, out ci);
                Load(data + 6 * d, twiddles + 10, out dr, out di);
                Butterfly4(ref ar, ref ai, ref br, ref bi, ref cr, ref ci, ref dr, ref di);
                Load(data + d, twiddles, out er, out ei);
                Load(data + 3 * d, twiddles + 4, out fr, out fi);
                Load(data + 5 * d, twiddles + 8, out gr, out gi);
                Load(data + 7 * d, twiddles + 12, out hr, out hi);
            }

            Butterfly4(ref er, ref ei, ref fr, ref fi, ref gr, ref gi, ref hr, ref hi);
            Store(data, TLanes.Add(ar, er), TLanes.Add(ai, ei));
            Store(data + 4 * d, TLanes.Subtract(ar, er), TLanes.Subtract(ai, ei));

            // f e^(-i pi/4) = ((fr + fi) + i (fi - fr)) / sqrt 2
            TVector tr = TLanes.Add(fr, fi), ti = TLanes.Subtract(fi, fr);
            Store(data + d, TLanes.MultiplyAdd(tr, h, br), TLanes.MultiplyAdd(ti, h, bi));
            Store(data + 5 * d, TLanes.NegateMultiplyAdd(tr, h, br), TLanes.NegateMultiplyAdd(ti, h, bi));

            // g e^(-i pi/2) = gi - i gr
            Store(data + 2 * d, TLanes.Add(cr, gi), TLanes.Subtract(ci, gr));
            Store(data + 6 * d, TLanes.Subtract(cr, gi), TLanes.Add(ci, gr));

            // h e^(-3 i pi/4) = ((hi - hr) - i (hr + hi)) / sqrt 2
            tr = TLanes.Subtract(hi, hr);
            ti = TLanes.Add(hr, hi);
            Store(data + 3 * d, TLanes.MultiplyAdd(tr, h, dr), TLanes.NegateMultiplyAdd(ti, h, di));
            Store(data + 7 * d, TLanes.NegateMultiplyAdd(tr, h, dr), TLanes.MultiplyAdd(ti, h, di));
        }
    }

    /// <summary>
    /// The direct transform of an odd number of points. With s = x[q] + x[r-q] and t = x[q] - x[r-q], output p and r - p share
    /// sum s cos and sum t sin, which halves the products.
    /// </summary>
    private static void OddRadix(T* data, int span, int radix, T* twiddles, T* roots, T* scratch)
    {
        long d = (long)span * PointSize;
        int half = (radix - 1) / 2;
        for (int j = 0; j < span; j++, data += PointSize, twiddles += 2 * (radix - 1))
        {
            Load(data, out TVector firstR, out TVector firstI);
            TVector totalR = firstR, totalI = firstI;
            for (int q = 1; q <= half; q++)
            {
                Load(data + q * d, twiddles + 2 * (q - 1), out TVector xr, out TVector xi);
                Load(data + (radix - q) * d, twiddles + 2 * (radix - q - 1), out TVector yr, out TVector yi);
                TVector sr = TLanes.Add(xr, yr), si = TLanes.Add(xi, yi);
                Store(scratch + (2 * q - 2) * PointSize, sr, si);
                Store(scratch + (2 * q - 1) * PointSize, TLanes.Subtract(xr, yr), TLanes.Subtract(xi, yi));
                totalR = TLanes.Add(totalR, sr);
                totalI = TLanes.Add(totalI, si);
            }

            Store(data, totalR, totalI);
            for (int p = 1; p <= half; p++)
            {
                TVector evenR = firstR, evenI = firstI;
                TVector oddR = TLanes.Broadcast(T.Zero), oddI = oddR;
                for (int q = 1, index = p; q <= half; q++, index += p)
                {
                    T* root = roots + 2 * (index % radix);
                    TVector cos = TLanes.Broadcast(root[0]), sin = TLanes.Broadcast(root[1]);
                    Load(scratch + (2 * q - 2) * PointSize, out TVector sr, out TVector si);
                    Load(scratch + (2 * q - 1) * PointSize, out TVector tr, out TVector ti);
                    evenR = TLanes.MultiplyAdd(sr, cos, evenR);
                    evenI = TLanes.MultiplyAdd(si, cos, evenI);
                    oddR = TLanes.MultiplyAdd(tr, sin, oddR);
                    oddI = TLanes.MultiplyAdd(ti, sin, oddI);
                }

                // even + i odd and even - i odd
                Store(data + p * d, TLanes.Subtract(evenR, oddI), TLanes.Add(evenI, oddR));
                Store(data + (radix - p) * d, TLanes.Add(evenR, oddI), TLanes.Subtract(evenI, oddR));
            }
        }
    }

    private static void Convolve(BluesteinPlan<T> plan, int length, T* data, T* scratch)
    {
        FftPlan<T> inner = plan.Inner;
        int[] position = inner.Position;
        TVector zero = TLanes.Broadcast(T.Zero);
        fixed (T* chirp = plan.Chirp, kernel = plan.Kernel)
        {
            for (int i = 0; i < inner.Length; i++)
            {
                T* at = scratch + (long)position[i] * PointSize;
                if (i < length)
                {
                    Load(data + (long)i * PointSize, chirp + 2 * i, out TVector re, out TVector im);
                    Store(at, re, im);
                }
                else
                {
                    Store(at, zero, zero);
                }
            }

            Transform(inner, scratch, null);

            // The inverse transform is the forward one with real and imaginary parts exchanged before and after.
            for (int i = 0; i < inner.Length; i++)
            {
                T* at = scratch + (long)i * PointSize;
                Load(at, kernel + 2 * i, out TVector re, out TVector im);
                Store(at, im, re);
            }

            Permute(inner, scratch);
            Transform(inner, scratch, null);
            for (int i = 0; i < length; i++)
            {
                T* at = scratch + (long)i * PointSize;
                Store(at, TLanes.Load(at + TLanes.Count), TLanes.Load(at));
                Load(at, chirp + 2 * i, out TVector re, out TVector im);
                Store(data + (long)i * PointSize, re, im);
            }
        }
    }

    /// <summary>Reorders points for the next transform, following each cycle of the permutation once.</summary>
    private static void Permute(FftPlan<T> plan, T* data)
    {
        foreach (int start in plan.CycleStarts)
        {
            Load(data + (long)start * PointSize, out TVector re, out TVector im);
            int to = plan.Position[start];
            while (to != start)
            {
                T* at = data + (long)to * PointSize;
                Load(at, out TVector nextR, out TVector nextI);
                Store(at, re, im);
                (re, im) = (nextR, nextI);
                to = plan.Position[to];
            }

            Store(data + (long)start * PointSize, re, im);
        }
    }
}
