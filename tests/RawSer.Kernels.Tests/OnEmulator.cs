using RawSer.Gpu.Emulator;

namespace RawSer.Kernels.Tests;

/// <summary>
/// The emulator as a backend for tests whose views lie in host memory: <see cref="Send"/> makes a copy of a view's storage on the device,
/// <see cref="Fetch"/> copies it back whole, so that what a kernel wrote outside its view shows there too.
/// </summary>
internal sealed class OnEmulator : IDisposable
{
    private readonly EmulatorDevice _device;
    private readonly List<(View Host, View Device)> _views = [];

    /// <param name="multiprocessors">How many multiprocessors it claims to have.</param>
    public OnEmulator(int multiprocessors = 1)
    {
        // Strict: since Volta the lanes of a warp go on by themselves too, so what they exchange through memory needs a barrier.
        _device = new(new EmulatorOptions { MultiprocessorCount = multiprocessors, Checks = EmulatorChecks.Strict });
        Backend = new(_device);
    }

    /// <summary>The backend of the emulator.</summary>
    public CudaBackend Backend { get; }

    /// <summary>A copy of a view's whole storage, with the view's layout; nothing of nothing.</summary>
    public View Send(View host)
    {
        if (!host.Exists)
        {
            return host;
        }

        Storage storage = Backend.Memory.Allocate(host.Storage.ByteLength);
        Backend.Upload(Bytes(host), storage, 0);
        View view = new(storage, host.DType, host.Layout);
        _views.Add((host, view));
        return view;
    }

    /// <summary>Copies everything that was sent back to where it came from.</summary>
    public void Fetch()
    {
        foreach ((View host, View view) in _views)
        {
            Backend.Download(view.Storage, 0, Bytes(host));
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _views.ForEach(pair => pair.Device.Storage.Release());
        _device.Dispose();
    }

    private static unsafe Span<byte> Bytes(View host) => new((void*)host.Storage.Address, checked((int)host.Storage.ByteLength));
}
