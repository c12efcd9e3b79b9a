using RawSer.Audio;
using RawSer.Audio.Decoding;

namespace RawSer.Recipes.Runs;

/// <summary>The clips of a pre-training: each pass goes over all of them, in an order of its own. Those that cannot be read are left out of all passes, with a warning.</summary>
/// <param name="paths">Audio files.</param>
/// <param name="seed">Of the orders.</param>
/// <param name="observer">Is told what is left out.</param>
internal sealed class PretrainingClips(IReadOnlyList<string> paths, ulong seed, IRunObserver observer)
{
    private readonly HashSet<int> _unreadable = [];
    private int[] _order = [];
    private int _place;
    private ulong _pass;

    /// <summary>The samples of the next clip.</summary>
    /// <param name="sampleRate">Their rate in Hz.</param>
    /// <param name="seconds">The clip is cut after these.</param>
    /// <exception cref="RunException">No clip can be read.</exception>
    public float[] Next(int sampleRate, double seconds)
    {
        while (_unreadable.Count < paths.Count)
        {
            if (_place == _order.Length)
            {
                (_order, _place) = (new Generator(seed, stream: ++_pass).Permutation(paths.Count), 0);
            }

            int clip = _order[_place++];
            if (!_unreadable.Contains(clip) && Read(clip, sampleRate, seconds) is { } samples)
            {
                return samples;
            }
        }

        throw new RunException($"none of the {paths.Count} clips can be read");
    }

    private float[]? Read(int clip, int sampleRate, double seconds)
    {
        string reason;
        try
        {
            float[] samples = Waveform.Load(paths[clip], sampleRate, duration: seconds).Samples;
            if (Array.TrueForAll(samples, float.IsFinite))
            {
                return samples;
            }

            reason = "it has samples that are NaN or infinite";
        }
        catch (AudioFormatException e)
        {
            reason = $"{e.Reason} (at byte {e.Offset})";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            reason = e.Message;
        }

        _unreadable.Add(clip);
        observer.Warning($"left out: {paths[clip]}: {reason}");
        return null;
    }
}
