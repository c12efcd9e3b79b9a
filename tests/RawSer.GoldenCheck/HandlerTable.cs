namespace RawSer.GoldenCheck;

/// <summary>Computes the outputs of a case on a device and gives them to the run, or checks the case's table.</summary>
public delegate void GoldenHandler(GoldenCase golden, GoldenRun run);

/// <summary>
/// Handlers by operation. The areas do not share operation names within a schema ("op" or "kind"), so a directory is recognised by its
/// cases, whatever it is called.
/// </summary>
public sealed class HandlerTable
{
    private readonly Dictionary<(string Schema, string Op), GoldenHandler> _handlers = [];

    /// <summary>Registers the handler of cases with this <c>op</c> (audio, ops, optim, autograd, train, ptx).</summary>
    public void Op(string op, GoldenHandler handler) => _handlers.Add(("op", op), handler);

    /// <summary>Registers the handler of cases with this <c>kind</c> (keras, weights, models, vgg, reports).</summary>
    public void Kind(string kind, GoldenHandler handler) => _handlers.Add(("kind", kind), handler);

    /// <summary>The handler of a case, or null.</summary>
    internal GoldenHandler? Find(GoldenCase golden) => _handlers.GetValueOrDefault((golden.Schema, golden.Op));
}

/// <summary>Thrown by a handler for a case that this device or this build does not support; the case counts as unsupported, with the reason.</summary>
public sealed class GoldenUnsupportedException(string reason) : Exception(reason);
