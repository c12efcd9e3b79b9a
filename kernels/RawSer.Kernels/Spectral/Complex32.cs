namespace RawSer.Kernels.Spectral;

/// <summary>A complex number of two floats, as device kernels keep them in shared memory.</summary>
internal readonly struct Complex32(float re, float im)
{
    public readonly float Re = re;
    public readonly float Im = im;

    public static Complex32 operator +(Complex32 a, Complex32 b) => new(a.Re + b.Re, a.Im + b.Im);

    public static Complex32 operator -(Complex32 a, Complex32 b) => new(a.Re - b.Re, a.Im - b.Im);

    public static Complex32 operator *(Complex32 a, Complex32 b) => new((a.Re * b.Re) - (a.Im * b.Im), (a.Re * b.Im) + (a.Im * b.Re));

    public static Complex32 operator *(float factor, Complex32 a) => new(factor * a.Re, factor * a.Im);

    /// <summary>-i times this number.</summary>
    public Complex32 TurnedBack => new(Im, -Re);

    public Complex32 Conjugate => new(Re, -Im);

    public float SquaredMagnitude => (Re * Re) + (Im * Im);
}
