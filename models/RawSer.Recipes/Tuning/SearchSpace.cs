using System.Globalization;
using RawSer.Recipes.Sampling;

namespace RawSer.Recipes.Tuning;

/// <summary>One setting of a recipe that a search varies: its key, and how a value is drawn. Values are texts as <c>--set key=value</c> takes them.</summary>
/// <param name="Key">The recipe's key, for example <c>optimizer.learning_rate</c>.</param>
/// <param name="Draw">Draws a value.</param>
public sealed record SearchDimension(string Key, Func<CounterRandom, string> Draw)
{
    /// <summary>One of the listed values, each with equal probability.</summary>
    /// <exception cref="ArgumentException">The list is empty.</exception>
    public static SearchDimension Choice(string key, params IReadOnlyList<string> values) =>
        values.Count > 0 ? new(key, random => values[random.NextInt(values.Count)]) : throw new ArgumentException($"search over {key}: no value to choose from");

    /// <summary>A number between bounds, uniform in its logarithm.</summary>
    /// <exception cref="ArgumentException">The bounds are not positive and ascending.</exception>
    public static SearchDimension LogUniform(string key, double low, double high) =>
        low > 0 && high > low && double.IsFinite(high)
            ? new(key, random => Math.Exp(random.Between(Math.Log(low), Math.Log(high))).ToString("R", CultureInfo.InvariantCulture))
            : throw new ArgumentException(FormattableString.Invariant($"search over {key}: from {low} to {high}; expected positive ascending bounds"));
}

/// <summary>One training run that a search asks for.</summary>
/// <param name="Id">Number of the trial, from 0.</param>
/// <param name="Values">The settings.</param>
/// <param name="Epochs">Train until this many epochs are done.</param>
/// <param name="InitialEpoch">Epochs that are done already, in <paramref name="Resumes"/>.</param>
/// <param name="Resumes">The trial whose checkpoint is continued; null starts anew.</param>
/// <param name="Bracket">Hyperband bracket; null for other searches.</param>
/// <param name="Round">Round in the bracket; null for other searches.</param>
public sealed record Trial(int Id, IReadOnlyDictionary<string, string> Values, int? Epochs, int InitialEpoch, int? Resumes, int? Bracket, int? Round);

/// <summary>
/// Draws settings that have not been tried: after 21 repetitions in a row the space counts as exhausted (keras-tuner's <c>max_collisions</c> of 20). This
/// is why the report's search over four learning rates ended after four trials of two epochs.
/// </summary>
public sealed class SearchSpace(IReadOnlyList<SearchDimension> dimensions, ulong seed)
{
    /// <summary>How many repetitions in a row are drawn again; one more exhausts the space.</summary>
    public const int MaxCollisions = 20;

    private readonly CounterRandom _random = new(seed, "search");
    private readonly HashSet<string> _tried = [];

    /// <summary>New settings, or null when the space is exhausted.</summary>
    public IReadOnlyDictionary<string, string>? Next()
    {
        for (int collisions = 0; collisions <= MaxCollisions; collisions++)
        {
            Dictionary<string, string> values = dimensions.ToDictionary(d => d.Key, d => d.Draw(_random));
            if (_tried.Add(string.Join('\n', values.Select(v => $"{v.Key}={v.Value}"))))
            {
                return values;
            }
        }

        return null;
    }
}
