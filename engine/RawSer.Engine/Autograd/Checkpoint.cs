namespace RawSer;

/// <summary>
/// Gradient checkpointing: a part of a network that keeps only its input for the backward pass and is run again there (Chen et al. 2016).
/// Memory for its activations is needed during its own backward pass only; the price is a second forward pass.
/// </summary>
public static class Checkpoint
{
    [ThreadStatic]
    private static bool s_recomputing;

    /// <summary>True during the second run of a checkpointed part. What happens once per step (running statistics of batch norm) is skipped then.</summary>
    public static bool IsRecomputing => s_recomputing;

    /// <summary>
    /// Runs <paramref name="function"/>. Gradients, also those of parameters that it reads, are bit-identical to those of running it without
    /// a checkpoint.
    /// </summary>
    /// <param name="function">Computes the same result from the same input each time, apart from numbers drawn from <paramref name="random"/>.</param>
    /// <param name="input">The tensor to keep.</param>
    /// <param name="random">The generator that the function draws from; the second run draws the same numbers.</param>
    public static Tensor Run(Func<Tensor, Tensor> function, Tensor input, Generator? random = null) => Run((x, _) => function(x), input, null, random);

    /// <summary>As <see cref="Run(Func{Tensor, Tensor}, Tensor, Generator)"/>, with a second tensor that gets no gradient, such as a mask.</summary>
    public static Tensor Run(Func<Tensor, Tensor?, Tensor> function, Tensor input, Tensor? constant, Generator? random = null)
    {
        if (!Autograd.IsEnabled)
        {
            return function(input, constant);
        }

        ulong before = random?.Position ?? 0;
        Tensor output;
        using (Autograd.NoGrad())
        using (TensorScope scope = Tensor.Scope())
        {
            output = scope.Keep(function(input, constant));
        }

        // The node is made whether or not the input needs a gradient: parameters inside may.
        Part part = new(function, random, before);
        output.GradNode = new OperationNode<Part>("checkpoint", output.Shape, [input], [input, constant], part, static (g, p) => p.Backward(g));
        return output;
    }

    private sealed record Part(Func<Tensor, Tensor?, Tensor> Function, Generator? Random, ulong Before)
    {
        public void Backward(BackwardContext g)
        {
            Tensor input = g.Saved(0).Detach();
            input.RequiresGrad = g.Needs(0);
            Tensor output = Recompute(input, g.HasSaved(1) ? g.Saved(1) : null);
            if (output.RequiresGrad)
            {
                output.Backward(g.Grad);
            }

            if (input.Grad is { } gradient)
            {
                g.Set(0, gradient);
            }
        }

        private Tensor Recompute(Tensor input, Tensor? constant)
        {
            ulong now = Random?.Position ?? 0;
            bool outer = s_recomputing;
            s_recomputing = true;
            try
            {
                if (Random is not null)
                {
                    Random.Position = Before;
                }

                using NoGradScope grad = Autograd.EnableGrad();
                return Function(input, constant);
            }
            finally
            {
                s_recomputing = outer;
                if (Random is not null)
                {
                    Random.Position = now;
                }
            }
        }
    }
}
