namespace RawSer.Recipes.Tuning;

/// <summary>What came of one <see cref="Trial"/> of a search.</summary>
/// <param name="Values">The settings: keys of a recipe and their values.</param>
/// <param name="Epochs">Epochs when it ended.</param>
/// <param name="Bracket">Hyperband bracket; null for other searches.</param>
/// <param name="Round">Round in the bracket; null for other searches.</param>
/// <param name="Resumes">Number, from 0, of the trial that it continued; null for a new one.</param>
/// <param name="ValidationAccuracy">The best of the epochs that it added, from 0 to 1.</param>
public sealed record TrialResult(IReadOnlyDictionary<string, string> Values, int Epochs, int? Bracket, int? Round, int? Resumes, double ValidationAccuracy);
