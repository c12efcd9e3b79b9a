using RawSer.Gpu.Dialect;

namespace RawSer.Kernels;

/// <summary>The places of maxima in their windows as a device kernel receives them: bytes, ints, or left out.</summary>
internal readonly struct PoolPlaces(View view)
{
    private readonly ArrayView<byte> _places = !view.Exists ? default : view.DType == DType.U8 ? view.Dense<byte>() : view.Dense<int>().Cast<byte>();
    private readonly int _bytes = !view.Exists ? 0 : view.DType.Size();

    public int this[int window] => _bytes == 1 ? _places[window] : _places.Cast<int>()[window];

    public void Store(int window, int place)
    {
        if (_bytes == 1)
        {
            _places[window] = (byte)place;
        }
        else if (_bytes == 4)
        {
            _places.Cast<int>()[window] = place;
        }
    }
}
