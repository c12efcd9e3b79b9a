using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace RawSer.Kernels;

/// <summary>
/// The counter-based generator Philox 4x32-10 (Salmon, Moraes, Dror, Shaw: Parallel random numbers: as easy as 1, 2, 3, SC 2011). Four random words
/// are a function of a 64-bit key and a 128-bit counter alone, so any part of a sequence can be computed anywhere, in any order.
/// <para>
/// Sequences are cut into blocks of 64 words, made from 16 consecutive counters so that vector registers need no shuffling: word
/// <c>16 w + lane</c> of a block is word <c>w</c> of counter <c>16 block + lane</c>. The upper half of the counter is the stream.
/// </para>
/// </summary>
public static unsafe class Philox
{
    /// <summary>Words in a block.</summary>
    public const int BlockWords = 64;

    /// <summary>Counters in a block.</summary>
    public const int BlockCounters = 16;

    private const uint Multiplier0 = 0xD2511F53;
    private const uint Multiplier1 = 0xCD9E8D57;
    private const uint Weyl0 = 0x9E3779B9;
    private const uint Weyl1 = 0xBB67AE85;
    private const int Rounds = 10;

    /// <summary>Number of blocks that hold a word for each element.</summary>
    public static long BlockCount(long elements) => (elements + BlockWords - 1) / BlockWords;

    /// <summary>The four words of one counter.</summary>
    public static (uint X0, uint X1, uint X2, uint X3) Words(ulong key, ulong counter, ulong stream)
    {
        Words(key, counter, stream, out uint x0, out uint x1, out uint x2, out uint x3);
        return (x0, x1, x2, x3);
    }

    /// <summary>The four words of one counter, in the form that device kernels can call.</summary>
    internal static void Words(ulong key, ulong counter, ulong stream, out uint x0, out uint x1, out uint x2, out uint x3)
    {
        uint c0 = (uint)counter, c1 = (uint)(counter >> 32), c2 = (uint)stream, c3 = (uint)(stream >> 32);
        uint k0 = (uint)key, k1 = (uint)(key >> 32);
        for (int round = 0; round < Rounds; round++)
        {
            ulong p0 = (ulong)Multiplier0 * c0, p1 = (ulong)Multiplier1 * c2;
            (c0, c1, c2, c3) = ((uint)(p1 >> 32) ^ c1 ^ k0, (uint)p1, (uint)(p0 >> 32) ^ c3 ^ k1, (uint)p0);
            k0 += Weyl0;
            k1 += Weyl1;
        }

        x0 = c0;
        x1 = c1;
        x2 = c2;
        x3 = c3;
    }

    /// <summary>The 64 words of block <paramref name="block"/>.</summary>
    /// <exception cref="ArgumentException"><paramref name="words"/> does not have 64 places.</exception>
    public static void FillBlock(ulong key, ulong block, ulong stream, Span<uint> words)
    {
        if (words.Length != BlockWords)
        {
            throw new ArgumentException($"Philox: a block has {BlockWords} words, the destination {words.Length}");
        }

        fixed (uint* first = words)
        {
            FillBlock(key, block, stream, first);
        }
    }

    /// <summary>The 64 words of block <paramref name="block"/>.</summary>
    internal static void FillBlock(ulong key, ulong block, ulong stream, uint* words)
    {
        ulong first = block * BlockCounters;
        if (Avx512F.IsSupported)
        {
            Fill16(key, first, stream, words);
        }
        else if (Avx2.IsSupported)
        {
            for (int lane = 0; lane < BlockCounters; lane += 4)
            {
                Fill4(key, first + (ulong)lane, stream, words + lane);
            }
        }
        else
        {
            for (int lane = 0; lane < BlockCounters; lane++)
            {
                (words[lane], words[16 + lane], words[32 + lane], words[48 + lane]) = Words(key, first + (ulong)lane, stream);
            }
        }
    }

    /// <summary>
    /// Sixteen counters, eight to a register. Each 64-bit lane holds a word in its lower half; the multiplication reads that half only, so the upper
    /// halves may hold anything until the end.
    /// </summary>
    [SkipLocalsInit]
    private static void Fill16(ulong key, ulong first, ulong stream, uint* words)
    {
        Vector512<ulong> low = Vector512.Create(first) + Vector512.Create(0UL, 1, 2, 3, 4, 5, 6, 7);
        Vector512<ulong> high = low + Vector512.Create(8UL);
        Vector512<ulong> a0 = low, a1 = low >>> 32, a2 = Vector512.Create(stream), a3 = Vector512.Create(stream >> 32);
        Vector512<ulong> b0 = high, b1 = high >>> 32, b2 = a2, b3 = a3;
        Vector512<uint> m0 = Vector512.Create((ulong)Multiplier0).AsUInt32(), m1 = Vector512.Create((ulong)Multiplier1).AsUInt32();
        uint k0 = (uint)key, k1 = (uint)(key >> 32);
        for (int round = 0; round < Rounds; round++)
        {
            Vector512<ulong> key0 = Vector512.Create((ulong)k0), key1 = Vector512.Create((ulong)k1);
            Vector512<ulong> ap0 = Avx512F.Multiply(a0.AsUInt32(), m0), ap1 = Avx512F.Multiply(a2.AsUInt32(), m1);
            Vector512<ulong> bp0 = Avx512F.Multiply(b0.AsUInt32(), m0), bp1 = Avx512F.Multiply(b2.AsUInt32(), m1);
            (a0, a1, a2, a3) = ((ap1 >>> 32) ^ a1 ^ key0, ap1, (ap0 >>> 32) ^ a3 ^ key1, ap0);
            (b0, b1, b2, b3) = ((bp1 >>> 32) ^ b1 ^ key0, bp1, (bp0 >>> 32) ^ b3 ^ key1, bp0);
            k0 += Weyl0;
            k1 += Weyl1;
        }

        Vector512.Narrow(a0, b0).Store(words);
        Vector512.Narrow(a1, b1).Store(words + 16);
        Vector512.Narrow(a2, b2).Store(words + 32);
        Vector512.Narrow(a3, b3).Store(words + 48);
    }

    /// <summary>Four counters in one register; as <see cref="Fill16"/>.</summary>
    private static void Fill4(ulong key, ulong first, ulong stream, uint* words)
    {
        Vector256<ulong> counter = Vector256.Create(first) + Vector256.Create(0UL, 1, 2, 3);
        Vector256<ulong> c0 = counter, c1 = counter >>> 32, c2 = Vector256.Create(stream), c3 = Vector256.Create(stream >> 32);
        Vector256<uint> m0 = Vector256.Create((ulong)Multiplier0).AsUInt32(), m1 = Vector256.Create((ulong)Multiplier1).AsUInt32();
        uint k0 = (uint)key, k1 = (uint)(key >> 32);
        for (int round = 0; round < Rounds; round++)
        {
            Vector256<ulong> p0 = Avx2.Multiply(c0.AsUInt32(), m0), p1 = Avx2.Multiply(c2.AsUInt32(), m1);
            (c0, c1, c2, c3) = ((p1 >>> 32) ^ c1 ^ Vector256.Create((ulong)k0), p1, (p0 >>> 32) ^ c3 ^ Vector256.Create((ulong)k1), p0);
            k0 += Weyl0;
            k1 += Weyl1;
        }

        Vector256.Narrow(c0, c1).GetLower().Store(words);
        Vector256.Narrow(c0, c1).GetUpper().Store(words + 16);
        Vector256.Narrow(c2, c3).GetLower().Store(words + 32);
        Vector256.Narrow(c2, c3).GetUpper().Store(words + 48);
    }
}
