namespace RawSer.Recipes.Tuning;

/// <summary>
/// Hyperband (Li et al. 2018) with the sizes, the order and the stopping rule of keras-tuner, for one worker. A bracket starts many trials with few epochs
/// and promotes the best third (for factor 3) to more epochs, round by round; brackets run from the most to the fewest starters.
/// </summary>
public sealed class Hyperband
{
    private readonly int _maxEpochs;
    private readonly int _factor;
    private readonly SearchSpace _space;
    private readonly bool _maximise;
    private readonly List<Trial> _trials = [];
    private readonly Dictionary<int, double> _scores = [];
    private List<(int Trial, int? Past)>[] _rounds;
    private int _iterationsLeft;
    private int _bracket;

    /// <summary>A search at its start.</summary>
    /// <param name="space">Where settings are drawn.</param>
    /// <param name="maxEpochs">Epochs of the last round of each bracket.</param>
    /// <param name="factor">Reduction from round to round.</param>
    /// <param name="iterations">How many times all brackets are run.</param>
    /// <param name="maximise">Larger scores are better.</param>
    /// <exception cref="ArgumentException">Fewer than 1 epoch or iteration, or a factor below 2.</exception>
    public Hyperband(SearchSpace space, int maxEpochs, int factor = 3, int iterations = 1, bool maximise = true)
    {
        if (maxEpochs < 1 || factor < 2 || iterations < 1)
        {
            throw new ArgumentException($"hyperband of {maxEpochs} epochs, factor {factor}, {iterations} iterations: expected at least 1, 2 and 1");
        }

        (_space, _maxEpochs, _factor, _iterationsLeft, _maximise) = (space, maxEpochs, factor, iterations, maximise);
        _bracket = BracketCount(maxEpochs, factor) - 1;
        _rounds = NewRounds(_bracket);
    }

    /// <summary>The trials so far, in order.</summary>
    public IReadOnlyList<Trial> Trials => _trials;

    /// <summary>The trial with the best score so far (of equal ones the first); null before the first.</summary>
    public Trial? Best => _scores.Count == 0 ? null : _trials[Ranked(_scores.Keys.Order()).First()];

    /// <summary>Number of brackets: how often the epochs can be divided by the factor before they fall below 1.</summary>
    public static int BracketCount(int maxEpochs, int factor)
    {
        int brackets = 0;
        for (double epochs = maxEpochs; epochs >= 1; epochs /= factor)
        {
            brackets++;
        }

        return brackets;
    }

    /// <summary>Trials in a round: <c>ceil(ceil(1 + log(maxEpochs) / log(factor)) / (bracket + 1) * factor^(bracket - round))</c>.</summary>
    public static int Size(int maxEpochs, int factor, int bracket, int round)
    {
        double ends = Math.Ceiling(1 + (Math.Log(maxEpochs) / Math.Log(factor)));
        return (int)Math.Ceiling(ends / (bracket + 1) * Math.Pow(factor, bracket - round));
    }

    /// <summary>Epochs that a trial has seen at the end of a round: <c>ceil(maxEpochs / factor^(bracket - round))</c>.</summary>
    public static int Epochs(int maxEpochs, int factor, int bracket, int round) => (int)Math.Ceiling(maxEpochs / Math.Pow(factor, bracket - round));

    /// <summary>The next trial to run, or null at the end of the search.</summary>
    /// <exception cref="InvalidOperationException">The trial before has not been reported.</exception>
    public Trial? Next()
    {
        if (_trials.Count != _scores.Count)
        {
            throw new InvalidOperationException($"hyperband: trial {_trials[^1].Id} is still running; report its score first");
        }

        while (true)
        {
            if (_rounds[0].Count < Size(_maxEpochs, _factor, _bracket, 0))
            {
                return _space.Next() is { } values ? Start(values, 0, null) : null;
            }

            for (int round = 1; round <= _bracket; round++)
            {
                HashSet<int> promoted = [.. _rounds[round].Select(t => t.Past!.Value)];
                int[] candidates = [.. _rounds[round - 1].Select(t => t.Trial).Where(t => !promoted.Contains(t))];
                if (candidates.Length > Size(_maxEpochs, _factor, _bracket, round - 1) - Size(_maxEpochs, _factor, _bracket, round))
                {
                    int best = Ranked(candidates).First();
                    return Start(_trials[best].Values, round, best);
                }
            }

            if (_bracket == 0 && --_iterationsLeft == 0)
            {
                _iterationsLeft = 1;
                return null;
            }

            _bracket = _bracket == 0 ? BracketCount(_maxEpochs, _factor) - 1 : _bracket - 1;
            _rounds = NewRounds(_bracket);
        }
    }

    /// <summary>Takes the score of a finished trial: the best epoch's value of the objective.</summary>
    /// <exception cref="ArgumentException">No such trial, or it has been reported before.</exception>
    public void Report(int trial, double score)
    {
        if (trial < 0 || trial >= _trials.Count || !_scores.TryAdd(trial, score))
        {
            throw new ArgumentException($"hyperband: trial {trial} does not exist or has been reported before; the trials are 0 to {_trials.Count - 1}");
        }
    }

    private Trial Start(IReadOnlyDictionary<string, string> values, int round, int? past)
    {
        int initial = round == 0 ? 0 : Epochs(_maxEpochs, _factor, _bracket, round - 1);
        var trial = new Trial(_trials.Count, values, Epochs(_maxEpochs, _factor, _bracket, round), initial, past, _bracket, round);
        _trials.Add(trial);
        _rounds[round].Add((trial.Id, past));
        return trial;
    }

    // Stable: of equal scores the earlier trial comes first. NaN comes last.
    private IOrderedEnumerable<int> Ranked(IEnumerable<int> trials) =>
        trials.OrderBy(t => double.IsNaN(_scores[t])).ThenBy(t => _maximise ? -_scores[t] : _scores[t]);

    private static List<(int Trial, int? Past)>[] NewRounds(int bracket) => [.. Enumerable.Range(0, bracket + 1).Select(_ => new List<(int, int?)>())];
}
