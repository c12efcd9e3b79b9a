using System.Buffers.Binary;

namespace RawSer.Audio.Decoding;

/// <summary>
/// IMA ADPCM as WAV files hold it: a block starts with the first sample and the step index of every channel (4 bytes each), then 4-bit
/// codes follow in groups of 8 per channel, low nibble first.
/// </summary>
internal static class ImaAdpcm
{
    private static readonly int[] IndexChange = [-1, -1, -1, -1, 2, 4, 6, 8];

    private static readonly int[] Steps =
    [
        7, 8, 9, 10, 11, 12, 13, 14, 16, 17, 19, 21, 23, 25, 28, 31, 34, 37, 41, 45, 50, 55, 60, 66, 73, 80, 88, 97, 107, 118, 130, 143, 157,
        173, 190, 209, 230, 253, 279, 307, 337, 371, 408, 449, 494, 544, 598, 658, 724, 796, 876, 963, 1060, 1166, 1282, 1411, 1552, 1707,
        1878, 2066, 2272, 2499, 2749, 3024, 3327, 3660, 4026, 4428, 4871, 5358, 5894, 6484, 7132, 7845, 8630, 9493, 10442, 11487, 12635,
        13899, 15289, 16818, 18500, 20350, 22385, 24623, 27086, 29794, 32767,
    ];

    /// <summary>Frames in that many bytes; an incomplete last block counts with its whole groups.</summary>
    public static int FrameCount(int bytes, int blockBytes, int channels) =>
        bytes / blockBytes * FramesOfBlock(blockBytes, channels) + FramesOfBlock(bytes % blockBytes, channels);

    public static float[] Decode(ReadOnlySpan<byte> data, int blockBytes, int channels, int first, int count)
    {
        float[] samples = new float[count * channels];
        int perBlock = FramesOfBlock(Math.Min(blockBytes, data.Length), channels);
        int[] decoded = new int[perBlock * channels];
        for (int frame = first; frame < first + count;)
        {
            int block = frame / perBlock, within = frame % perBlock;
            ReadOnlySpan<byte> bytes = data[(block * blockBytes)..];
            DecodeBlock(bytes[..Math.Min(blockBytes, bytes.Length)], channels, decoded);
            int frames = Math.Min(perBlock - within, first + count - frame);
            for (int i = 0; i < frames * channels; i++)
            {
                samples[(frame - first) * channels + i] = decoded[within * channels + i] / 32768f;
            }

            frame += frames;
        }

        return samples;
    }

    private static int FramesOfBlock(int bytes, int channels) => bytes < 4 * channels ? 0 : 1 + (bytes - 4 * channels) / (4 * channels) * 8;

    private static void DecodeBlock(ReadOnlySpan<byte> block, int channels, int[] samples)
    {
        int groups = (block.Length - 4 * channels) / (4 * channels);
        for (int c = 0; c < channels; c++)
        {
            int sample = BinaryPrimitives.ReadInt16LittleEndian(block[(4 * c)..]);
            int index = Math.Min((int)block[4 * c + 2], Steps.Length - 1);
            samples[c] = sample;
            for (int i = 0; i < groups * 8; i++)
            {
                byte pair = block[4 * channels + (i / 8 * channels + c) * 4 + i % 8 / 2];
                int code = i % 2 == 0 ? pair & 15 : pair >> 4;
                int step = Steps[index];
                int change = (step >> 3) + ((code & 1) != 0 ? step >> 2 : 0) + ((code & 2) != 0 ? step >> 1 : 0) + ((code & 4) != 0 ? step : 0);
                sample = Math.Clamp((code & 8) != 0 ? sample - change : sample + change, short.MinValue, short.MaxValue);
                index = Math.Clamp(index + IndexChange[code & 7], 0, Steps.Length - 1);
                samples[(i + 1) * channels + c] = sample;
            }
        }
    }
}
