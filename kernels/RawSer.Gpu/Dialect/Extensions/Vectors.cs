namespace RawSer.Gpu.Dialect;

/// <summary>Two floats: a view cast to it is read and written 64 bits at a time.</summary>
/// <param name="X">First.</param>
/// <param name="Y">Second.</param>
public readonly record struct Float2(float X, float Y);

/// <summary>Four floats: a view cast to it is read and written 128 bits at a time.</summary>
/// <param name="X">First.</param>
/// <param name="Y">Second.</param>
/// <param name="Z">Third.</param>
/// <param name="W">Fourth.</param>
public readonly record struct Float4(float X, float Y, float Z, float W);
