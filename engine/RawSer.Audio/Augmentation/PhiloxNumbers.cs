using RawSer.Kernels;

namespace RawSer.Audio.Augmentation;

/// <summary>
/// Random numbers of one clip: <see cref="Philox"/> words under a seed and a stream, for example the number of the clip. What a clip gets
/// depends on these two alone, not on the thread or on the clips before it. Not thread-safe.
/// </summary>
public sealed class PhiloxNumbers(ulong seed, ulong stream) : IRandomNumbers
{
    private readonly uint[] _words = new uint[Philox.BlockWords];
    private ulong _block;
    private int _next = Philox.BlockWords;
    private double? _spare;

    /// <inheritdoc/>
    public double NextUniform() => NextWord() * (1.0 / (1L << 32));

    /// <summary>By Box and Muller, two numbers at a time; the radius uses (0, 1], so that its logarithm is finite.</summary>
    public double NextNormal()
    {
        if (_spare is { } spare)
        {
            _spare = null;
            return spare;
        }

        double radius = Math.Sqrt(-2 * Math.Log((NextWord() + 1.0) * (1.0 / (1L << 32))));
        (double sin, double cos) = double.SinCosPi(2 * NextUniform());
        _spare = radius * sin;
        return radius * cos;
    }

    private uint NextWord()
    {
        if (_next == _words.Length)
        {
            Philox.FillBlock(seed, _block++, stream, _words);
            _next = 0;
        }

        return _words[_next++];
    }
}
