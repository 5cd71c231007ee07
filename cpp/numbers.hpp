// Reading and writing rows of any kind of number, at any stride, as float or double.
#pragma once

#include <type_traits>

#include "kernels.hpp"
#include "simd.hpp"

namespace softargmax {
namespace SOFTARGMAX_ISA {

struct Half {
    std::uint16_t bits;
};
struct BFloat {
    std::uint16_t bits;
};

SOFTARGMAX_INLINE float as_float(std::uint32_t bits) {
    float value;
    __builtin_memcpy(&value, &bits, sizeof value);
    return value;
}

SOFTARGMAX_INLINE std::uint32_t bits_of(float value) {
    std::uint32_t bits;
    __builtin_memcpy(&bits, &value, sizeof bits);
    return bits;
}

SOFTARGMAX_INLINE float widen(BFloat x) { return as_float(std::uint32_t(x.bits) << 16); }

// The upper half of a float, rounded to nearest even; NaN stays NaN.
SOFTARGMAX_INLINE BFloat to_bfloat(float x) {
    const std::uint32_t bits = bits_of(x), quiet = (bits >> 16) | 0x40;
    const std::uint32_t rounded = (bits + 0x7fff + ((bits >> 16) & 1)) >> 16;
    return {std::uint16_t(x != x ? quiet : rounded)};
}

// Shifting a half's 15 bits into a float's place is right but for the exponent, which one multiplication by
// 2^112 repairs, subnormals included; inf and NaN keep the largest exponent.
SOFTARGMAX_INLINE float widen(Half x) {
#if defined(__F16C__)
    return _cvtsh_ss(x.bits);
#else
    const std::uint32_t sign = std::uint32_t(x.bits & 0x8000) << 16;
    const std::uint32_t rest = std::uint32_t(x.bits & 0x7fff) << 13;
    if (rest >= 0x0f800000) return as_float(sign | rest | 0x7f800000);
    return as_float(sign | bits_of(as_float(rest) * 0x1p112f));
#endif
}

// Rounded to nearest even. Below 2^-14 a half is a multiple of 2^-24: adding 2^-1 lets the float adder round.
SOFTARGMAX_INLINE Half to_half(float x) {
#if defined(__F16C__)
    return {std::uint16_t(_cvtss_sh(x, _MM_FROUND_TO_NEAREST_INT))};
#else
    const std::uint32_t bits = bits_of(x), sign = (bits >> 16) & 0x8000, size = bits & 0x7fffffff;
    if (size > 0x7f800000) return {std::uint16_t(sign | 0x7e00)};
    if (size >= 0x477ff000) return {std::uint16_t(sign | 0x7c00)};
    if (size < 0x38800000) return {std::uint16_t(sign | (bits_of(as_float(size) + 0.5f) - bits_of(0.5f)))};
    return {std::uint16_t(sign | ((size - 0x38000000 + 0xfff + ((size >> 13) & 1)) >> 13))};
#endif
}

template <class T, class From>
SOFTARGMAX_INLINE T converted(From x) {
    return T(x);
}
template <class T>
SOFTARGMAX_INLINE T converted(Half x) {
    return T(widen(x));
}
template <class T>
SOFTARGMAX_INLINE T converted(BFloat x) {
    return T(widen(x));
}

#if defined(__F16C__)
// Eight at a time: no compiler at hand makes vectors of the conversions above by itself.
SOFTARGMAX_INLINE size_t widen_eights(const char *from, size_t count, float *to) {
    size_t i = 0;
    for (; i + 8 <= count; i += 8)
        _mm256_storeu_ps(to + i, _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)(from + 2 * i))));
    return i;
}
SOFTARGMAX_INLINE size_t narrow_eights(const float *from, size_t count, char *to) {
    size_t i = 0;
    for (; i + 8 <= count; i += 8)
        _mm_storeu_si128((__m128i *)(to + 2 * i),
                         _mm256_cvtps_ph(_mm256_loadu_ps(from + i), _MM_FROUND_TO_NEAREST_INT));
    return i;
}
#endif

template <class T, class From>
void read_as(const char *from, ptrdiff_t stride, size_t count, T *to) {
    if (stride == ptrdiff_t(sizeof(From))) {
        size_t i = 0;
#if defined(__F16C__)
        if constexpr (sizeof(T) == 4 && std::is_same_v<From, Half>) i = widen_eights(from, count, to);
#endif
        for (; i < count; ++i) {
            From x;
            __builtin_memcpy(&x, from + i * sizeof(From), sizeof x);
            to[i] = converted<T>(x);
        }
        return;
    }
    for (size_t i = 0; i < count; ++i, from += stride) {
        From x;
        __builtin_memcpy(&x, from, sizeof x);
        to[i] = converted<T>(x);
    }
}

template <class T>
void read_numbers(Kind kind, const char *from, ptrdiff_t stride, size_t count, T *to) {
    switch (kind) {
        case Kind::float16:
            return read_as<T, Half>(from, stride, count, to);
        case Kind::bfloat16:
            return read_as<T, BFloat>(from, stride, count, to);
        case Kind::float32:
            return read_as<T, float>(from, stride, count, to);
        case Kind::float64:
            return read_as<T, double>(from, stride, count, to);
        case Kind::int8:
            return read_as<T, std::int8_t>(from, stride, count, to);
        case Kind::int16:
            return read_as<T, std::int16_t>(from, stride, count, to);
        case Kind::int32:
            return read_as<T, std::int32_t>(from, stride, count, to);
        case Kind::int64:
            return read_as<T, std::int64_t>(from, stride, count, to);
        case Kind::uint8:
            return read_as<T, std::uint8_t>(from, stride, count, to);
        case Kind::uint16:
            return read_as<T, std::uint16_t>(from, stride, count, to);
        case Kind::uint32:
            return read_as<T, std::uint32_t>(from, stride, count, to);
        case Kind::uint64:
            return read_as<T, std::uint64_t>(from, stride, count, to);
        case Kind::boolean:
            return read_as<T, std::uint8_t>(from, stride, count, to);
    }
}

template <class To, class T, class Convert>
SOFTARGMAX_INLINE void write_as(char *to, ptrdiff_t stride, size_t count, const T *from, Convert convert) {
    if (stride == ptrdiff_t(sizeof(To))) {
        size_t i = 0;
#if defined(__F16C__)
        if constexpr (sizeof(T) == 4 && std::is_same_v<To, Half>) i = narrow_eights(from, count, to);
#endif
        for (; i < count; ++i) {
            const To x = convert(from[i]);
            __builtin_memcpy(to + i * sizeof(To), &x, sizeof x);
        }
        return;
    }
    for (size_t i = 0; i < count; ++i, to += stride) {
        const To x = convert(from[i]);
        __builtin_memcpy(to, &x, sizeof x);
    }
}

template <class T>
void write_numbers(Kind kind, char *to, ptrdiff_t stride, size_t count, const T *from) {
    switch (kind) {
        case Kind::float16:
            return write_as<Half>(to, stride, count, from, [](T x) { return to_half(float(x)); });
        case Kind::bfloat16:
            return write_as<BFloat>(to, stride, count, from, [](T x) { return to_bfloat(float(x)); });
        case Kind::float32:
            return write_as<float>(to, stride, count, from, [](T x) { return float(x); });
        default:
            return write_as<double>(to, stride, count, from, [](T x) { return double(x); });
    }
}

template <class T>
constexpr Kind kKindOf = sizeof(T) == 4 ? Kind::float32 : Kind::float64;

template <class T>
SOFTARGMAX_INLINE const char *row_of(const Operand &operand, size_t row) {
    return operand.data + ptrdiff_t(row) * operand.row;
}

// Is the row, as it lies in memory, an array of T?
template <class T>
SOFTARGMAX_INLINE bool is_plain_row(const Operand &operand) {
    return operand.kind == kKindOf<T> && operand.col == ptrdiff_t(sizeof(T));
}

}  // namespace SOFTARGMAX_ISA
}  // namespace softargmax
