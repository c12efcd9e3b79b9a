using RawSer.Kernels;
using RawSer.Nn;
using RawSer.Weights;

namespace RawSer.Engine.Tests.Nn;

public sealed class StateDictTests
{
    private string _path = "";

    [SetUp]
    public void CreatePath() => _path = Path.Combine(Path.GetTempPath(), $"rawser-{Guid.NewGuid():n}.safetensors");

    [TearDown]
    public void DeleteFile() => File.Delete(_path);

    [Test]
    public void A_saved_module_loads_back_bit_for_bit()
    {
        using Net saved = new Net().Initialize(1);
        saved.State("seen").CopyFrom<long>([1L << 40]);
        StateDict.Save(saved, _path, new Dictionary<string, string> { ["epoch"] = "3" });
        using Net loaded = new();
        StateDictReport report = StateDict.Load(loaded, _path);
        using WeightSource source = WeightSource.Open(_path);
        Assert.Multiple(() =>
        {
            Assert.That(loaded.State("a.weight").ToArray<float>(), Is.EqualTo(saved.State("a.weight").ToArray<float>()));
            Assert.That(loaded.State("seen").ToArray<long>(), Is.EqualTo(new[] { 1L << 40 }));
            Assert.That(source.Metadata["epoch"], Is.EqualTo("3"));
            Assert.That(report.Missing.Concat(report.Unexpected).Concat(report.Conversions), Is.Empty);
        });
    }

    [Test]
    public void Every_problem_is_in_one_exception_and_the_module_is_unchanged()
    {
        Write(("a.weight", [2, 3]), ("b.weight", [3, 2]), ("c", [1]));
        using Net net = new Net().Initialize(7);
        float[] before = net.State("a.weight").ToArray<float>();
        StateDictException e = Assert.Throws<StateDictException>(() => StateDict.Load(net, _path))!;
        Assert.Multiple(() =>
        {
            Assert.That(e.Missing, Is.EqualTo(new[] { "seen" }));
            Assert.That(e.Unexpected, Is.EqualTo(new[] { "c" }));
            Assert.That(e.Mismatches.Single(), Is.EqualTo(new StateDictMismatch("b.weight", "shape (2, 3)", "shape (3, 2)")));
            Assert.That(e.Message, Does.Contain(_path).And.Contain("1 missing (seen ").And.Contain("1 unexpected (c ").And.Contain("expected shape (2, 3), found shape (3, 2)"));
            Assert.That(e.Message, Does.Not.Contain("\n"));
            Assert.That(net.State("a.weight").ToArray<float>(), Is.EqualTo(before));
        });
    }

    [Test]
    public void A_file_of_other_integers_is_refused()
    {
        SafetensorsWriter writer = new();
        writer.Add<float>("a.weight", [2, 3], new float[6]);
        writer.Add<float>("b.weight", [2, 3], new float[6]);
        writer.Add<int>("seen", [], new int[1]);
        writer.Save(_path);
        using Net net = new();
        StateDictException e = Assert.Throws<StateDictException>(() => StateDict.Load(net, _path))!;
        Assert.That(e.Mismatches.Single(), Is.EqualTo(new StateDictMismatch("seen", "type I64", "type I32")));
    }

    [Test]
    public void Floats_are_converted_and_reported()
    {
        SafetensorsWriter writer = new();
        writer.Add<Half>("a.weight", [2, 3], Enumerable.Repeat((Half)0.5, 6).ToArray());
        writer.Add<double>("b.weight", [2, 3], Enumerable.Repeat(0.25, 6).ToArray());
        writer.Add<long>("seen", [], new long[1]);
        writer.Save(_path);
        using Net net = new();
        StateDictReport report = StateDict.Load(net, _path);
        Assert.Multiple(() =>
        {
            Assert.That(report.Conversions, Is.EqualTo(new[] { "a.weight: F16 to F32", "b.weight: F64 to F32" }));
            Assert.That(net.State("a.weight").ToArray<float>(), Is.All.EqualTo(0.5f));
            Assert.That(net.State("b.weight").ToArray<float>(), Is.All.EqualTo(0.25f));
        });
    }

    [Test]
    public void Without_strictness_names_may_differ_but_shapes_may_not()
    {
        Write(("a.weight", [2, 3]), ("c", [1]));
        using Net net = new Net().Initialize(7);
        StateDictReport report = StateDict.Load(net, _path, new StateDictOptions { Strict = false });
        Assert.That(report.Missing, Is.EqualTo(new[] { "seen", "b.weight" }));
        Assert.That(report.Unexpected, Is.EqualTo(new[] { "c" }));
        Write(("a.weight", [3, 2]));
        Assert.That(() => StateDict.Load(net, _path, new StateDictOptions { Strict = false }), Throws.TypeOf<StateDictException>());
    }

    [Test]
    public void Names_can_be_renamed_and_ignored()
    {
        using Net net = new Net().Initialize(7);
        SafetensorsWriter writer = new();
        StateDict.AddTo(writer, net, "model.");
        writer.Add<float>("head.weight", [1], new float[1]);
        writer.Save(_path);
        using Net loaded = new();
        StateDictException e = Assert.Throws<StateDictException>(() => StateDict.Load(loaded, _path))!;
        Assert.That(e.Message, Does.Contain("rename \"model.\""));
        StateDict.Load(loaded, _path, new StateDictOptions { Rename = new Dictionary<string, string> { ["model."] = "" }, Ignore = ["head."] });
        Assert.That(loaded.State("b.weight").ToArray<float>(), Is.EqualTo(net.State("b.weight").ToArray<float>()));
    }

    [Test]
    public void Renaming_two_tensors_to_one_is_refused()
    {
        Write(("a.weight", [2, 3]), ("x", [2, 3]), ("b.weight", [2, 3]));
        using Net net = new();
        StateDictOptions options = new() { Strict = false, Rename = new Dictionary<string, string> { ["x"] = "a.weight" } };
        Assert.That(() => StateDict.Load(net, _path, options), Throws.TypeOf<StateDictException>().With.Message.Contains("after renaming"));
    }

    private void Write(params ReadOnlySpan<(string Name, Shape Shape)> tensors)
    {
        SafetensorsWriter writer = new();
        foreach ((string name, Shape shape) in tensors)
        {
            writer.Add<float>(name, shape, new float[shape.ElementCount]);
        }

        writer.Save(_path);
    }

    private sealed class Net : Module
    {
        public Net()
        {
            Buffer("seen", [], 0, DType.I64);
            Child("a", new Layer());
            Child("b", new Layer());
        }

        protected override Tensor ForwardCore(Tensor input) => input;
    }

    private sealed class Layer : Module
    {
        private readonly Tensor _weight;

        public Layer() => _weight = Parameter("weight", [2, 3]);

        protected override Tensor ForwardCore(Tensor input) => input;

        protected override void Initialize(ParameterInit init) => init.Fill("weight", _weight, init.Scheme.Kernel, Fans.Linear(3, 2));
    }
}
