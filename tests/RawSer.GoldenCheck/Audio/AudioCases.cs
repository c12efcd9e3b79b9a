namespace RawSer.GoldenCheck.Audio;

/// <summary>The audio front end. Profiles, MFCCs, resampling and noise run on the device, everything else on the host whatever the device is.</summary>
internal static class AudioCases
{
    public static void Register(HandlerTable table)
    {
        SpectralCases.Register(table);
        ShapeCases.Register(table);
        ResamplingCases.Register(table);
        TorchaudioCases.Register(table);
        DecodingCases.Register(table);
        PreparationCases.Register(table);
    }
}
