namespace RawSer.Gpu;

/// <summary>
/// Two host buffers that take turns (pinned on a GPU): while the device copies one, the host fills the other. Filling waits only for the
/// copy before the last.
/// </summary>
public sealed class GpuUpload : IDisposable
{
    private readonly GpuDevice _device;
    private readonly GpuHostBuffer[] _buffers = new GpuHostBuffer[2];
    private readonly GpuEvent[] _copied = new GpuEvent[2];
    private readonly bool[] _isUnderWay = new bool[2];
    private int _turn;

    /// <summary>Takes the buffers.</summary>
    /// <param name="device">Where copies go.</param>
    /// <param name="bytes">Size of each.</param>
    public GpuUpload(GpuDevice device, long bytes)
    {
        ArgumentNullException.ThrowIfNull(device);
        _device = device;
        Bytes = bytes;
        for (int i = 0; i < _buffers.Length; i++)
        {
            (_buffers[i], _copied[i]) = (device.AllocateHost(bytes), device.CreateEvent());
        }
    }

    /// <summary>Size of a buffer.</summary>
    public long Bytes { get; }

    /// <summary>The buffer whose turn it is, free to be filled: as it was two copies ago.</summary>
    public Span<T> Fill<T>(long byteOffset, int count) where T : unmanaged
    {
        if (_isUnderWay[_turn])
        {
            if (!_copied[_turn].IsDone)
            {
                _copied[_turn].Wait();
            }

            _isUnderWay[_turn] = false;
        }

        return _buffers[_turn].Span<T>(byteOffset, count);
    }

    /// <summary>Queues a copy of some of what was filled.</summary>
    public void Copy(ulong destination, long byteOffset, long bytes) => _device.CopyToDevice(destination, _buffers[_turn], byteOffset, bytes);

    /// <summary>Passes the turn on, after the last copy.</summary>
    public void PassTurn()
    {
        _copied[_turn].Record();
        _isUnderWay[_turn] = true;
        _turn = 1 - _turn;
    }

    /// <summary>Gives the buffers back, once they were copied.</summary>
    public void Dispose()
    {
        if (_isUnderWay[0] || _isUnderWay[1])
        {
            _device.Synchronize();
            _isUnderWay[0] = _isUnderWay[1] = false;
        }

        foreach (GpuHostBuffer buffer in _buffers)
        {
            buffer.Dispose();
        }

        foreach (GpuEvent copied in _copied)
        {
            copied.Dispose();
        }
    }
}
