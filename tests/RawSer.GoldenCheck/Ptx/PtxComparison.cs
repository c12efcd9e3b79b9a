using System.Buffers.Binary;
using System.Text.Json;

namespace RawSer.GoldenCheck.Ptx;

/// <summary>
/// Compares a buffer with what is expected: every bit if both tolerances are 0 (any NaN is as good as another), else
/// |got - expected| &lt;= atol + rtol |expected|.
/// </summary>
internal static class PtxComparison
{
    /// <summary>The first difference, or null.</summary>
    public static string? Difference(PtxBuffer buffer, byte[] got, byte[] expected)
    {
        if (got.Length != expected.Length)
        {
            throw new GoldenFormatException($"buffer '{buffer.Name}' has {got.Length} bytes, {expected.Length} are expected");
        }

        if (!buffer.Json.TryGetProperty("planes", out JsonElement planes))
        {
            return Difference(buffer.Name, buffer.Type, buffer.Json, got, expected);
        }

        int count = planes.GetArrayLength(), bytes = got.Length / count, at = 0;
        foreach (JsonElement plane in planes.EnumerateArray())
        {
            string name = $"{buffer.Name}.{plane.GetProperty("name").GetString()}";
            string? difference = Difference(name, buffer.Type, plane, got.AsSpan(at, bytes), expected.AsSpan(at, bytes));
            if (difference is not null)
            {
                return difference;
            }

            at += bytes;
        }

        return null;
    }

    private static string? Difference(string name, string type, JsonElement limits, ReadOnlySpan<byte> got, ReadOnlySpan<byte> expected)
    {
        double relative = limits.TryGetProperty("rtol", out JsonElement rtol) ? rtol.GetDouble() : 0;
        double absolute = limits.TryGetProperty("atol", out JsonElement atol) ? atol.GetDouble() : 0;
        int size = Size(type), wrong = 0;
        string first = "";
        for (int at = 0; at < got.Length; at += size)
        {
            ReadOnlySpan<byte> a = got.Slice(at, size), b = expected.Slice(at, size);
            if (a.SequenceEqual(b) || IsClose(Value(type, a), Value(type, b), relative, absolute))
            {
                continue;
            }

            if (wrong++ == 0)
            {
                first = $"[{at / size}] got {Show(type, a)}, expected {Show(type, b)}";
            }
        }

        return wrong == 0 ? null : $"{name}: {wrong} of {got.Length / size} elements differ; {first} (rtol {relative:g3}, atol {absolute:g3})";
    }

    private static bool IsClose(double? got, double? expected, double relative, double absolute) =>
        got is { } a && expected is { } b
        && ((double.IsNaN(a) && double.IsNaN(b)) || ((relative > 0 || absolute > 0) && (a == b || Math.Abs(a - b) <= absolute + (relative * Math.Abs(b)))));

    // Integers are compared by their bits alone.
    private static double? Value(string type, ReadOnlySpan<byte> bytes) => type switch
    {
        "F16" => (double)BinaryPrimitives.ReadHalfLittleEndian(bytes),
        "BF16" => BitConverter.UInt32BitsToSingle((uint)BinaryPrimitives.ReadUInt16LittleEndian(bytes) << 16),
        "F32" => BinaryPrimitives.ReadSingleLittleEndian(bytes),
        "F64" => BinaryPrimitives.ReadDoubleLittleEndian(bytes),
        _ => null,
    };

    private static string Show(string type, ReadOnlySpan<byte> bytes)
    {
        Span<byte> reversed = stackalloc byte[bytes.Length];
        bytes.CopyTo(reversed);
        reversed.Reverse();
        string hexadecimal = $"0x{Convert.ToHexStringLower(reversed)}";
        return Value(type, bytes) is { } value ? $"{value:g9} ({hexadecimal})" : hexadecimal;
    }

    private static int Size(string type) => type switch
    {
        "U8" or "I8" or "BOOL" => 1,
        "U16" or "I16" or "F16" or "BF16" => 2,
        "U32" or "I32" or "F32" => 4,
        "U64" or "I64" or "F64" or "pointer" => 8,
        _ => throw new GoldenFormatException($"a buffer of type '{type}' is not known"),
    };
}
