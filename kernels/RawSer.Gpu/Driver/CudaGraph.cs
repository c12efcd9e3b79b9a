namespace RawSer.Gpu.Driver;

/// <summary>A recorded graph of a CUDA device.</summary>
public sealed unsafe class CudaGraph : GpuGraph
{
    private readonly CudaDevice _device;
    private readonly CudaContext _context;
    private IReadOnlyList<string> _kernels;
    private nint _executable;
    private int _nodeCount;

    internal CudaGraph(CudaDevice device, CudaContext context, nint graph, IReadOnlyList<string> kernels)
    {
        (_device, _context, _kernels) = (device, context, kernels);
        Instantiate(graph);
    }

    /// <inheritdoc/>
    public override int NodeCount => _nodeCount;

    /// <summary>
    /// Records anew, for other addresses or sizes. Where the nodes are the same as before, their parameters are changed in place; else
    /// the graph is built again.
    /// </summary>
    /// <returns>Whether it was changed in place.</returns>
    public bool Update(Action record)
    {
        (nint graph, IReadOnlyList<string> kernels) = _device.Record(record);
        try
        {
            _kernels = kernels;
            // CUgraphExecUpdateResultInfo: a result and two nodes
            nint* info = stackalloc nint[3];
            if (_context.Api.GraphExecUpdate != null && _context.Api.GraphExecUpdate(_executable, graph, info) == CudaResult.Success)
            {
                CountNodes(graph);
                return true;
            }

            nint before = _executable;
            Instantiate(graph);
            _ = _context.Api.GraphExecDestroy(before);
            return false;
        }
        finally
        {
            _ = _context.Api.GraphDestroy(graph);
        }
    }

    /// <inheritdoc/>
    public override void Launch()
    {
        ObjectDisposedException.ThrowIf(_executable == 0, this);
        _context.EnterOutsideCapture("launching another graph");
        _context.Remember(_kernels);
        _context.Check(_context.Api.GraphLaunch(_executable, _context.Stream), "cuGraphLaunch");
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (_executable != 0 && !_context.IsLost)
        {
            _context.Enter();
            _ = _context.Api.GraphExecDestroy(_executable);
        }

        _executable = 0;
    }

    private void Instantiate(nint graph)
    {
        nint executable;
        _context.Check(_context.Api.GraphInstantiateWithFlags(&executable, graph, 0), "cuGraphInstantiateWithFlags");
        _executable = executable;
        CountNodes(graph);
    }

    private void CountNodes(nint graph)
    {
        nuint count;
        _context.Check(_context.Api.GraphGetNodes(graph, null, &count), "cuGraphGetNodes");
        _nodeCount = (int)count;
    }
}
