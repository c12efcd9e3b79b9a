// The kernels of Compiler/ComparedKernels.cs in CUDA C, line for line, for clang without the toolkit (CompilerComparisonTests).
#define GLOBAL extern "C" __attribute__((global))
#define DEVICE static inline __attribute__((device, always_inline))
#define SHARED static __attribute__((shared, device))
#define BOUNDS(n) __attribute__((launch_bounds(n)))

typedef float float4 __attribute__((ext_vector_type(4)));
typedef unsigned uint4 __attribute__((ext_vector_type(4)));

DEVICE int tid() { return __nvvm_read_ptx_sreg_tid_x(); }
DEVICE int ntid() { return __nvvm_read_ptx_sreg_ntid_x(); }
DEVICE int cta() { return __nvvm_read_ptx_sreg_ctaid_x(); }
DEVICE int cta_y() { return __nvvm_read_ptx_sreg_ctaid_y(); }
DEVICE int ncta() { return __nvvm_read_ptx_sreg_nctaid_x(); }

GLOBAL BOUNDS(256) void Axpy(const float4 *x, float4 *y, float a, int count)
{
    int step = ncta() * ntid();
    for (int i = (cta() * ntid()) + tid(); i < count; i += step) {
        float4 u = x[i], v = y[i];
        y[i] = (float4){__builtin_fmaf(a, u.x, v.x), __builtin_fmaf(a, u.y, v.y), __builtin_fmaf(a, u.z, v.z), __builtin_fmaf(a, u.w, v.w)};
    }
}

DEVICE float warp_sum(float value)
{
#pragma unroll
    for (int offset = 16; offset > 0; offset /= 2)
        value += __nvvm_shfl_sync_bfly_f32(0xffffffff, value, offset, 31);
    return value;
}

GLOBAL BOUNDS(256) void Moments(const float4 *x, float *mean, float *variance, int rows, int columns4)
{
    int row = ((cta() * ntid()) + tid()) / 32, lane = tid() % 32;
    if (row >= rows)
        return;
    float sum = 0, squares = 0;
    for (int i = lane; i < columns4; i += 32) {
        float4 v = x[(row * columns4) + i];
        sum += (v.x + v.y) + (v.z + v.w);
        squares = __builtin_fmaf(v.x, v.x, __builtin_fmaf(v.y, v.y, __builtin_fmaf(v.z, v.z, __builtin_fmaf(v.w, v.w, squares))));
    }
    float count = columns4 * 4, average = warp_sum(sum) / count;
    float spread = (warp_sum(squares) / count) - (average * average);
    if (lane == 0) {
        mean[row] = average;
        variance[row] = spread;
    }
}

GLOBAL BOUNDS(256) void Filter(const float *x, const float *taps, float *y, int count)
{
    float t[9];
#pragma unroll
    for (int k = 0; k < 9; k++)
        t[k] = taps[k];
    int step = ncta() * ntid();
    for (int i = (cta() * ntid()) + tid(); i < count; i += step) {
        float sum = 0;
#pragma unroll
        for (int k = 0; k < 9; k++)
            sum = __builtin_fmaf(t[k], x[i + k], sum);
        y[i] = sum;
    }
}

GLOBAL BOUNDS(256) void Counters(uint4 *y, unsigned key0, unsigned key1, int count)
{
    int step = ncta() * ntid();
    for (int i = (cta() * ntid()) + tid(); i < count; i += step) {
        unsigned a = i, b = 0, c = 0, d = 0, k0 = key0, k1 = key1;
#pragma unroll
        for (int round = 0; round < 10; round++) {
            unsigned long long left = (unsigned long long)a * 0xD2511F53u, right = (unsigned long long)c * 0xCD9E8D57u;
            a = (unsigned)(right >> 32) ^ b ^ k0;
            b = (unsigned)right;
            c = (unsigned)(left >> 32) ^ d ^ k1;
            d = (unsigned)left;
            k0 += 0x9E3779B9u;
            k1 += 0xBB67AE85u;
        }
        y[i] = (uint4){a, b, c, d};
    }
}

GLOBAL BOUNDS(256) void Transpose(const float *x, float *y, int rows, int columns)
{
    SHARED float tile[32 * 33];
    int tx = tid() % 32, ty = tid() / 32;
    for (int start = cta() * 32; start < columns; start += ncta() * 32) {
        int row = (cta_y() * 32) + ty;
#pragma unroll
        for (int k = 0; k < 4; k++)
            tile[((ty + (k * 8)) * 33) + tx] = x[((row + (k * 8)) * columns) + start + tx];
        __syncthreads();
#pragma unroll
        for (int k = 0; k < 4; k++)
            y[((start + ty + (k * 8)) * rows) + (cta_y() * 32) + tx] = tile[(tx * 33) + ty + (k * 8)];
        __syncthreads();
    }
}

DEVICE void put(float *tile_a, float *tile_b, float4 a, float4 b, int buffer, int t)
{
    int at = (buffer * 1056) + (t % 2 * 528) + (t / 2);
    tile_a[at] = a.x;
    tile_a[at + 132] = a.y;
    tile_a[at + 264] = a.z;
    tile_a[at + 396] = a.w;
    ((float4 *)tile_b)[(buffer * 256) + t] = b;
}

DEVICE void multiply(const float *tile_a, const float *tile_b, float *sums, int tx, int ty)
{
#pragma unroll
    for (int k = 0; k < 8; k++) {
        float a[8], b[8];
        *(float4 *)a = *(const float4 *)(tile_a + (k * 132) + (ty * 8));
        *(float4 *)(a + 4) = *(const float4 *)(tile_a + (k * 132) + (ty * 8) + 4);
        *(float4 *)b = *(const float4 *)(tile_b + (k * 128) + (tx * 8));
        *(float4 *)(b + 4) = *(const float4 *)(tile_b + (k * 128) + (tx * 8) + 4);
#pragma unroll
        for (int i = 0; i < 8; i++)
#pragma unroll
            for (int j = 0; j < 8; j++)
                sums[(i * 8) + j] = __builtin_fmaf(a[i], b[j], sums[(i * 8) + j]);
    }
}

GLOBAL BOUNDS(256) void Tile(const float4 *a, const float4 *b, float4 *c, int n4, int k4)
{
    SHARED __attribute__((aligned(16))) float tile_a[2 * 8 * 132];
    SHARED __attribute__((aligned(16))) float tile_b[2 * 8 * 128];
    float sums[64];
#pragma unroll
    for (int i = 0; i < 64; i++)
        sums[i] = 0;
    int t = tid(), tx = t % 16, ty = t / 16, row = cta_y() * 128, column4 = cta() * 32;
    int from_a = ((row + (t / 2)) * k4) + (t % 2), from_b = ((t / 32) * n4) + column4 + (t % 32), buffer = 0;
    put(tile_a, tile_b, a[from_a], b[from_b], 0, t);
    __syncthreads();
    for (int k = 2; k < k4; k += 2) {
        float4 next_a = a[from_a + k], next_b = b[from_b + (k * 4 * n4)];
        multiply(tile_a + (buffer * 1056), tile_b + (buffer * 1024), sums, tx, ty);
        buffer ^= 1;
        put(tile_a, tile_b, next_a, next_b, buffer, t);
        __syncthreads();
    }
    multiply(tile_a + (buffer * 1056), tile_b + (buffer * 1024), sums, tx, ty);
#pragma unroll
    for (int i = 0; i < 8; i++)
#pragma unroll
        for (int j = 0; j < 2; j++) {
            int at = (i * 8) + (j * 4);
            c[((row + (ty * 8) + i) * n4) + column4 + (tx * 2) + j] = (float4){sums[at], sums[at + 1], sums[at + 2], sums[at + 3]};
        }
}
