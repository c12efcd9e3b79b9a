using RawSer.Kernels.Resampling;

namespace RawSer.Audio.Resampling;

/// <summary>Exact rational positions: output j lies at j * from / to, both rates without common divisor.</summary>
internal struct ExactClock(int from, int to) : IOutputClock
{
    private readonly int _whole = from / to;
    private readonly int _rest = from % to;
    private int _sample;
    private int _phase;

    public (int Sample, int Phase) Next()
    {
        (int, int) now = (_sample, _phase);
        _sample += _whole;
        _phase += _rest;
        if (_phase >= to)
        {
            _phase -= to;
            _sample++;
        }

        return now;
    }
}

/// <summary>
/// The positions of resampy: float64 numbers j * (1 / ratio), whose rounding decides on which side of a sample an output falls. Before
/// version 0.3 the increments were added up instead.
/// </summary>
internal struct ResampyClock(int from, int to, int phases, bool accumulate) : IOutputClock
{
    private readonly double _increment = 1 / ((double)to / from);
    private double _time;
    private long _index;

    public (int Sample, int Phase) Next()
    {
        double time = accumulate ? _time : _index * _increment;
        _time += _increment;
        _index++;
        int sample = (int)time;
        return (sample, (int)Math.Round((time - sample) * phases));
    }
}
