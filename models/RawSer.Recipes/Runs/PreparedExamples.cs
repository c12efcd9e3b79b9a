using RawSer.Kernels;
using RawSer.Models;
using RawSer.Training;

namespace RawSer.Recipes.Runs;

/// <summary>Features of clips as a network takes them; each is prepared when it is drawn.</summary>
internal sealed class PreparedExamples : IExamples
{
    private readonly FeatureExamples _examples;
    private readonly NetworkOptions _network;
    private readonly int _rows;
    private readonly int _frames;

    public PreparedExamples(FeatureExamples examples, NetworkOptions network)
    {
        (_examples, _network) = (examples, network);
        (_rows, _frames) = (examples.Shape[1], examples.Shape[2]);
        Shape = network.InputShape(1).Without(0);
    }

    public int Count => _examples.Count;

    public Shape Shape { get; }

    public int LabelOf(int index) => _examples.LabelOf(index);

    public void CopyTo(int index, Span<float> destination) => _network.Prepare(_examples.ToArray(index), _rows, _frames, destination);
}
