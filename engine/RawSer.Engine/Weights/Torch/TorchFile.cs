using System.Globalization;
using RawSer.Weights.Containers;

namespace RawSer.Weights.Torch;

/// <summary>
/// A checkpoint of <c>torch.save</c>: the zip form (PyTorch 1.6 and later) or the sequential form before it, of which <c>vgg16-397923af.pth</c>
/// is one. Its pickle is read as data: nothing is looked up or executed, and names outside a short list are refused. Tensors are views into
/// the mapped file, their strides honoured. A tensor's name is its path joined by dots (<c>state_dict.conv1.weight</c>); a bare tensor has
/// the name "".
/// </summary>
public sealed unsafe class TorchFile : WeightSource
{
    /// <summary>Tensors may be so many times larger than the file (views with stride 0), and <see cref="ExpansionBytes"/> more.</summary>
    private const long ExpansionFactor = 8;
    private const long ExpansionBytes = 64 << 20;
    private const long MaxNameChars = 4 << 20;

    private readonly MappedFile _file;
    private readonly TorchContainer _container;
    private readonly Dictionary<WeightEntry, TorchTensor> _tensors;

    private TorchFile(MappedFile file, TorchContainer container, List<WeightEntry> entries, Dictionary<WeightEntry, TorchTensor> tensors)
        : base(file.Path, entries, new Dictionary<string, string>())
    {
        _file = file;
        _container = container;
        _tensors = tensors;
    }

    /// <summary>The plain values beside the tensors: epochs, settings, optimiser options.</summary>
    public IEnumerable<PlainValue> Values =>
        from leaf in _container.Tree.Leaves()
        where leaf.Value is not TorchTensor
        select new PlainValue([.. leaf.Path], leaf.Value);

    /// <summary>Opens a checkpoint and checks it: container, pickle, and the range of every tensor in its storage.</summary>
    /// <exception cref="WeightFileException">The file is missing, unreadable, not valid, or holds more than data.</exception>
    public static new TorchFile Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        MappedFile file = MappedFile.Open(path);
        try
        {
            TorchContainer container = WeightFormats.Detect(file) switch
            {
                WeightFormat.TorchZip or WeightFormat.Npz => TorchZip.Read(file),
                WeightFormat.TorchLegacy => TorchLegacy.Read(file),
                _ => throw new WeightFileException(path, null, $"not a PyTorch file: neither the magic number of a zip archive nor that of a pickle at its start{WeightFormats.LooksLike(file)}"),
            };
            return Describe(file, container);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public override void ReadBytes(WeightEntry entry, long byteOffset, Span<byte> destination)
    {
        CheckRange(entry, byteOffset, destination.Length);
        if (destination.IsEmpty)
        {
            return;
        }

        TorchTensor tensor = _tensors[entry];
        ObjectDisposedException.ThrowIf(_file.Data is null, this);
        _container.Verify(tensor.Storage!);
        if (tensor.IsContiguous)
        {
            _file.Span(entry.Offset + byteOffset, destination.Length).CopyTo(destination);
        }
        else
        {
            new StridedCopy(tensor.Sizes, tensor.Strides, tensor.Storage!.Type.Bits() / 8).Gather(_file.Data + entry.Offset, byteOffset, destination);
        }
    }

    internal override CopyReason? WhyNotInPlace(WeightEntry entry) => _tensors[entry].IsContiguous ? null : CopyReason.Rearranged;

    internal override PrivateMapping MapPrivate(WeightEntry entry)
    {
        _container.Verify(_tensors[entry].Storage!);
        return _file.MapPrivate(entry.Offset, entry.Length);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing) => _file.Dispose();

    private static TorchFile Describe(MappedFile file, TorchContainer container)
    {
        var entries = new List<WeightEntry>();
        var tensors = new Dictionary<WeightEntry, TorchTensor>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        var shared = new HashSet<(TorchStorage, long, long)>();
        long limit = ExpansionFactor * file.Length + ExpansionBytes;
        (long total, long characters) = (0, 0);
        foreach ((List<object> path, object? value) in container.Tree.Leaves())
        {
            if (value is not TorchTensor tensor)
            {
                continue;
            }

            characters += path.Sum(key => key is string text ? text.Length + 1L : 20);
            if (characters > MaxNameChars)
            {
                throw new WeightFileException(file.Path, null, $"the tensor names are too large together: the limit is {MaxNameChars} characters");
            }

            string name = string.Join('.', path.Select(key => Convert.ToString(key, CultureInfo.InvariantCulture)));
            if (!names.Add(name))
            {
                throw new WeightFileException(file.Path, name, "duplicate: two paths give this name");
            }

            // Names of one dense tensor share its bytes; every other view counts with what it would take as a copy.
            bool isCounted = !tensor.IsContiguous || shared.Add((tensor.Storage!, tensor.Offset, tensor.Count));
            if (isCounted && tensor.ByteLength > limit - total)
            {
                throw new WeightFileException(
                    file.Path, name, $"too large: with it the tensors have a total of more than {limit} bytes, the limit for a file of {file.Length}");
            }

            total += isCounted ? tensor.ByteLength : 0;
            TorchStorage storage = tensor.Storage!;
            long offset = storage.FileOffset + tensor.Offset * (storage.Type.Bits() / 8);
            var entry = new WeightEntry(file.Path, name, storage.Type, tensor.Sizes, offset, tensor.ByteLength);
            entries.Add(entry);
            tensors.Add(entry, tensor);
        }

        return new TorchFile(file, container, entries, tensors);
    }
}
