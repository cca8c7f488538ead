using MimicCxr.Sandbox.Patients;

namespace MimicCxr.Sandbox.Pictures;

/// <summary>
/// Pixels of a synthetic chest, made in bands of 8 pixel rows: a coarse grid of the model, interpolated, with noise.
/// A band can be made again with other noise and a code in it, so that one base picture serves for many files.
/// </summary>
internal sealed class ChestPicture
{
    /// <summary>Pixels on the side of a block, and rows of a band.</summary>
    public const int BlockSize = 8;

    /// <summary>The band that carries the code of a picture.</summary>
    public const int CodeBand = 1;

    private const float NoiseAmplitude = 0.035f;

    private readonly float[] _grid;
    private readonly int _gridWidth;
    private readonly ulong _seed;

    /// <summary>Prepares a picture.</summary>
    /// <param name="width">In pixels, a multiple of 8.</param>
    /// <param name="height">In pixels, a multiple of 8.</param>
    /// <param name="view">What it shows.</param>
    /// <param name="seed">Decides anatomy and noise.</param>
    public ChestPicture(int width, int height, ViewPosition view, ulong seed)
    {
        (Width, Height, _seed) = (width, height, seed);
        var model = new ChestModel(view, new SeededRandom(seed));
        _gridWidth = (width / BlockSize) + 1;
        var gridHeight = (height / BlockSize) + 1;
        _grid = new float[_gridWidth * gridHeight];
        for (var y = 0; y < gridHeight; y++)
        {
            for (var x = 0; x < _gridWidth; x++)
            {
                _grid[(y * _gridWidth) + x] = model.At((double)x / (_gridWidth - 1), (double)y / (gridHeight - 1));
            }
        }
    }

    /// <summary>In pixels.</summary>
    public int Width { get; }

    /// <summary>In pixels.</summary>
    public int Height { get; }

    /// <summary>Number of bands.</summary>
    public int Bands => Height / BlockSize;

    /// <summary>Makes a band of the base picture.</summary>
    /// <param name="band">Which, from the top.</param>
    /// <param name="destination">8 rows of <see cref="Width"/> values from 0 (black) to 1 (white).</param>
    public void RenderBand(int band, Span<float> destination) =>
        Render(band, destination, SeededRandom.For(_seed, 1, (ulong)band), code: null);

    /// <summary>Makes <see cref="CodeBand"/> for one file: bright and dark cells, drawn from its seed.</summary>
    public void RenderCodeBand(ulong imageSeed, Span<float> destination)
    {
        var random = new SeededRandom(imageSeed);
        Render(CodeBand, destination, random, code: random);
    }

    private void Render(int band, Span<float> destination, SeededRandom random, SeededRandom? code)
    {
        var top = _grid.AsSpan(band * _gridWidth, _gridWidth);
        var bottom = _grid.AsSpan((band + 1) * _gridWidth, _gridWidth);
        for (var block = 0; block < _gridWidth - 1; block++)
        {
            var cell = code is null ? 0 : code.Chance(0.5) ? 0.25f : -0.02f;
            for (var y = 0; y < BlockSize; y++)
            {
                var left = top[block] + ((bottom[block] - top[block]) * y / BlockSize) + cell;
                var right = top[block + 1] + ((bottom[block + 1] - top[block + 1]) * y / BlockSize) + cell;
                var step = (right - left) / BlockSize;
                var row = destination.Slice((y * Width) + (block * BlockSize), BlockSize);
                var noise = random.NextBits();
                for (var x = 0; x < BlockSize; x++)
                {
                    var grain = ((byte)(noise >> (8 * x)) - 127.5f) * (NoiseAmplitude / 127.5f);
                    row[x] = Math.Clamp(left + (step * x) + grain, 0, 1);
                }
            }
        }
    }
}
