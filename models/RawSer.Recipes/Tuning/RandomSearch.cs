namespace RawSer.Recipes.Tuning;

/// <summary>keras-tuner's RandomSearch: untried settings, until a number of trials is reached or the space is exhausted.</summary>
public sealed class RandomSearch(SearchSpace space, int maxTrials)
{
    private int _trials;

    /// <summary>The next trial, or null at the end.</summary>
    public Trial? Next() => _trials < maxTrials && space.Next() is { } values ? new Trial(_trials++, values, null, 0, null, null, null) : null;
}
