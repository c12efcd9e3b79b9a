using System.Buffers.Binary;
using System.Text.Json;
using RawSer.Gpu;

namespace RawSer.GoldenCheck.Ptx;

/// <summary>A buffer of a launch: what it holds before and what it must hold after.</summary>
internal sealed record PtxBuffer(string Name, string Type, int Bytes, string? Initial, string? Expected, bool Compares, JsonElement Json);

/// <summary>The launch that a case of the area <c>ptx</c> describes, on a device.</summary>
internal sealed class PtxLaunch : IDisposable
{
    private readonly GoldenCase _golden;
    private readonly GpuDevice _device;
    private readonly Dictionary<string, ulong> _addresses = new(StringComparer.Ordinal);
    private readonly Dictionary<string, byte[]> _initial = new(StringComparer.Ordinal);

    /// <summary>Allocates and fills the buffers.</summary>
    public PtxLaunch(GoldenCase golden, GpuDevice device)
    {
        (_golden, _device) = (golden, device);
        Buffers = [.. golden.Json.GetProperty("buffers").EnumerateArray().Select(Buffer)];
        foreach (PtxBuffer buffer in Buffers)
        {
            _addresses.Add(buffer.Name, device.Allocate(buffer.Bytes));
        }

        foreach (PtxBuffer buffer in Buffers)
        {
            byte[]? bytes = buffer.Type == "pointer" ? Pointers(buffer) : buffer.Initial is null ? null : golden.Bytes(buffer.Initial);
            if (bytes is not null)
            {
                _initial.Add(buffer.Name, bytes);
                device.CopyToDevice(_addresses[buffer.Name], bytes);
            }
        }
    }

    public IReadOnlyList<PtxBuffer> Buffers { get; }

    /// <summary>Runs the kernel of a PTX text and waits for it.</summary>
    public void Run(string ptx)
    {
        JsonElement json = _golden.Json;
        using GpuModule module = _device.LoadModule(ptx);
        GpuFunction kernel = module.GetFunction(json.GetProperty("kernel").GetString()!);
        var shape = new LaunchShape(Extents(json.GetProperty("grid")), Extents(json.GetProperty("block")), json.GetProperty("dynamic_shared").GetInt32());
        _device.Launch(kernel, shape, Parameters(json.GetProperty("params")));
        _device.Synchronize();
    }

    /// <summary>The contents of a buffer now.</summary>
    public byte[] Read(PtxBuffer buffer)
    {
        byte[] bytes = new byte[buffer.Bytes];
        _device.CopyToHost(bytes, _addresses[buffer.Name]);
        return bytes;
    }

    /// <summary>What a buffer must hold after a launch that succeeds, or null if that is not told.</summary>
    public byte[]? Expected(PtxBuffer buffer) =>
        !buffer.Compares ? null : buffer.Expected is not null ? _golden.Bytes(buffer.Expected) : _initial.GetValueOrDefault(buffer.Name);

    public void Dispose()
    {
        foreach (ulong address in _addresses.Values)
        {
            _device.Free(address);
        }
    }

    private static PtxBuffer Buffer(JsonElement json) => new(
        json.GetProperty("name").GetString()!,
        json.GetProperty("dtype").GetString()!,
        json.GetProperty("bytes").GetInt32(),
        json.TryGetProperty("init", out JsonElement initial) ? initial.GetString() : null,
        json.TryGetProperty("expected", out JsonElement expected) ? expected.GetString() : null,
        !json.TryGetProperty("compare", out JsonElement compare) || compare.GetBoolean(),
        json);

    private static Dim3 Extents(JsonElement json) => new(json[0].GetInt32(), json[1].GetInt32(), json[2].GetInt32());

    private byte[] Pointers(PtxBuffer buffer)
    {
        byte[] bytes = new byte[buffer.Bytes];
        int at = 0;
        foreach (JsonElement pointer in buffer.Json.GetProperty("pointers").EnumerateArray())
        {
            BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(at), Address(pointer));
            at += sizeof(ulong);
        }

        return bytes;
    }

    private ulong Address(JsonElement pointer)
    {
        ulong offset = (ulong)pointer.GetProperty("offset").GetInt64();
        return pointer.GetProperty("buffer").GetString() is { } buffer ? _addresses[buffer] + offset : offset;
    }

    private byte[] Parameters(JsonElement parameters)
    {
        var bytes = new List<byte>();
        foreach (JsonElement parameter in parameters.EnumerateArray())
        {
            (byte[] value, int alignment) = Parameter(parameter);
            while (bytes.Count % alignment != 0)
            {
                bytes.Add(0);
            }

            bytes.AddRange(value);
        }

        return [.. bytes];
    }

    private (byte[] Value, int Alignment) Parameter(JsonElement parameter)
    {
        string type = parameter.GetProperty("type").GetString()!;
        if (type == "struct")
        {
            byte[] bytes = Convert.FromHexString(parameter.GetProperty("bytes").GetString()!);
            Array.Resize(ref bytes, parameter.GetProperty("size").GetInt32());
            foreach (JsonElement pointer in parameter.GetProperty("pointers").EnumerateArray())
            {
                BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(pointer.GetProperty("at").GetInt32()), Address(pointer));
            }

            return (bytes, parameter.GetProperty("align").GetInt32());
        }

        byte[] value = type == "pointer" ? BitConverter.GetBytes(Address(parameter)) : Number(type, parameter.GetProperty("value"));
        return (value, value.Length);
    }

    private static byte[] Number(string type, JsonElement value) => type switch
    {
        "u8" => [value.GetByte()],
        "s8" => [(byte)value.GetSByte()],
        "u16" => BitConverter.GetBytes(value.GetUInt16()),
        "s16" => BitConverter.GetBytes(value.GetInt16()),
        "u32" => BitConverter.GetBytes(value.GetUInt32()),
        "s32" => BitConverter.GetBytes(value.GetInt32()),
        "u64" => BitConverter.GetBytes(value.GetUInt64()),
        "s64" => BitConverter.GetBytes(value.GetInt64()),
        "f16" => BitConverter.GetBytes((Half)Real(value)),
        "f32" => BitConverter.GetBytes((float)Real(value)),
        "f64" => BitConverter.GetBytes(Real(value)),
        _ => throw new GoldenFormatException($"a parameter of type '{type}' is not known"),
    };

    private static double Real(JsonElement value) =>
        value.ValueKind == JsonValueKind.String ? double.Parse(value.GetString()!) : value.GetDouble();
}
