using RawSer.Audio.Decoding;
using RawSer.Recipes.Corpora;
using RawSer.Recipes.Sampling;

namespace RawSer.Recipes.Synthesis;

/// <summary>How much is synthesised; the defaults give 508 clips of 31 speakers.</summary>
public sealed record SyntheticCorpusOptions
{
    /// <summary>Seed of voices and utterances.</summary>
    public ulong Seed { get; init; }

    /// <summary>Actors of RAVDESS, 1 to 24; 16 clips each.</summary>
    public int RavdessActors { get; init; } = 10;

    /// <summary>Sentences of each emotion and speaker of SAVEE, 1 to 15 (four speakers, seven emotions).</summary>
    public int SaveeSentences { get; init; } = 3;

    /// <summary>Words of each emotion and speaker of TESS, 1 to 20 (two speakers, seven emotions).</summary>
    public int TessWords { get; init; } = 6;

    /// <summary>Actors of CREMA-D, 1 to 91.</summary>
    public int CremaDActors { get; init; } = 15;

    /// <summary>Sentences of each emotion and actor of CREMA-D, 1 to 12 (six emotions).</summary>
    public int CremaDSentences { get; init; } = 2;
}

/// <summary>
/// A small corpus made by a formant synthesiser, with the file names and folders of RAVDESS, SAVEE, TESS and CREMA-D: for demonstrations and tests where no
/// recorded speech is at hand. The same options give the same bytes on every machine of one floating-point behaviour, whatever the number of threads.
/// </summary>
public static class SyntheticCorpus
{
    private static readonly string[] Words =
    [
        "back", "bar", "base", "bath", "bean", "beg", "bite", "boat", "bone", "book", "bought", "burn", "cab", "calm", "came", "cause", "chain", "chair", "chalk", "chat",
    ];

    private static readonly string[] CremaDSentences = ["IEO", "TIE", "IOM", "IWW", "TAI", "MTI", "IWL", "ITH", "DFA", "ITS", "TSI", "WSI"];

    /// <summary>The paths that would be written, below a folder per corpus.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A number is outside what the corpus allows.</exception>
    public static IReadOnlyList<string> Paths(SyntheticCorpusOptions options)
    {
        Check(options.RavdessActors, 24, "actors of RAVDESS");
        Check(options.SaveeSentences, 15, "sentences of SAVEE");
        Check(options.TessWords, Words.Length, "words of TESS");
        Check(options.CremaDActors, 91, "actors of CREMA-D");
        Check(options.CremaDSentences, CremaDSentences.Length, "sentences of CREMA-D");
        return
        [
            .. from actor in Enumerable.Range(1, options.RavdessActors)
               from emotion in Enumerable.Range(1, 8)
               from statement in Enumerable.Range(1, 2)
               select $"RAVDESS/Actor_{actor:00}/03-01-{emotion:00}-{(emotion == 1 || statement == 1 ? 1 : 2):00}-{statement:00}-01-{actor:00}.wav",
            .. from speaker in (string[])["DC", "JE", "JK", "KL"]
               from code in (string[])["a", "d", "f", "h", "n", "sa", "su"]
               from sentence in Enumerable.Range(1, options.SaveeSentences)
               select $"SAVEE/AudioData/{speaker}/{code}{sentence:00}.wav",
            .. from speaker in (string[])["OAF", "YAF"]
               from emotion in (string[])["angry", "disgust", "fear", "happy", "neutral", "ps", "sad"]
               from word in Words.Take(options.TessWords)
               select $"TESS/{speaker}_{emotion}/{speaker}_{word}_{emotion}.wav",
            .. from actor in Enumerable.Range(1001, options.CremaDActors)
               from sentence in CremaDSentences.Take(options.CremaDSentences)
               from emotion in (string[])["ANG", "DIS", "FEA", "HAP", "NEU", "SAD"]
               select $"CREMA-D/AudioWAV/{actor}_{sentence}_{emotion}_XX.wav",
        ];
    }

    /// <summary>Synthesises and writes the corpus, in parallel.</summary>
    /// <param name="folder">Where to; created if missing.</param>
    /// <param name="options">How much.</param>
    /// <param name="written">Called after each clip with the number of clips so far and of all, from several threads.</param>
    /// <param name="cancel">Stops the work.</param>
    /// <returns>The number of clips.</returns>
    public static int Write(string folder, SyntheticCorpusOptions? options = null, Action<int, int>? written = null, CancellationToken cancel = default)
    {
        options ??= new SyntheticCorpusOptions();
        IReadOnlyList<string> paths = Paths(options);
        foreach (string directory in paths.Select(p => Path.GetDirectoryName(Path.Combine(folder, p))!).Distinct())
        {
            Directory.CreateDirectory(directory);
        }

        int done = 0;
        Parallel.For(0, paths.Count, new ParallelOptions { CancellationToken = cancel }, i =>
        {
            float[] samples = Synthesize(paths[i], options.Seed);
            File.WriteAllBytes(Path.Combine(folder, paths[i]), WavWriter.Encode(samples, 1, FormantSynthesizer.SampleRate));
            written?.Invoke(Interlocked.Increment(ref done), paths.Count);
        });
        return paths.Count;
    }

    /// <summary>The samples of one clip at 16 kHz; its path alone says who speaks, what and how.</summary>
    /// <exception cref="ArgumentException">The path is of none of the four corpora.</exception>
    public static float[] Synthesize(string path, ulong seed)
    {
        foreach (CorpusGrammar grammar in CorpusGrammar.Known)
        {
            if (grammar.Read(path, forced: false).Name is ClipName name)
            {
                var random = new CounterRandom(seed, $"clip {grammar.Corpus} {name.Key}");
                Voice voice = Voice.Draw(new CounterRandom(seed, $"voice {grammar.Corpus} {name.Speaker}"), name.Sex == "female");
                double strength = voice.Expression * name.Intensity switch { "strong" or "high" => 1.2, "low" => 0.7, _ => 1.0 };

                // SAVEE's codes hold the emotion: words must not tell it.
                string words = grammar is Savee ? name.Sentence.TrimStart('a', 'd', 'f', 'h', 'n', 's', 'u') : name.Sentence;
                Prosody prosody = Vary(Prosody.Of(name.Emotion).At(strength), random);
                return FormantSynthesizer.Speak(Utterance.Of($"{grammar.Corpus} {words}", Syllables(grammar)), voice, prosody, random);
            }
        }

        throw new ArgumentException($"'{path}' is no name of RAVDESS, SAVEE, TESS or CREMA-D");
    }

    private static int Syllables(CorpusGrammar grammar) => grammar switch { Tess => 5, Savee => 9, Ravdess => 8, _ => 7 };

    // No two performances are alike: emotions overlap.
    private static Prosody Vary(Prosody prosody, CounterRandom random) => prosody with
    {
        Pitch = prosody.Pitch + (1.2 * random.NextGaussian()),
        Range = Math.Max(0.2, prosody.Range * Math.Exp(0.2 * random.NextGaussian())),
        Rise = prosody.Rise + (1.5 * random.NextGaussian()),
        Rate = prosody.Rate * Math.Exp(0.06 * random.NextGaussian()),
        Level = prosody.Level + (1.5 * random.NextGaussian()),
        Effort = prosody.Effort + (0.2 * random.NextGaussian()),
        Jitter = Math.Max(0, prosody.Jitter * Math.Exp(0.3 * random.NextGaussian())),
        Breath = Math.Max(0, prosody.Breath + (0.02 * random.NextGaussian())),
        Smile = prosody.Smile * Math.Exp(0.015 * random.NextGaussian()),
    };

    private static void Check(int value, int most, string what)
    {
        if (value < 1 || value > most)
        {
            throw new ArgumentOutOfRangeException(nameof(value), $"{value} {what}: expected 1 to {most}");
        }
    }
}
