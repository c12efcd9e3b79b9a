using BenchmarkDotNet.Running;
using RawSer.Bench;
using RawSer.Bench.Convolution;
using RawSer.Bench.Gpu;
using RawSer.Bench.MatMul;
using RawSer.Bench.Ops;
using RawSer.Bench.Works;
using RawSer.Weights;

const string Usage = """
    usage: RawSer.Bench VERB [ARGUMENT] [--seconds S]
      peak                     fused multiply-adds per second and copy bandwidth of this machine, on one core and on all
      sgemm SIZE               product of two square matrices
      matmul [NAME]            matrix products that the networks are made of, with their share of the measured peak; all or those whose name contains NAME
      conv [NAME]              convolution layers, forward with bias and ReLU, gradient of the data and of the weights
      train-step NETWORK       forward, backward and a step of Adam on a batch of 32; NETWORK: cnn, two-cnn, cnn-transformer,
                               cnn-transformer-mel (188 frames instead of 94)
      infer NETWORK            logits of one clip
      memory NETWORK           memory of a training over --steps N (100) steps with batches of --batch N (32); code 1 if it grows after
                               step 2 or exceeds 400 MB
      vgg infer                the convolutions of VGG16 on one picture of 224 x 224, with packed weights
      speech infer             Wav2Vec2-base on one clip of 3 s
      speech train-step        a step of its fine-tuning on 4 clips of 3 s with gradient checkpointing; code 1 if the resident set exceeds 4 GB
      profile VERB ARGUMENT    which operations, and the longest by shape, the time of --steps N (100) steps goes to; VERB and ARGUMENT as for
                               train-step, infer, vgg, speech
      speech-load FOLDER       time to the first matrix, to the network and to its packed weights of a Hugging Face folder, and the memory that they
                               take; code 1 if the matrix takes more than 50 ms or weights are held twice
      features                 the report's MFCCs of 64 clips of 3 s
      ops [NAME]               time and bandwidth of elementwise operations, reductions, softmax and movement
      support [NAME]           which device can do which operation
      blocks                   normalisation, ReLU, pooling and their gradients in the report's blocks; an Adam step; in GB/s
      kernel-compile [NAME]    time from IL to PTX of the device kernels, on one thread, warm: the slowest, the median and the sum
      emulator                 instructions a second of the PTX emulator
      compare [WORK...]        ours, PyTorch and for vgg/infer and speech/infer ONNX Runtime alternately, all works or those named, as verb/argument: sgemm/1024
                               --rounds N (5), --out FILE (bench/results/compare.json)
      micro [OPTIONS]          BenchmarkDotNet suites of single kernels (options are BenchmarkDotNet's: --filter '*Binary*', --list flat, ...)
    Prints one JSON line per measurement; compare prints a table. Run compare in the root of the repository.
    """;

// What both sides can do, as verb/argument.
string[] works =
[
    "sgemm/512", "sgemm/1024", "sgemm/2048", "features",
    "train-step/cnn", "train-step/two-cnn", "train-step/cnn-transformer", "infer/cnn", "infer/two-cnn", "infer/cnn-transformer",
    "vgg/infer", "speech/infer", "speech/train-step",
];

if (args is ["micro", ..])
{
    BenchmarkSwitcher.FromAssembly(typeof(Measurement).Assembly).Run(args[1..]);
    return 0;
}

if (args is [] || args.Any(argument => argument is "--help" or "-h"))
{
    Console.WriteLine(Usage);
    return 0;
}

try
{
    var (verb, arguments, options) = Arguments.Parse(args);
    switch (verb)
    {
        case "peak":
            Arguments.Expect(arguments, 0, verb);
            Peak.Measure(options.Seconds);
            return 0;
        case "sgemm":
            Arguments.Expect(arguments, 1, "sgemm SIZE");
            Sgemm.Measure(arguments[0], options.Seconds);
            return 0;
        case "train-step" or "infer" or "vgg" or "speech":
            Arguments.Expect(arguments, 1, $"{verb} {(verb is "vgg" or "speech" ? "WORK" : "NETWORK")}");
            return NetworkWorks.Measure(verb, arguments[0], options.Seconds) ? 0 : 1;
        case "profile":
            Arguments.Expect(arguments, 2, "profile VERB ARGUMENT");
            NetworkWorks.Profile(arguments[0], arguments[1], options.Steps);
            return 0;
        case "speech-load":
            Arguments.Expect(arguments, 1, "speech-load FOLDER");
            return SpeechLoading.Measure(arguments[0]) ? 0 : 1;
        case "memory":
            Arguments.Expect(arguments, 1, "memory NETWORK");
            return SerNetworks.Memory(arguments[0], options.Batch, options.Steps) ? 0 : 1;
        case "matmul":
            MatMulShapes.Measure(Arguments.AtMostOne(arguments, "matmul [NAME]"), options.Seconds);
            return 0;
        case "conv":
            ConvLayers.Measure(Arguments.AtMostOne(arguments, "conv [NAME]"), options.Seconds);
            return 0;
        case "ops":
            OpTable.Throughput(Arguments.AtMostOne(arguments, "ops [NAME]"), options.Seconds);
            return 0;
        case "support":
            OpTable.Support(Arguments.AtMostOne(arguments, "support [NAME]"));
            return 0;
        case "features":
            Arguments.Expect(arguments, 0, verb);
            Features.Measure(options.Seconds);
            return 0;
        case "blocks":
            Arguments.Expect(arguments, 0, verb);
            Blocks.Measure(options.Seconds);
            return 0;
        case "kernel-compile":
            KernelCompileTimes.Measure(Arguments.AtMostOne(arguments, "kernel-compile [NAME]"), options.Rounds);
            return 0;
        case "emulator":
            Arguments.Expect(arguments, 0, verb);
            EmulatorRate.Measure(options.Seconds);
            return 0;
        case "compare":
            string? unknown = arguments.FirstOrDefault(work => !works.Contains(work));
            if (unknown is not null)
            {
                throw new UsageException($"unknown work '{unknown}': use {string.Join(", ", works)}");
            }

            Compare.Run([.. (arguments.Length > 0 ? arguments : works).Select(work => work.Split('/'))], options.Rounds, options.Seconds, options.Out);
            return 0;
        default:
            throw new UsageException($"unknown verb '{verb}'");
    }
}
catch (UsageException e)
{
    Console.Error.WriteLine($"RawSer.Bench: {e.Message} (--help lists everything)");
    return 2;
}
catch (Exception e) when (e is ProcessException or InvalidDataException or WeightFileException or StateDictException or IOException or UnauthorizedAccessException)
{
    Console.Error.WriteLine($"RawSer.Bench: {e.Message}");
    return 1;
}
