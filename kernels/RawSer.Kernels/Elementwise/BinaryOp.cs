namespace RawSer.Kernels;

/// <summary>Functions of two elements.</summary>
public enum BinaryOp
{
    /// <summary>a + b.</summary>
    Add,

    /// <summary>a - b.</summary>
    Subtract,

    /// <summary>a * b.</summary>
    Multiply,

    /// <summary>a / b.</summary>
    Divide,

    /// <summary>a^b; the derivative for a is 0 where b = 0, the one for b is 0 where a = 0 and b &gt;= 0.</summary>
    Power,

    /// <summary>The larger; NaN if one is NaN. At a tie each side gets half of the gradient.</summary>
    Maximum,

    /// <summary>The smaller; NaN if one is NaN. At a tie each side gets half of the gradient.</summary>
    Minimum,

    /// <summary>Both, of masks. Has no gradient.</summary>
    And,

    /// <summary>At least one, of masks. Has no gradient.</summary>
    Or,

    /// <summary>Exactly one, of masks. Has no gradient.</summary>
    Xor,
}

/// <summary>Relations of two elements.</summary>
public enum Comparison
{
    /// <summary>a == b.</summary>
    Equal,

    /// <summary>a != b.</summary>
    NotEqual,

    /// <summary>a &lt; b.</summary>
    Less,

    /// <summary>a &lt;= b.</summary>
    LessOrEqual,

    /// <summary>a &gt; b.</summary>
    Greater,

    /// <summary>a &gt;= b.</summary>
    GreaterOrEqual,
}
