#include "linear.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "vectors.hpp"

namespace softargmax {
namespace {

// A tile's classes as vectors that the compiler keeps in registers, which it does not do for an array of numbers.
template <class T>
struct Lanes {
    typedef T Vector __attribute__((vector_size(32), aligned(sizeof(T)), may_alias));
    static constexpr std::size_t kCount = 32 / sizeof(T);
};

template <std::size_t kTileClasses, class T>
__attribute__((always_inline)) inline void forward_tiles(const SparseRows<T> &x, const Tiles<const T> &coefficients,
                                                         T *out) {
    using Vector = typename Lanes<T>::Vector;
    constexpr std::size_t lanes = Lanes<T>::kCount, count = kTileClasses / lanes;
    const std::size_t width = coefficients.tiles * kTileClasses;
    for (std::size_t tile = 0; tile < coefficients.tiles; ++tile) {
        const T *from = coefficients.data + tile * coefficients.features * kTileClasses;
        for (std::size_t row = 0; row < x.rows; ++row) {
            auto *to = reinterpret_cast<Vector *>(out + row * width + tile * kTileClasses);
            Vector sum[count];
#pragma GCC unroll 16
            for (std::size_t c = 0; c < count; ++c) sum[c] = to[c];
            for (std::int32_t i = x.starts[row]; i < x.starts[row + 1]; ++i) {
                const T value = x.values[i];
                const auto *coefficient =
                    reinterpret_cast<const Vector *>(from + static_cast<std::size_t>(x.columns[i]) * kTileClasses);
#pragma GCC unroll 16
                for (std::size_t c = 0; c < count; ++c) sum[c] += value * coefficient[c];
            }
#pragma GCC unroll 16
            for (std::size_t c = 0; c < count; ++c) to[c] = sum[c];
        }
    }
}

template <std::size_t kTileClasses, class T>
__attribute__((always_inline)) inline void backward_tiles(const SparseRows<T> &x, const T *residuals,
                                                          const Tiles<T> &gradient) {
    using Vector = typename Lanes<T>::Vector;
    constexpr std::size_t lanes = Lanes<T>::kCount, count = kTileClasses / lanes;
    const std::size_t width = gradient.tiles * kTileClasses;
    for (std::size_t tile = 0; tile < gradient.tiles; ++tile) {
        T *to = gradient.data + tile * gradient.features * kTileClasses;
        for (std::size_t row = 0; row < x.rows; ++row) {
            const auto *from = reinterpret_cast<const Vector *>(residuals + row * width + tile * kTileClasses);
            Vector residual[count];
#pragma GCC unroll 16
            for (std::size_t c = 0; c < count; ++c) residual[c] = from[c];
            for (std::int32_t i = x.starts[row]; i < x.starts[row + 1]; ++i) {
                const T value = x.values[i];
                auto *sum = reinterpret_cast<Vector *>(to + static_cast<std::size_t>(x.columns[i]) * kTileClasses);
#pragma GCC unroll 16
                for (std::size_t c = 0; c < count; ++c) sum[c] += value * residual[c];
            }
        }
    }
}

template <class T>
__attribute__((always_inline)) inline void forward(const SparseRows<T> &x, const Tiles<const T> &coefficients, T *out) {
    switch (coefficients.classes) {
        case 8:
            return forward_tiles<8>(x, coefficients, out);
        case 16:
            return forward_tiles<16>(x, coefficients, out);
        default:
            return forward_tiles<32>(x, coefficients, out);
    }
}

template <class T>
__attribute__((always_inline)) inline void backward(const SparseRows<T> &x, const T *residuals,
                                                    const Tiles<T> &gradient) {
    switch (gradient.classes) {
        case 8:
            return backward_tiles<8>(x, residuals, gradient);
        case 16:
            return backward_tiles<16>(x, residuals, gradient);
        default:
            return backward_tiles<32>(x, residuals, gradient);
    }
}

template <class From, class T>
__attribute__((always_inline)) inline void standardize_rows(const From *from, std::size_t rows, std::size_t features,
                                                            const T *mean, const T *inverse, T *to,
                                                            std::size_t stride) {
    for (std::size_t row = 0; row < rows; ++row, from += features, to += stride)
        for (std::size_t j = 0; j < features; ++j) to[j] = (static_cast<T>(from[j]) - mean[j]) * inverse[j];
}

__attribute__((always_inline)) inline double dot(const double *a, const double *b, std::size_t n) {
    double sums[8] = {};
    std::size_t i = 0;
    for (; i + 8 <= n; i += 8)
        for (std::size_t lane = 0; lane < 8; ++lane) sums[lane] += a[i + lane] * b[i + lane];
    double sum = ((sums[0] + sums[4]) + (sums[1] + sums[5])) + ((sums[2] + sums[6]) + (sums[3] + sums[7]));
    for (; i < n; ++i) sum += a[i] * b[i];
    return sum;
}

__attribute__((always_inline)) inline void add_scaled(double *to, double factor, const double *from, std::size_t n) {
    for (std::size_t i = 0; i < n; ++i) to[i] += factor * from[i];
}

class Descent {
public:
    Descent(const QuadraticModel &model, double *step)
        : m_(model),
          step_(step),
          product_(model.features * model.classes),
          low_rank_(model.rank),
          diagonal_(model.features * model.classes) {
        std::fill_n(step, m_.features * m_.classes, 0.0);
        for (std::size_t k = 0; k < m_.classes; ++k)
            for (std::size_t j = 0; j < m_.features; ++j) {
                const std::size_t i = k * m_.features + j;
                diagonal_[i] = m_.curvature[k * m_.classes + k] * m_.gram[j * m_.features + j] + m_.ridge[j] +
                               dot(m_.u + i * m_.rank, m_.w + i * m_.rank, m_.rank);
            }
    }

    // Moves every coordinate, or every one that is not 0; gives the decrease of the model, twice.
    double sweep(bool all) { return vectorised<move_each>(this, all); }

private:
    // Moves one coordinate to its best value; gives the decrease of the model, twice.
    __attribute__((always_inline)) inline double move(std::size_t k, std::size_t j) {
        const std::size_t i = k * m_.features + j;
        const double curvature = diagonal_[i];
        if (!(curvature > 0.0)) return 0.0;
        double slope = m_.gradient[i] + m_.ridge[j] * step_[i] + dot(m_.w + i * m_.rank, low_rank_.data(), m_.rank);
        for (std::size_t c = 0; c < m_.classes; ++c)
            slope += m_.curvature[k * m_.classes + c] * product_[c * m_.features + j];
        const double now = m_.start[i] + step_[i];
        const double target = now - slope / curvature, shrunk = std::fabs(target) - m_.l1[j] / curvature;
        const double change = (shrunk > 0.0 ? std::copysign(shrunk, target) : 0.0) - now;
        if (change == 0.0) return 0.0;
        step_[i] += change;
        add_scaled(product_.data() + k * m_.features, change, m_.gram + j * m_.features, m_.features);
        add_scaled(low_rank_.data(), change, m_.u + i * m_.rank, m_.rank);
        return curvature * change * change;
    }

    __attribute__((always_inline)) static inline double move_each(Descent *descent, bool all) {
        const QuadraticModel &model = descent->m_;
        double progress = 0.0;
        for (std::size_t k = 0; k < model.classes; ++k)
            for (std::size_t j = 0; j < model.features; ++j) {
                const std::size_t i = k * model.features + j;
                if (all || model.start[i] + descent->step_[i] != 0.0) progress += descent->move(k, j);
            }
        return progress;
    }

    const QuadraticModel &m_;
    double *step_;
    std::vector<double> product_;   // G D, [class][feature]
    std::vector<double> low_rank_;  // U^T D
    std::vector<double> diagonal_;
};

}  // namespace

void sparse_forward(const SparseRows<float> &x, const Tiles<const float> &coefficients, float *out) {
    vectorised<forward<float>>(x, coefficients, out);
}

void sparse_forward(const SparseRows<double> &x, const Tiles<const double> &coefficients, double *out) {
    vectorised<forward<double>>(x, coefficients, out);
}

void sparse_backward(const SparseRows<float> &x, const float *residuals, const Tiles<float> &gradient) {
    vectorised<backward<float>>(x, residuals, gradient);
}

void sparse_backward(const SparseRows<double> &x, const double *residuals, const Tiles<double> &gradient) {
    vectorised<backward<double>>(x, residuals, gradient);
}

void standardize(const float *from, std::size_t rows, std::size_t features, const float *mean, const float *inverse,
                 float *to, std::size_t stride) {
    vectorised<standardize_rows<float, float>>(from, rows, features, mean, inverse, to, stride);
}

void standardize(const float *from, std::size_t rows, std::size_t features, const double *mean, const double *inverse,
                 double *to, std::size_t stride) {
    vectorised<standardize_rows<float, double>>(from, rows, features, mean, inverse, to, stride);
}

void standardize(const double *from, std::size_t rows, std::size_t features, const double *mean, const double *inverse,
                 double *to, std::size_t stride) {
    vectorised<standardize_rows<double, double>>(from, rows, features, mean, inverse, to, stride);
}

std::size_t coordinate_descent(const QuadraticModel &model, double tol, std::size_t max_sweeps, double *step) {
    Descent descent(model, step);
    const double first = descent.sweep(true);
    std::size_t sweeps = 1;
    for (double progress = first; progress > tol * first && sweeps < max_sweeps; ++sweeps) {
        for (double part = progress; part > 0.1 * tol * first && sweeps < max_sweeps; ++sweeps)
            part = descent.sweep(false);
        progress = descent.sweep(true);
    }
    return sweeps;
}

}  // namespace softargmax
