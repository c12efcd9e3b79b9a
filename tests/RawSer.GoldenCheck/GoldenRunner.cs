namespace RawSer.GoldenCheck;

/// <summary>How a case ended.</summary>
public enum GoldenStatus
{
    /// <summary>As expected.</summary>
    Passed,

    /// <summary>Not as expected.</summary>
    Failed,

    /// <summary>No handler, or not on this device.</summary>
    Unsupported,
}

/// <summary>The end of a case, with what is wrong or missing, one line each.</summary>
public sealed record GoldenOutcome(GoldenCase Case, GoldenStatus Status, IReadOnlyList<string> Problems)
{
    /// <summary>All problems under the name of the case.</summary>
    public override string ToString() => $"{Case.Area}/{Case.Name} ({Case.Op}): {string.Join("; ", Problems)}";
}

/// <summary>Runs cases.</summary>
public static class GoldenRunner
{
    private const long MegaByte = 1024 * 1024;

    /// <summary>True if there is a handler for the case's operation.</summary>
    public static bool IsRegistered(GoldenCase golden) => Handlers.All.Find(golden) is not null;

    /// <summary>Runs one case on a device; <paramref name="compared"/> hears of every comparison on the way.</summary>
    public static GoldenOutcome Run(GoldenCase golden, Device device, Action<string>? compared = null)
    {
        if (Handlers.All.Find(golden) is not { } handler)
        {
            return new GoldenOutcome(golden, GoldenStatus.Unsupported, [$"no handler for {golden.Schema} '{golden.Op}'"]);
        }

        golden = golden.Fresh();
        string? overlooked = null;
        var run = new GoldenRun(golden, device, compared);
        long allocated = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            using TensorScope scope = Tensor.Scope();
            handler(golden, run);
            if (golden.Expect == GoldenExpectation.Error)
            {
                run.Fail($"no error, expected one about {string.Join(" / ", golden.ErrorWords)}");
            }
            else
            {
                run.Finish();
                overlooked = golden.Overlooked();
            }
        }
        catch (GoldenUnsupportedException e)
        {
            return new GoldenOutcome(golden, GoldenStatus.Unsupported, [e.Message]);
        }
        catch (Exception e)
        {
            CheckError(golden, run, e);
        }

        allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
        if (golden.Attrs.IntOrNull("max_alloc_mb") is { } limit && allocated > limit * MegaByte)
        {
            run.Fail($"{allocated / MegaByte} MB allocated, at most {limit} allowed");
        }

        if (overlooked is not null)
        {
            if (run.Failures.Count == 0)
            {
                return new GoldenOutcome(golden, GoldenStatus.Unsupported, [overlooked]);
            }

            run.Fail(overlooked); // probably why
        }

        return new GoldenOutcome(golden, run.Failures.Count == 0 ? GoldenStatus.Passed : GoldenStatus.Failed, run.Failures);
    }

    private static void CheckError(GoldenCase golden, GoldenRun run, Exception error)
    {
        if (golden.Expect == GoldenExpectation.Values)
        {
            run.Fail($"{error.GetType().Name}: {error.Message}{Location(error)}");
        }
        else if (IsCrash(error))
        {
            run.Fail($"{error.GetType().Name} where a clear error is expected: {error.Message}{Location(error)}");
        }
        else if (!golden.ErrorWords.Any(word => error.Message.Contains(word, StringComparison.OrdinalIgnoreCase)))
        {
            run.Fail($"the error says '{error.Message}', expected one of the words {string.Join(" / ", golden.ErrorWords)}");
        }
    }

    /// <summary>Exceptions that show that bad input was not recognised but ran into something.</summary>
    private static bool IsCrash(Exception error) =>
        error is IndexOutOfRangeException or ArithmeticException or NullReferenceException or OutOfMemoryException or InvalidCastException
            or KeyNotFoundException or ObjectDisposedException or NotImplementedException or GoldenFormatException;

    private static string Location(Exception error) =>
        error.StackTrace?.Split('\n', StringSplitOptions.TrimEntries).FirstOrDefault() is { } frame ? $" ({frame})" : "";
}
