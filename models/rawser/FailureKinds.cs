using RawSer.Audio.Decoding;
using RawSer.Recipes.Corpora;
using RawSer.Recipes.Experiments;
using RawSer.Recipes.Runs;
using RawSer.Weights;

namespace RawSer.Cli;

/// <summary>Which exceptions of the libraries are the user's arguments, and which are the user's data.</summary>
internal static class FailureKinds
{
    /// <summary>Something in the arguments or in a recipe is wrong.</summary>
    public static bool IsUsage(Exception e) => e is RecipeException;

    /// <summary>Something on disk is wrong.</summary>
    public static bool IsData(Exception e) =>
        e is CorpusException or RunException or AudioFormatException or WeightFileException or StateDictException or InvalidDataException or IOException or UnauthorizedAccessException;
}
