using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using RawSer.Cli.Output;
using RawSer.CommandLine;
using RawSer.Gpu;
using RawSer.Gpu.Compiler;
using RawSer.Kernels;

namespace RawSer.Cli.Commands;

/// <summary><c>rawser kernels list|show</c>: what the device kernels are compiled to.</summary>
internal static class KernelsCommand
{
    public static Command Create() => new("kernels", "Shows the device kernels and what they are compiled to. Needs no GPU.") { List(), Show() };

    private static Command List()
    {
        Argument<string?> part = new("TEXT") { Description = "Only kernels whose name contains it.", DefaultValueFactory = _ => null };
        Option<int> sm = Target();
        Option<bool> json = CommonOptions.Json();
        Command list = new("list", "One line for each kernel: registers (estimated), shared memory, instructions, wide accesses, floating-point operations for each byte.") { part, sm, json };
        list.SetAction(parsed =>
        {
            Kernel[] kernels = Named(parsed.GetValue(part));
            StringBuilder text = new($"{"registers",9} {"shared",7} {"instructions",12} {"wide",5} {"flop/byte",9}  kernel\n");
            JsonArray rows = [];
            foreach (Kernel kernel in kernels)
            {
                CompiledKernel compiled = Compile(kernel, parsed.GetValue(sm));
                KernelStatistics statistics = compiled.Statistics;
                double intensity = Profile(compiled).Intensity;
                text.AppendLine(CultureInfo.InvariantCulture, $"{statistics.EstimatedRegisters,9} {compiled.SharedBytes,7} {statistics.Instructions,12} {statistics.VectorAccesses,5} {Ratio(intensity),9}  {compiled.Name}");
                rows.Add((JsonNode)ToJson(compiled));
            }

            text.Append(CultureInfo.InvariantCulture, $"{kernels.Length} kernels for sm_{parsed.GetValue(sm)}");
            CommandOutput.Create(parsed.GetValue(json)).Result("kernels", new JsonObject { ["kernels"] = rows }, text.ToString());
            return 0;
        });
        return list;
    }

    private static Command Show()
    {
        Argument<string> name = new("NAME") { Description = "A kernel, by its name in the list or a part of it that no other kernel has." };
        Option<int> sm = Target();
        Option<bool> ptx = new("--ptx") { Description = "The PTX text (also without any of these)." };
        Option<bool> ir = new("--ir") { Description = "The compiler's own form after its last pass." };
        Option<bool> stats = new("--stats") { Description = "What the text consists of." };
        Option<string?> shape = new("--shape")
        {
            Description = "A launch for --stats: blocks, threads of a block and, if there is any, dynamic shared memory in bytes; how much of a multiprocessor it fills.",
            HelpName = "BLOCKS,THREADS[,BYTES]",
        };
        Option<bool> json = CommonOptions.Json();
        Command show = new("show", "Prints one kernel.") { name, sm, ptx, ir, stats, shape, json };
        show.SetAction(parsed =>
        {
            bool withIr = parsed.GetValue(ir);
            LaunchShape? launch = parsed.GetValue(shape) is { } given
                ? LaunchOccupancy.Parse(given) ?? throw CommandFailure.OfUsage($"--shape {given}: expected BLOCKS,THREADS or BLOCKS,THREADS,BYTES with at most 1024 threads, as in 1000,256")
                : null;
            CompiledKernel compiled = Compile(Single(parsed.GetRequiredValue(name)), parsed.GetValue(sm), withIr);
            LaunchOccupancy? occupancy = launch is { } size ? LaunchOccupancy.Of(compiled, size, parsed.GetValue(sm)) : null;
            bool withStats = parsed.GetValue(stats) || launch is not null, withPtx = parsed.GetValue(ptx) || (!withIr && !withStats);
            JsonObject result = withStats ? ToJson(compiled) : new JsonObject { ["name"] = compiled.Name };
            List<string> parts = [];
            if (withPtx)
            {
                result["ptx"] = compiled.Ptx;
                parts.Add(compiled.Ptx.TrimEnd());
            }

            if (withIr)
            {
                result["ir"] = compiled.Ir;
                parts.Add(compiled.Ir.TrimEnd());
            }

            if (withStats)
            {
                parts.Add(Statistics(compiled, occupancy));
                if (occupancy is not null)
                {
                    result["blocks_per_multiprocessor"] = occupancy.BlocksPerMultiprocessor;
                    result["occupancy"] = occupancy.Threads;
                }
            }

            CommandOutput.Create(parsed.GetValue(json)).Result("kernel", result, string.Join("\n\n", parts));
            return 0;
        });
        return show;
    }

    private static Option<int> Target()
    {
        Option<int> sm = new("--sm") { Description = "Compute capability that the code may use: 70, 80 or 90.", DefaultValueFactory = _ => 80, HelpName = "N" };
        sm.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && result.Tokens[0].Value is not ("70" or "80" or "90"))
            {
                result.AddError($"--sm {result.Tokens[0].Value}: expected 70, 80 or 90");
            }
        });
        return sm;
    }

    private static Kernel[] Named(string? part)
    {
        IReadOnlyList<Kernel> all = KernelCompiler.IsSupported
            ? KernelSearch.In(typeof(CudaBackend).Assembly)
            : throw CommandFailure.OfData("this program is compiled ahead of time and holds no IL of its kernels; use one that is not");
        Kernel[] named = [.. all.Where(k => part is null || k.Name.Contains(part, StringComparison.OrdinalIgnoreCase))];
        return named.Length > 0 ? named : throw CommandFailure.OfUsage($"no kernel's name contains '{part}' (see rawser kernels list)");
    }

    private static Kernel Single(string name)
    {
        Kernel[] named = Named(name);
        return named.FirstOrDefault(k => k.Name == name)
            ?? (named.Length == 1 ? named[0]
                : throw CommandFailure.OfUsage($"'{name}' is part of {named.Length} names: {string.Join(", ", named.Take(3).Select(k => k.Name))}{(named.Length > 3 ? ", ..." : "")}"));
    }

    private static CompiledKernel Compile(Kernel kernel, int sm, bool keepIr = false) =>
        KernelCompiler.IsSupported ? kernel.Compile(sm, keepIr) : throw CommandFailure.OfData("this program is compiled ahead of time and cannot compile kernels");

    /// <summary>The main loop, or everything where there is no loop that touches global memory.</summary>
    private static PtxProfile Profile(CompiledKernel kernel) =>
        PtxProfile.OfMainLoop(kernel.Ptx) is { GlobalBytes: > 0 } loop ? loop : PtxProfile.Of(kernel.Ptx);

    private static string Statistics(CompiledKernel kernel, LaunchOccupancy? occupancy)
    {
        PtxProfile whole = PtxProfile.Of(kernel.Ptx);
        PtxProfile? loop = PtxProfile.OfMainLoop(kernel.Ptx);
        StringBuilder text = new();
        Row("kernel", kernel.Name);
        Row("target", $"sm_{kernel.TargetSm}, PTX {kernel.PtxVersion / 10}.{kernel.PtxVersion % 10}");
        Row("parameters", $"{kernel.ParameterBytes} bytes");
        Row("registers", $"{kernel.Statistics.EstimatedRegisters} (estimated)");
        Row("shared memory", $"{kernel.SharedBytes} bytes");
        Row("local memory", $"{kernel.Statistics.LocalBytes} bytes");
        Row("whole text", Describe(whole));
        Row("main loop", loop is null ? "none" : Describe(loop));
        if (occupancy is not null)
        {
            Row("occupancy", $"{occupancy.BlocksPerMultiprocessor} blocks on a multiprocessor at once, {100 * occupancy.Threads:F0}% of its threads; limited by {occupancy.Limit}");
        }

        Row("instructions", string.Join(", ", kernel.Statistics.Mix.OrderByDescending(m => m.Value).ThenBy(m => m.Key, StringComparer.Ordinal).Select(m => $"{m.Key} {m.Value}")));
        return text.ToString().TrimEnd();

        void Row(string title, string value) => text.AppendLine(CultureInfo.InvariantCulture, $"{title,-13}  {value}");
    }

    private static string Describe(PtxProfile profile) =>
        string.Create(CultureInfo.InvariantCulture, $"{profile.Instructions} instructions, {profile.VectorAccesses} accesses of 64 bits or more, {profile.FloatOperations} floating-point operations, {profile.GlobalBytes} bytes of global memory: {Ratio(profile.Intensity)} flop/byte");

    private static string Ratio(double value) => double.IsNaN(value) ? "-" : value.ToString("F2", CultureInfo.InvariantCulture);

    private static JsonObject ToJson(CompiledKernel kernel)
    {
        PtxProfile main = Profile(kernel);
        return new JsonObject
        {
            ["name"] = kernel.Name,
            ["sm"] = kernel.TargetSm,
            ["registers_estimated"] = kernel.Statistics.EstimatedRegisters,
            ["shared_bytes"] = kernel.SharedBytes,
            ["local_bytes"] = kernel.Statistics.LocalBytes,
            ["instructions"] = kernel.Statistics.Instructions,
            ["vector_accesses"] = kernel.Statistics.VectorAccesses,
            ["flop_per_byte"] = double.IsNaN(main.Intensity) ? null : main.Intensity,
            ["mix"] = new JsonObject(kernel.Statistics.Mix.Select(m => KeyValuePair.Create(m.Key, (JsonNode?)m.Value))),
        };
    }
}
