namespace RawSer.Models.Wav2Vec2;

/// <summary>Applies a <see cref="HiddenActivation"/>.</summary>
internal static class HiddenActivations
{
    public static Tensor Apply(this HiddenActivation activation, Tensor x) => activation switch
    {
        HiddenActivation.Gelu => x.Gelu(),
        HiddenActivation.GeluTanh => x.GeluTanh(),
        HiddenActivation.Relu => x.Relu(),
        _ => x.Silu(),
    };
}
