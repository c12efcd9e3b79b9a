namespace RawSer.Kernels;

/// <summary>
/// How a kernel moves over an image: output (oh, ow) multiplies kernel element (kh, kw) with the input at
/// <c>(oh * StrideH + kh * DilationH - PadTop, ow * StrideW + kw * DilationW - PadLeft)</c>; places outside the input count as zero.
/// Padding at the bottom and right is whatever the output's extent needs, so asymmetric padding takes no more parameters.
/// </summary>
/// <param name="StrideH">Rows between neighbouring outputs.</param>
/// <param name="StrideW">Columns between neighbouring outputs.</param>
/// <param name="PadTop">Rows of zeros above the input.</param>
/// <param name="PadLeft">Columns of zeros left of the input.</param>
/// <param name="DilationH">Rows between neighbouring kernel elements.</param>
/// <param name="DilationW">Columns between neighbouring kernel elements.</param>
/// <param name="Groups">Channels are split into this many groups that do not see each other.</param>
public readonly record struct ConvGeometry(int StrideH, int StrideW, int PadTop, int PadLeft, int DilationH, int DilationW, int Groups);
