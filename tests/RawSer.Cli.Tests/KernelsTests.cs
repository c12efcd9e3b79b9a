using System.Text.Json.Nodes;

namespace RawSer.Cli.Tests;

/// <summary><c>rawser kernels</c> shows what device kernels are compiled to, without a GPU.</summary>
internal sealed class KernelsTests
{
    private const string Dense = "MapKernels_BinaryMap_AddOperator_Dense";

    [Test]
    public void ListNamesKernelsWithTheirFigures()
    {
        RawSerProcess.Outcome text = RawSerProcess.Run("kernels", "list", "softmax").Succeeded();
        Assert.That(text.OutputLines[0], Does.Contain("registers").And.Contain("kernel"));
        Assert.That(text.OutputLines, Has.Some.EndsWith("  CudaBackend_SoftmaxLines_InWarp"));
        Assert.That(text.OutputLines, Has.None.Contains("AddOperator"));
        Assert.That(text.OutputLines[^1], Is.EqualTo($"{text.OutputLines.Length - 2} kernels for sm_80"));

        JsonArray rows = RawSerProcess.Run("kernels", "list", Dense, "--json").Succeeded().Only("kernels")["kernels"]!.AsArray();
        JsonObject row = rows.Single()!.AsObject();
        Assert.That((string?)row["name"], Is.EqualTo(Dense));
        Assert.That((int)row["registers_estimated"]!, Is.InRange(8, 64));
        Assert.That((int)row["vector_accesses"]!, Is.EqualTo(3), "two loads and a store of 128 bits");
        Assert.That((double)row["flop_per_byte"]!, Is.EqualTo(5.0 / 60).Within(1e-9), "four sums on 48 bytes, and one on 12 of what is left over");
    }

    [Test]
    public void ShowPrintsTextFormAndFigures()
    {
        Assert.That(RawSerProcess.Run("kernels", "show", Dense).Succeeded().Output, Does.StartWith(".version").And.Contain($".visible .entry {Dense}(").And.Contain("st.global.v4.f32"));
        string both = RawSerProcess.Run("kernels", "show", Dense, "--ir", "--stats", "--sm", "70").Succeeded().Output;
        Assert.That(both, Does.Contain("StoreVec.F32").And.Contain("shared memory  0 bytes").And.Contain("ld.global.v4 2").And.Contain("main loop      none").And.Not.Contain(".version"));

        JsonObject loop = RawSerProcess.Run("kernels", "show", "CumulativeSumLines_Alone", "--stats", "--json").Succeeded().Only("kernel");
        Assert.That((double)loop["flop_per_byte"]!, Is.EqualTo(1.0 / 8).Within(1e-9), "a round of the loop: one sum, four bytes in, four bytes out");
    }

    [TestCase("1000,256", 80, 8, 1.0, "limited by threads")]
    [TestCase("1000,32", 80, 32, 0.5, "limited by blocks")]
    [TestCase("10,128,60000", 80, 2, 0.125, "limited by shared memory")] // 164 KB, of which each block loses one
    [TestCase("10,128,60000", 90, 3, 0.1875, "limited by shared memory")]
    [TestCase("10,128,300000", 90, 0, 0.0, "limited by shared memory")]
    public void ALaunchFillsAMultiprocessor(string shape, int sm, int blocks, double share, string limit)
    {
        string[] arguments = ["kernels", "show", Dense, "--shape", shape, "--sm", $"{sm}"];
        JsonObject launch = RawSerProcess.Run([.. arguments, "--json"]).Succeeded().Only("kernel");
        Assert.That(((int)launch["blocks_per_multiprocessor"]!, (double)launch["occupancy"]!), Is.EqualTo((blocks, share)));
        Assert.That(RawSerProcess.Run(arguments).Succeeded().Output, Does.Contain($"occupancy      {blocks} blocks").And.Contain(limit));
    }

    [TestCase("show --shape 256", Dense, "--shape 256: expected BLOCKS,THREADS")]
    [TestCase("show --shape 1,2048", Dense, "at most 1024 threads")]
    [TestCase("show --shape 0,32", Dense, "--shape 0,32")]
    [TestCase("show --shape 1,x", Dense, "--shape 1,x")]
    [TestCase("show", "bogus", "'bogus'")]
    [TestCase("show", "SoftmaxLines", "'SoftmaxLines' is part of 2 names")]
    [TestCase("show --sm 75", Dense, "--sm 75: expected 70, 80 or 90")]
    public void WhatCannotBeShownIsSaid(string verb, string name, string message)
    {
        RawSerProcess.Outcome outcome = RawSerProcess.Run(["kernels", .. verb.Split(' ').Take(1), name, .. verb.Split(' ').Skip(1)]);
        Assert.That(outcome.Code, Is.EqualTo(2));
        Assert.That(outcome.ErrorLines.Single(), Does.Contain(message));
    }
}
