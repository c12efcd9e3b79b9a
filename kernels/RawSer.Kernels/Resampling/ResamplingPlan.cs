namespace RawSer.Kernels.Resampling;

/// <summary>A filter and the positions of outputs: what <see cref="Backend.Resample"/> needs, for signals of one length or shorter.</summary>
public sealed class ResamplingPlan
{
    private readonly (int Sample, int Phase)[] _positions;

    /// <summary>Takes the first <paramref name="count"/> positions of a clock; of <paramref name="outputs"/> outputs, those without a position are 0.</summary>
    public static ResamplingPlan Create<TClock>(PolyphaseKernel kernel, TClock clock, int count, int outputs)
        where TClock : struct, IOutputClock
    {
        var positions = new (int, int)[count];
        for (int j = 0; j < count; j++)
        {
            positions[j] = clock.Next();
        }

        return new(kernel, positions, outputs);
    }

    private ResamplingPlan(PolyphaseKernel kernel, (int, int)[] positions, int outputs) => (Kernel, _positions, Outputs) = (kernel, positions, outputs);

    /// <summary>The filter.</summary>
    public PolyphaseKernel Kernel { get; }

    /// <summary>Number of outputs.</summary>
    public int Outputs { get; }

    /// <summary>For each output that has a position the sample at or before it, and the phase between that and the next.</summary>
    public ReadOnlySpan<(int Sample, int Phase)> Positions => _positions;

    /// <summary>The positions one after the other.</summary>
    internal Clock Replay() => new(this);

    internal struct Clock(ResamplingPlan plan) : IOutputClock
    {
        private int _next;

        public (int Sample, int Phase) Next() => plan._positions[_next++];
    }
}
