using RawSer.Weights;

namespace RawSer.Engine.Tests.Weights;

public sealed class FileReplacementTests
{
    private string _folder = "";

    private string Target => Path.Combine(_folder, "target");

    [SetUp]
    public void CreateFolder() => _folder = Directory.CreateTempSubdirectory("rawser-replacement-").FullName;

    [TearDown]
    public void DeleteFolder() => Directory.Delete(_folder, recursive: true);

    [Test]
    public void The_new_content_is_there_and_nothing_else()
    {
        File.WriteAllText(Target, "old and longer");
        FileReplacement.Write(Target, stream => stream.Write("new"u8));
        Assert.That(File.ReadAllText(Target), Is.EqualTo("new"));
        Assert.That(Directory.GetFileSystemEntries(_folder), Is.EqualTo(new[] { Target }));
    }

    [Test]
    public void A_failure_keeps_the_old_content()
    {
        File.WriteAllText(Target, "old");
        Assert.That(() => FileReplacement.Write(Target, stream => { stream.WriteByte(1); throw new InvalidOperationException("half"); }), Throws.InvalidOperationException);
        Assert.That(File.ReadAllText(Target), Is.EqualTo("old"));
        Assert.That(Directory.GetFileSystemEntries(_folder), Is.EqualTo(new[] { Target }));
    }

    [Test]
    [Platform("Linux", Reason = "/dev/full")]
    public void A_device_stays_a_device()
    {
        const string Full = "/dev/full";
        for (int i = 0; i < 2; i++)
        {
            Assert.That(() => FileReplacement.Write(Full, stream => stream.Write(new byte[1000])), Throws.InstanceOf<IOException>().With.Message.Contains("space"));
        }
    }

    [Test]
    public void Places_where_no_file_can_be_are_refused()
    {
        Assert.That(() => FileReplacement.Write(_folder, _ => { }), Throws.InstanceOf<IOException>().With.Message.Contains("it is a folder"));
        string missing = Path.Combine(_folder, "none");
        Assert.That(() => FileReplacement.CheckTarget(Path.Combine(missing, "x")), Throws.InstanceOf<IOException>().With.Message.Contains($"no folder '{missing}'"));
        Assert.That(() => FileReplacement.CheckTarget(Target), Throws.Nothing);
    }
}
