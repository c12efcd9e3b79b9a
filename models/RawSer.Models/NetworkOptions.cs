using System.Text.Json;
using RawSer.Audio.Features;
using RawSer.Kernels;
using RawSer.Nn;

namespace RawSer.Models;

/// <summary>
/// What the network of a recogniser is built from, whatever its kind: how it is made, what it takes, and how features of a clip become that. Stored
/// as JSON beside trained weights.
/// </summary>
public abstract record NetworkOptions
{
    /// <summary>Emotions.</summary>
    public int Classes { get; init; } = 7;

    /// <summary>Most clips of a batch in inference: networks on pictures need much memory for each.</summary>
    public virtual int LargestBatch => int.MaxValue;

    /// <summary>Shape of a batch that the network takes.</summary>
    public abstract Shape InputShape(int batch);

    /// <summary>Writes the input of the network for features (rows, frames) of a profile.</summary>
    public abstract void Prepare(ReadOnlySpan<float> features, int rows, int frames, Span<float> input);

    /// <summary>Refuses values that make no network.</summary>
    /// <exception cref="ArgumentException">A value is out of range; the message names it and what would be right.</exception>
    public abstract void Validate();

    /// <summary>Refuses a profile whose features the network cannot take.</summary>
    /// <exception cref="ArgumentException">It cannot; the message says why.</exception>
    public abstract void CheckProfile(FeatureProfile profile);

    /// <summary>A network without values.</summary>
    public abstract Module Build();

    /// <summary>A network with initial values.</summary>
    public abstract Module Create(ulong seed);

    /// <summary>A network for inference from a trained one of this kind, which it takes over.</summary>
    public virtual Module ForInference(Module trained) => trained;

    /// <summary>Writes the properties that <c>Recognition.RecognizerSettings</c> reads, <c>architecture</c> first.</summary>
    public abstract void WriteJson(Utf8JsonWriter json);
}
