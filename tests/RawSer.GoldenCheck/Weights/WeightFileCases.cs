using System.Security.Cryptography;
using System.Text.Json;
using RawSer.Testing;
using RawSer.Weights;
using RawSer.Weights.Numpy;
using RawSer.Weights.Torch;

namespace RawSer.GoldenCheck.Weights;

/// <summary>Valid, odd and hostile weight files: what loads must match exactly, what does not must fail with the library's own error.</summary>
internal static class WeightFileCases
{
    private const long MegaByte = 1024 * 1024;

    public static void Register(HandlerTable table)
    {
        table.Kind("safetensors", (golden, run) => Run(golden, run, SafetensorsFile.Open));
        table.Kind("safetensors_index", (golden, run) => Run(golden, run, ShardedFile.Open));
        table.Kind("torch_index", (golden, run) => Run(golden, run, ShardedFile.Open));
        table.Kind("torch", (golden, run) => Run(golden, run, TorchFile.Open));
        table.Kind("numpy", (golden, run) => Run(golden, run, NumpyFile.Open));
    }

    private static void Run(GoldenCase golden, GoldenRun run, Func<string, WeightSource> open)
    {
        using var built = new RecipeFile(golden);
        TimeSpan start = Environment.CpuUsage.TotalTime; // a busy machine makes any other clock run long
        long allocated = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            using WeightSource source = open(built.Path);
            Compare(golden, run, source);
        }
        catch (WeightFileException e)
        {
            // The words must stand in the message itself, not in the name of the file.
            string message = e.Message.Replace(built.Path, "").Replace(Path.GetDirectoryName(built.Path)!, "");
            bool clear = golden.ErrorWords.Any(word => message.Contains(word, StringComparison.OrdinalIgnoreCase));
            run.Check("message", clear && !message.Contains('\n'), $"'{message}', expected one of {string.Join(" / ", golden.ErrorWords)}");
            throw;
        }
        finally
        {
            GoldenAttributes limits = new(golden.Json.GetProperty("limits"), golden.Name);
            allocated = (GC.GetAllocatedBytesForCurrentThread() - allocated) / MegaByte;
            run.Check("allocated", allocated <= limits.Int("alloc_mb"), $"{allocated} MB, at most {limits.Int("alloc_mb")} allowed");
            TimeSpan time = Environment.CpuUsage.TotalTime - start;
            run.Check("time", time.TotalSeconds <= limits.Double("seconds"), $"{time.TotalSeconds:f1} s of processor time, at most {limits.Double("seconds")} allowed");
        }
    }

    private static void Compare(GoldenCase golden, GoldenRun run, WeightSource source)
    {
        if (golden.Expect == GoldenExpectation.Error)
        {
            return;
        }

        using JsonDocument expected = JsonDocument.Parse(File.ReadAllBytes(golden.PathOf(golden.Json.GetProperty("expected").GetString()!)));
        JsonElement[] tensors = [.. expected.RootElement.GetProperty("tensors").EnumerateArray()];
        foreach (JsonElement tensor in tensors)
        {
            CompareTensor(golden, run, source, new GoldenAttributes(tensor, golden.Name));
        }

        if (golden.Attrs.Bool("partial", false))
        {
            return;
        }

        run.Equal("number of tensors", source.Entries.Count, tensors.Length);
        if (expected.RootElement.TryGetProperty("metadata", out JsonElement metadata))
        {
            string[] pairs = [.. metadata.EnumerateObject().Select(pair => $"{pair.Name}={pair.Value.GetString()}")];
            string[] got = [.. source.Metadata.Select(pair => $"{pair.Key}={pair.Value}")];
            run.Check("metadata", got.Order().SequenceEqual(pairs.Order()), string.Join(", ", got));
        }

        if (source is TorchFile torch && expected.RootElement.TryGetProperty("other", out JsonElement other))
        {
            ComparePlainValues(run, torch, other);
        }

        if (golden.Attrs.StringOrNull("writer") == "safetensors")
        {
            CompareRewritten(run, source);
        }
    }

    private static void CompareTensor(GoldenCase golden, GoldenRun run, WeightSource source, GoldenAttributes expected)
    {
        string name = expected.String("name");
        WeightEntry entry = source[name];
        if (entry.DType is null && golden.Expect == GoldenExpectation.ValuesOrError)
        {
            source.ReadFloats(name); // a dtype that RawSer does not load: must be refused by name
        }

        run.Equal($"{name} dtype", entry.Type.Name(), expected.String("dtype"));
        run.Equal($"{name} shape", string.Join(", ", entry.Extents), string.Join(", ", expected.Doubles("shape")));
        run.Equal($"{name} bytes", Sha256(source, entry), expected.String("sha256"));
        if (!expected.Has("values") || entry.DType is null)
        {
            return;
        }

        double[] values = expected.Doubles("values");
        double[] got = entry.Type switch
        {
            WeightType.F64 => source.Read<double>(name),
            WeightType.I64 => Array.ConvertAll(source.Read<long>(name), value => (double)value),
            WeightType.I32 => Array.ConvertAll(source.Read<int>(name), value => (double)value),
            WeightType.U8 => Array.ConvertAll(source.Read<byte>(name), value => (double)value),
            WeightType.Bool => Array.ConvertAll(source.Read<bool>(name), value => value ? 1.0 : 0.0),
            _ => Array.ConvertAll(source.ReadFloats(name), value => (double)value),
        };
        run.Close(name, got, values, Tolerance.Exact);
    }

    /// <summary>The plain values beside the tensors, complete and in order.</summary>
    private static void ComparePlainValues(GoldenRun run, TorchFile torch, JsonElement other)
    {
        string[] expected = [.. other.EnumerateArray().Select(item => $"{string.Join('/', item.GetProperty("path").EnumerateArray())}={item.GetProperty("value").GetRawText()}")];
        string[] got = [.. torch.Values.Select(value => $"{string.Join('/', value.Path)}={Json(value.Value)}")];
        run.Check("plain values", got.SequenceEqual(expected.Select(Canonical)), $"{string.Join(", ", got)}, expected {string.Join(", ", expected)}");

        static string Canonical(string pair)
        {
            int mark = pair.IndexOf('=');
            JsonElement value = JsonDocument.Parse(pair[(mark + 1)..]).RootElement;
            return pair[..(mark + 1)] + Json(value.ValueKind switch
            {
                JsonValueKind.Number when value.TryGetInt64(out long number) => number,
                JsonValueKind.Number => value.GetDouble(),
                JsonValueKind.String => value.GetString(),
                JsonValueKind.True => true,
                JsonValueKind.False => false,
                _ => (object?)null,
            });
        }

        static string Json(object? value) => value switch
        {
            null => "null",
            string text => $"'{text}'",
            double number => number.ToString("r", System.Globalization.CultureInfo.InvariantCulture),
            _ => value.ToString()!,
        };
    }

    /// <summary>The writer, given the tensors in another order, must produce the very file that the reference library wrote.</summary>
    private static void CompareRewritten(GoldenRun run, WeightSource source)
    {
        var writer = new SafetensorsWriter();
        foreach ((string key, string value) in source.Metadata.Reverse())
        {
            writer.AddMetadata(key, value);
        }

        foreach (WeightEntry entry in source.Entries.OrderByDescending(entry => entry.Name.Length))
        {
            writer.Add(entry.Name, entry.Type, entry.Extents, stream => Copy(source, entry, stream));
        }

        string path = Path.GetTempFileName();
        writer.Save(path);
        run.Check("rewritten file", File.ReadAllBytes(path).AsSpan().SequenceEqual(File.ReadAllBytes(source.Path)), "other bytes");
        File.Delete(path);
    }

    private static string Sha256(WeightSource source, WeightEntry entry)
    {
        using var hash = SHA256.Create();
        using (var stream = new CryptoStream(Stream.Null, hash, CryptoStreamMode.Write))
        {
            Copy(source, entry, stream);
        }

        return Convert.ToHexStringLower(hash.Hash!);
    }

    private static void Copy(WeightSource source, WeightEntry entry, Stream stream)
    {
        byte[] chunk = new byte[Math.Min(entry.Length, MegaByte)];
        for (long done = 0; done < entry.Length;)
        {
            Span<byte> part = chunk.AsSpan(0, (int)Math.Min(chunk.Length, entry.Length - done));
            source.ReadBytes(entry, done, part);
            stream.Write(part);
            done += part.Length;
        }
    }

    /// <summary>The file of a case: stored, or built in the temporary folder from its recipe.</summary>
    private sealed class RecipeFile : IDisposable
    {
        private readonly bool _temporary;

        public RecipeFile(GoldenCase golden)
        {
            _temporary = golden.Json.TryGetProperty("recipe", out JsonElement recipe);
            Path = golden.File is { } file
                ? golden.PathOf(file)
                : System.IO.Path.Combine(System.IO.Path.GetTempPath(), $"rawser-{Guid.NewGuid():n}{golden.Json.GetProperty("suffix").GetString()}");
            if (_temporary)
            {
                Build(recipe);
            }
        }

        public string Path { get; }

        public void Dispose()
        {
            if (_temporary)
            {
                File.Delete(Path);
            }
        }

        private void Build(JsonElement recipe)
        {
            using FileStream stream = File.Create(Path);
            foreach (JsonElement segment in recipe.EnumerateArray())
            {
                if (segment.TryGetProperty("zeros", out JsonElement zeros))
                {
                    stream.SetLength(stream.Position + zeros.GetInt64());
                    stream.Position = stream.Length;
                    continue;
                }

                byte[] unit = Convert.FromHexString(segment.GetProperty("hex").GetString()!);
                int repeat = segment.TryGetProperty("repeat", out JsonElement times) ? times.GetInt32() : 1;
                byte[] bytes = new byte[unit.Length * repeat];
                for (int i = 0; i < repeat; i++)
                {
                    unit.CopyTo(bytes, i * unit.Length);
                }

                stream.Write(bytes);
            }
        }
    }
}
