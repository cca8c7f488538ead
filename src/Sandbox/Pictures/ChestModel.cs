using MimicCxr.Sandbox.Patients;

namespace MimicCxr.Sandbox.Pictures;

/// <summary>
/// Brightness of something that resembles a chest X-ray: soft ellipses for body, lungs and heart, a spine, ribs.
/// Coordinates run from 0 to 1 from the top left corner.
/// </summary>
internal sealed class ChestModel
{
    private readonly bool _lateral;
    private readonly double _heart;
    private readonly double _lung;
    private readonly double _shift;

    /// <summary>Creates a chest that differs a little from others.</summary>
    public ChestModel(ViewPosition view, SeededRandom random)
    {
        _lateral = view is ViewPosition.Lateral or ViewPosition.LL;
        // The heart looks larger where the rays come from the front.
        _heart = (view == ViewPosition.AP ? 0.19 : 0.15) + (0.03 * random.NextDouble());
        _lung = 0.28 + (0.05 * random.NextDouble());
        _shift = 0.04 * (random.NextDouble() - 0.5);
    }

    /// <summary>Brightness from 0 (black) to 1 (white).</summary>
    public float At(double x, double y)
    {
        x += _shift;
        var value = _lateral ? Lateral(x, y) : Frontal(x, y);
        return (float)Math.Clamp(value, 0.02, 0.98);
    }

    private double Frontal(double x, double y)
    {
        var body = 0.62 * Soft(x, y, 0.5, 0.62, 0.47, 0.66, 14);
        var lungs = Math.Max(Soft(x, y, 0.31, 0.46, 0.155, _lung, 9), Soft(x, y, 0.69, 0.46, 0.145, _lung, 9));
        var ribs = 0.07 * Math.Max(0, Math.Sin((y * 62) + (9 * Math.Abs(x - 0.5))));
        var spine = 0.16 * Math.Exp(-Math.Pow((x - 0.5) / 0.045, 2));
        var heart = 0.3 * Soft(x, y, 0.55, 0.62, _heart, 0.15, 10);
        var clavicles = 0.1 * Math.Exp(-Math.Pow((y - 0.17 - (0.25 * Math.Abs(x - 0.5))) / 0.018, 2));
        var diaphragm = 0.16 / (1 + Math.Exp((0.74 - y + (0.35 * Math.Pow(x - 0.5, 2))) * 45));
        return 0.06 + body - (lungs * (0.45 - ribs)) + spine + heart + (clavicles * body) + diaphragm;
    }

    private double Lateral(double x, double y)
    {
        var body = 0.6 * Soft(x, y, 0.5, 0.58, 0.42, 0.62, 14);
        var lung = Soft(x, y, 0.5, 0.47, 0.27, _lung + 0.03, 8);
        var spine = 0.2 * Math.Exp(-Math.Pow((x - 0.8 + (0.12 * Math.Sin(y * 3))) / 0.05, 2));
        var heart = 0.27 * Soft(x, y, 0.4, 0.6, _heart, 0.14, 10);
        var diaphragm = 0.2 / (1 + Math.Exp((0.76 - y - (0.1 * x)) * 40));
        return 0.06 + body - (lung * 0.4) + spine + heart + diaphragm;
    }

    /// <summary>1 inside an ellipse, 0 outside, softly between.</summary>
    private static double Soft(double x, double y, double cx, double cy, double rx, double ry, double sharpness)
    {
        var dx = (x - cx) / rx;
        var dy = (y - cy) / ry;
        return 1 / (1 + Math.Exp(((dx * dx) + (dy * dy) - 1) * sharpness));
    }
}
