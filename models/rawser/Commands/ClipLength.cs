using RawSer.CommandLine;
using RawSer.Models.Wav2Vec2;

namespace RawSer.Cli.Commands;

/// <summary>The option <c>--seconds</c> of verbs on speech encoders.</summary>
internal static class ClipLength
{
    /// <summary>Refuses a length that gives an encoder fewer than <paramref name="frames"/> frames.</summary>
    public static void Check(double seconds, HuggingFaceFolder folder, int frames)
    {
        if (!(seconds > 0))
        {
            throw CommandFailure.OfUsage(FormattableString.Invariant($"--seconds {seconds}: expected a number above 0"));
        }

        int rate = folder.Preprocessing.SampleRate, found = folder.Config.FramesOf((int)Math.Min(seconds * rate, int.MaxValue));
        if (found < frames)
        {
            double shortest = (double)(folder.Config.ReceptiveField + ((frames - 1) * folder.Config.FrameStride)) / rate;
            throw CommandFailure.OfUsage(FormattableString.Invariant($"--seconds {seconds}: gives {found} frames of this encoder, and {frames} are needed; expected at least {shortest:0.####}"));
        }
    }
}
