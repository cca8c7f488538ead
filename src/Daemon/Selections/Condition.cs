using MimicCxr.Daemon.Tables;

namespace MimicCxr.Daemon.Selections;

/// <summary>A condition on the labels of an image.</summary>
internal abstract class Condition
{
    /// <summary>Whether it holds.</summary>
    public abstract bool Holds(int image);

    /// <summary>A label has one of some states.</summary>
    /// <param name="labeler">Whose table.</param>
    /// <param name="label">Which label of it.</param>
    /// <param name="states">A bit a <see cref="LabelState"/>.</param>
    internal sealed class Test(Labeler labeler, int label, int states) : Condition
    {
        /// <inheritdoc/>
        public override bool Holds(int image) => (states >> (int)labeler.StateOf(image, label) & 1) != 0;
    }

    /// <summary>All of some hold.</summary>
    internal sealed class All(Condition[] parts) : Condition
    {
        /// <inheritdoc/>
        public override bool Holds(int image)
        {
            foreach (var part in parts)
            {
                if (!part.Holds(image))
                {
                    return false;
                }
            }

            return true;
        }
    }

    /// <summary>At least one of some holds.</summary>
    internal sealed class Any(Condition[] parts) : Condition
    {
        /// <inheritdoc/>
        public override bool Holds(int image)
        {
            foreach (var part in parts)
            {
                if (part.Holds(image))
                {
                    return true;
                }
            }

            return false;
        }
    }

    /// <summary>Another one does not hold.</summary>
    internal sealed class Not(Condition part) : Condition
    {
        /// <inheritdoc/>
        public override bool Holds(int image) => !part.Holds(image);
    }
}
