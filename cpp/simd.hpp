// The vectors of one instruction set, and the few operations the kernels need on them.
//
// V<T> holds W<T> numbers of type T, I<T> as many integers of the same width. Arithmetic, comparisons and
// `mask ? a : b` are the compiler's own vector extension (GCC, Clang); only what it cannot say is spelled out
// per instruction set below. Everything lives in a namespace named after the instruction set, and nothing of
// the standard library is used inline, so that no code compiled for a newer processor can leak into code that
// runs on an older one.
#pragma once

#include <cstddef>
#include <cstdint>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#if defined(__AVX512F__)
#define SOFTARGMAX_VECTOR_BYTES 64
#elif defined(__AVX2__)
#define SOFTARGMAX_VECTOR_BYTES 32
#else
#define SOFTARGMAX_VECTOR_BYTES 16
#endif

#define SOFTARGMAX_INLINE inline __attribute__((always_inline))
#define SOFTARGMAX_FLAT __attribute__((always_inline))  // for a lambda: what it captures stays in registers

namespace softargmax {
namespace SOFTARGMAX_ISA {

using std::int32_t;
using std::int64_t;
using std::ptrdiff_t;
using std::size_t;

template <class T>
struct VectorTypes;
template <>
struct VectorTypes<float> {
    typedef float real __attribute__((vector_size(SOFTARGMAX_VECTOR_BYTES)));
    typedef int32_t integer __attribute__((vector_size(SOFTARGMAX_VECTOR_BYTES)));
    typedef std::uint32_t natural __attribute__((vector_size(SOFTARGMAX_VECTOR_BYTES)));
};
template <>
struct VectorTypes<double> {
    typedef double real __attribute__((vector_size(SOFTARGMAX_VECTOR_BYTES)));
    typedef int64_t integer __attribute__((vector_size(SOFTARGMAX_VECTOR_BYTES)));
    typedef std::uint64_t natural __attribute__((vector_size(SOFTARGMAX_VECTOR_BYTES)));
};

template <class T>
using V = typename VectorTypes<T>::real;
template <class T>
using I = typename VectorTypes<T>::integer;
template <class T>
using U = typename VectorTypes<T>::natural;
template <class T>
constexpr size_t W = SOFTARGMAX_VECTOR_BYTES / sizeof(T);

// A vector consists of 16-byte parts. One part holds a row's next `kPart<T>` classes when rows are transposed.
template <class T>
constexpr size_t kPart = 16 / sizeof(T);

#if defined(__FMA__) || defined(__aarch64__)
constexpr bool kFused = true;  // the processor multiplies and adds in one rounding
#else
constexpr bool kFused = false;
#endif

template <class T>
SOFTARGMAX_INLINE V<T> load(const T *from) {
    V<T> v;
    __builtin_memcpy(&v, from, sizeof v);
    return v;
}

template <class T>
SOFTARGMAX_INLINE void store(T *to, V<T> v) {
    __builtin_memcpy(to, &v, sizeof v);
}

template <class T>
SOFTARGMAX_INLINE V<T> splat(T value) {
    return value - V<T>{};
}

template <class T>
SOFTARGMAX_INLINE V<T> keep(I<T> mask, V<T> v) {  // v where the mask is set, 0 elsewhere
    return (V<T>)((I<T>)v & mask);
}

template <class T>
SOFTARGMAX_INLINE V<T> magnitude(V<T> v) {
    return (V<T>)((I<T>)v & ~(I<T>)splat(T(-0.0)));
}

// ---- Per instruction set --------------------------------------------------------------------------------
// fma(a, b, c)       a b + c, in one rounding where the processor can
// max(a, b)          a > b ? a : b, so that NaN in either gives b
// low, high          the two halves of a float vector as double;  join  the inverse, rounding
// widened_at         W<double> floats in memory as double
// zip_low, zip_high  a0 b0 a1 b1 ... within each 16-byte part, of its lower or upper half
// load_parts         part k from `from + k step`;  store_part  part k
// any                is any lane of the mask set?  bits  a bit per lane of it, that of lane 0 first
// load_some          the first `count` < W<T> numbers, `rest` in the other lanes;  store_some  only those

#if SOFTARGMAX_VECTOR_BYTES == 64
SOFTARGMAX_INLINE V<float> fma(V<float> a, V<float> b, V<float> c) {
    return (V<float>)_mm512_fmadd_ps((__m512)a, (__m512)b, (__m512)c);
}
SOFTARGMAX_INLINE V<double> fma(V<double> a, V<double> b, V<double> c) {
    return (V<double>)_mm512_fmadd_pd((__m512d)a, (__m512d)b, (__m512d)c);
}
SOFTARGMAX_INLINE V<float> max(V<float> a, V<float> b) { return (V<float>)_mm512_max_ps((__m512)a, (__m512)b); }
SOFTARGMAX_INLINE V<double> max(V<double> a, V<double> b) { return (V<double>)_mm512_max_pd((__m512d)a, (__m512d)b); }
SOFTARGMAX_INLINE V<double> low(V<float> v) { return (V<double>)_mm512_cvtps_pd(_mm512_castps512_ps256((__m512)v)); }
SOFTARGMAX_INLINE V<double> high(V<float> v) {
    return (V<double>)_mm512_cvtps_pd(_mm256_castpd_ps(_mm512_extractf64x4_pd(_mm512_castps_pd((__m512)v), 1)));
}
SOFTARGMAX_INLINE V<double> widened_at(const float *from) { return (V<double>)_mm512_cvtps_pd(_mm256_loadu_ps(from)); }
SOFTARGMAX_INLINE V<float> join(V<double> a, V<double> b) {
    const __m512d first = _mm512_castpd256_pd512(_mm256_castps_pd(_mm512_cvtpd_ps((__m512d)a)));
    return (V<float>)_mm512_castpd_ps(_mm512_insertf64x4(first, _mm256_castps_pd(_mm512_cvtpd_ps((__m512d)b)), 1));
}
SOFTARGMAX_INLINE V<float> zip_low(V<float> a, V<float> b) {
    return (V<float>)_mm512_unpacklo_ps((__m512)a, (__m512)b);
}
SOFTARGMAX_INLINE V<float> zip_high(V<float> a, V<float> b) {
    return (V<float>)_mm512_unpackhi_ps((__m512)a, (__m512)b);
}
SOFTARGMAX_INLINE V<double> zip_low(V<double> a, V<double> b) {
    return (V<double>)_mm512_unpacklo_pd((__m512d)a, (__m512d)b);
}
SOFTARGMAX_INLINE V<double> zip_high(V<double> a, V<double> b) {
    return (V<double>)_mm512_unpackhi_pd((__m512d)a, (__m512d)b);
}
template <class T>
SOFTARGMAX_INLINE V<T> load_parts(const T *from, ptrdiff_t step) {
    __m512 v = _mm512_castps128_ps512(_mm_loadu_ps((const float *)from));
    v = _mm512_insertf32x4(v, _mm_loadu_ps((const float *)(from + step)), 1);
    v = _mm512_insertf32x4(v, _mm_loadu_ps((const float *)(from + 2 * step)), 2);
    return (V<T>)_mm512_insertf32x4(v, _mm_loadu_ps((const float *)(from + 3 * step)), 3);
}
template <int part, class T>
SOFTARGMAX_INLINE void store_part(T *to, V<T> v) {
    _mm_storeu_ps((float *)to, _mm512_extractf32x4_ps((__m512)v, part));
}
SOFTARGMAX_INLINE V<float> load_some(const float *from, size_t count, float rest) {
    return (V<float>)_mm512_mask_loadu_ps(_mm512_set1_ps(rest), __mmask16((1u << count) - 1), from);
}
SOFTARGMAX_INLINE V<double> load_some(const double *from, size_t count, double rest) {
    return (V<double>)_mm512_mask_loadu_pd(_mm512_set1_pd(rest), __mmask8((1u << count) - 1), from);
}
SOFTARGMAX_INLINE void store_some(float *to, V<float> v, size_t count) {
    _mm512_mask_storeu_ps(to, __mmask16((1u << count) - 1), (__m512)v);
}
SOFTARGMAX_INLINE void store_some(double *to, V<double> v, size_t count) {
    _mm512_mask_storeu_pd(to, __mmask8((1u << count) - 1), (__m512d)v);
}
SOFTARGMAX_INLINE bool any(I<float> mask) { return _mm512_test_epi32_mask((__m512i)mask, (__m512i)mask) != 0; }
SOFTARGMAX_INLINE bool any(I<double> mask) { return _mm512_test_epi64_mask((__m512i)mask, (__m512i)mask) != 0; }
SOFTARGMAX_INLINE unsigned bits(I<float> mask) { return _mm512_test_epi32_mask((__m512i)mask, (__m512i)mask); }
SOFTARGMAX_INLINE unsigned bits(I<double> mask) { return _mm512_test_epi64_mask((__m512i)mask, (__m512i)mask); }

#elif SOFTARGMAX_VECTOR_BYTES == 32
SOFTARGMAX_INLINE V<float> fma(V<float> a, V<float> b, V<float> c) {
    return (V<float>)_mm256_fmadd_ps((__m256)a, (__m256)b, (__m256)c);
}
SOFTARGMAX_INLINE V<double> fma(V<double> a, V<double> b, V<double> c) {
    return (V<double>)_mm256_fmadd_pd((__m256d)a, (__m256d)b, (__m256d)c);
}
SOFTARGMAX_INLINE V<float> max(V<float> a, V<float> b) { return (V<float>)_mm256_max_ps((__m256)a, (__m256)b); }
SOFTARGMAX_INLINE V<double> max(V<double> a, V<double> b) { return (V<double>)_mm256_max_pd((__m256d)a, (__m256d)b); }
SOFTARGMAX_INLINE V<double> low(V<float> v) { return (V<double>)_mm256_cvtps_pd(_mm256_castps256_ps128((__m256)v)); }
SOFTARGMAX_INLINE V<double> high(V<float> v) { return (V<double>)_mm256_cvtps_pd(_mm256_extractf128_ps((__m256)v, 1)); }
SOFTARGMAX_INLINE V<double> widened_at(const float *from) { return (V<double>)_mm256_cvtps_pd(_mm_loadu_ps(from)); }
SOFTARGMAX_INLINE V<float> join(V<double> a, V<double> b) {
    const __m256 first = _mm256_castps128_ps256(_mm256_cvtpd_ps((__m256d)a));
    return (V<float>)_mm256_insertf128_ps(first, _mm256_cvtpd_ps((__m256d)b), 1);
}
SOFTARGMAX_INLINE V<float> zip_low(V<float> a, V<float> b) {
    return (V<float>)_mm256_unpacklo_ps((__m256)a, (__m256)b);
}
SOFTARGMAX_INLINE V<float> zip_high(V<float> a, V<float> b) {
    return (V<float>)_mm256_unpackhi_ps((__m256)a, (__m256)b);
}
SOFTARGMAX_INLINE V<double> zip_low(V<double> a, V<double> b) {
    return (V<double>)_mm256_unpacklo_pd((__m256d)a, (__m256d)b);
}
SOFTARGMAX_INLINE V<double> zip_high(V<double> a, V<double> b) {
    return (V<double>)_mm256_unpackhi_pd((__m256d)a, (__m256d)b);
}
template <class T>
SOFTARGMAX_INLINE V<T> load_parts(const T *from, ptrdiff_t step) {
    const __m256 v = _mm256_castps128_ps256(_mm_loadu_ps((const float *)from));
    return (V<T>)_mm256_insertf128_ps(v, _mm_loadu_ps((const float *)(from + step)), 1);
}
template <int part, class T>
SOFTARGMAX_INLINE void store_part(T *to, V<T> v) {
    _mm_storeu_ps((float *)to, _mm256_extractf128_ps((__m256)v, part));
}
alignas(64) constexpr int32_t kFirstLanes[16] = {-1, -1, -1, -1, -1, -1, -1, -1, 0, 0, 0, 0, 0, 0, 0, 0};
template <class T>
SOFTARGMAX_INLINE I<T> first_lanes(size_t count) {
    I<T> mask;
    __builtin_memcpy(&mask, (const char *)(kFirstLanes + 8) - count * sizeof(T), sizeof mask);
    return mask;
}
SOFTARGMAX_INLINE V<float> load_some(const float *from, size_t count, float rest) {
    const I<float> mask = first_lanes<float>(count);
    return mask ? (V<float>)_mm256_maskload_ps(from, (__m256i)mask) : splat(rest);
}
SOFTARGMAX_INLINE V<double> load_some(const double *from, size_t count, double rest) {
    const I<double> mask = first_lanes<double>(count);
    return mask ? (V<double>)_mm256_maskload_pd(from, (__m256i)mask) : splat(rest);
}
SOFTARGMAX_INLINE void store_some(float *to, V<float> v, size_t count) {
    _mm256_maskstore_ps(to, (__m256i)first_lanes<float>(count), (__m256)v);
}
SOFTARGMAX_INLINE void store_some(double *to, V<double> v, size_t count) {
    _mm256_maskstore_pd(to, (__m256i)first_lanes<double>(count), (__m256d)v);
}
template <class M>
SOFTARGMAX_INLINE bool any(M mask) {
    return !_mm256_testz_si256((__m256i)mask, (__m256i)mask);
}
SOFTARGMAX_INLINE unsigned bits(I<float> mask) { return unsigned(_mm256_movemask_ps((__m256)mask)); }
SOFTARGMAX_INLINE unsigned bits(I<double> mask) { return unsigned(_mm256_movemask_pd((__m256d)mask)); }

#else  // 16 bytes: SSE without fma, NEON, and whatever else a compiler has 16-byte vectors for
#if defined(__aarch64__)
template <class T>
SOFTARGMAX_INLINE V<T> fma(V<T> a, V<T> b, V<T> c) {
    for (size_t i = 0; i < W<T>; ++i)
        c[i] = sizeof(T) == 4 ? T(__builtin_fmaf(a[i], b[i], c[i])) : T(__builtin_fma(a[i], b[i], c[i]));
    return c;
}
#else
template <class T>
SOFTARGMAX_INLINE V<T> fma(V<T> a, V<T> b, V<T> c) {
    return a * b + c;
}
#endif
SOFTARGMAX_INLINE V<float> fma(V<float> a, V<float> b, V<float> c) { return fma<float>(a, b, c); }
SOFTARGMAX_INLINE V<double> fma(V<double> a, V<double> b, V<double> c) { return fma<double>(a, b, c); }
SOFTARGMAX_INLINE V<float> max(V<float> a, V<float> b) { return a > b ? a : b; }
SOFTARGMAX_INLINE V<double> max(V<double> a, V<double> b) { return a > b ? a : b; }
#if defined(__x86_64__)
SOFTARGMAX_INLINE V<double> low(V<float> v) { return (V<double>)_mm_cvtps_pd((__m128)v); }
SOFTARGMAX_INLINE V<double> high(V<float> v) { return (V<double>)_mm_cvtps_pd(_mm_movehl_ps((__m128)v, (__m128)v)); }
SOFTARGMAX_INLINE V<double> widened_at(const float *from) {
    double pair;
    __builtin_memcpy(&pair, from, sizeof pair);
    return (V<double>)_mm_cvtps_pd(_mm_castpd_ps(_mm_set_sd(pair)));
}
SOFTARGMAX_INLINE V<float> join(V<double> a, V<double> b) {
    return (V<float>)_mm_movelh_ps(_mm_cvtpd_ps((__m128d)a), _mm_cvtpd_ps((__m128d)b));
}
#else
typedef float Pair __attribute__((vector_size(8)));
SOFTARGMAX_INLINE V<double> widened_at(const float *from) {
    Pair pair;
    __builtin_memcpy(&pair, from, sizeof pair);
    return __builtin_convertvector(pair, V<double>);
}
SOFTARGMAX_INLINE V<double> low(V<float> v) { return widened_at((const float *)&v); }
SOFTARGMAX_INLINE V<double> high(V<float> v) { return widened_at((const float *)&v + 2); }
SOFTARGMAX_INLINE V<float> join(V<double> a, V<double> b) {
    const Pair halves[2] = {__builtin_convertvector(a, Pair), __builtin_convertvector(b, Pair)};
    V<float> v;
    __builtin_memcpy(&v, halves, sizeof v);
    return v;
}
#endif
SOFTARGMAX_INLINE V<float> zip_low(V<float> a, V<float> b) { return __builtin_shufflevector(a, b, 0, 4, 1, 5); }
SOFTARGMAX_INLINE V<float> zip_high(V<float> a, V<float> b) { return __builtin_shufflevector(a, b, 2, 6, 3, 7); }
SOFTARGMAX_INLINE V<double> zip_low(V<double> a, V<double> b) { return V<double>{a[0], b[0]}; }
SOFTARGMAX_INLINE V<double> zip_high(V<double> a, V<double> b) { return V<double>{a[1], b[1]}; }
template <class T>
SOFTARGMAX_INLINE V<T> load_parts(const T *from, ptrdiff_t) {
    return load(from);
}
template <int part, class T>
SOFTARGMAX_INLINE void store_part(T *to, V<T> v) {
    store(to, v);
}
template <class T>
SOFTARGMAX_INLINE V<T> load_some(const T *from, size_t count, T rest) {
    V<T> v = splat(rest);
#pragma GCC unroll 4
    for (size_t i = 0; i + 1 < W<T>; ++i)
        if (i < count) v[i] = from[i];
    return v;
}
template <class T>
SOFTARGMAX_INLINE void store_some(T *to, V<T> v, size_t count) {
#pragma GCC unroll 4
    for (size_t i = 0; i + 1 < W<T>; ++i)
        if (i < count) to[i] = v[i];
}
template <class M>
SOFTARGMAX_INLINE bool any(M mask) {
    int64_t parts[2];
    __builtin_memcpy(parts, &mask, sizeof parts);
    return (parts[0] | parts[1]) != 0;
}
template <class M>
SOFTARGMAX_INLINE unsigned bits(M mask) {
    unsigned result = 0;
    for (size_t i = 0; i < sizeof mask / sizeof mask[0]; ++i) result |= unsigned(mask[i] & 1) << i;
    return result;
}
#endif

// 0, 1, 2, ...
template <class T>
SOFTARGMAX_INLINE I<T> lane_numbers() {
    I<T> lanes;
    for (size_t i = 0; i < W<T>; ++i) lanes[i] = static_cast<decltype(lanes[0] + 0)>(i);
    return lanes;
}

// Are two lanes of the mask or more set?
template <class M>
SOFTARGMAX_INLINE bool several(M mask) {
#if SOFTARGMAX_VECTOR_BYTES == 64
    const unsigned set = sizeof(mask[0]) == 4 ? unsigned(_mm512_movepi32_mask((__m512i)mask))
                                              : unsigned(_mm512_movepi64_mask((__m512i)mask));
    return (set & (set - 1)) != 0;
#elif SOFTARGMAX_VECTOR_BYTES == 32
    const unsigned set =
        sizeof(mask[0]) == 4 ? unsigned(_mm256_movemask_ps((__m256)mask)) : unsigned(_mm256_movemask_pd((__m256d)mask));
    return (set & (set - 1)) != 0;
#else
    auto set = mask[0];
    for (size_t i = 1; i < 16 / sizeof(mask[0]); ++i) set += mask[i];
    return set < -1;
#endif
}

// The number in one lane, in all lanes.
template <class T>
SOFTARGMAX_INLINE V<T> spread(V<T> v, size_t lane) {
    return splat<T>(v[lane]);
}

// Folds the lanes of a vector into one number, always in the same order.
template <class T>
SOFTARGMAX_INLINE T largest_lane(V<T> v) {
    T lanes[W<T>];
    store(lanes, v);
    for (size_t width = W<T> / 2; width > 0; width /= 2)
        for (size_t i = 0; i < width; ++i) lanes[i] = lanes[i] > lanes[i + width] ? lanes[i] : lanes[i + width];
    return lanes[0];
}

template <class T>
SOFTARGMAX_INLINE T sum_of_lanes(V<T> v) {
    T sum = v[0];
    for (size_t i = 1; i < W<T>; ++i) sum += v[i];
    return sum;
}

}  // namespace SOFTARGMAX_ISA
}  // namespace softargmax
