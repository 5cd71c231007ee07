// What fitting a linear classifier needs beyond matrix products: sparse rows times many classes, and coordinate
// descent.
#pragma once

#include <cstddef>
#include <cstdint>

namespace softargmax {

// Compressed sparse rows.
template <class T>
struct SparseRows {
    std::size_t rows;
    const std::int32_t *starts;
    const std::int32_t *columns;
    const T *values;
};

// Coefficients or their gradient, tile by tile: [tile][feature][class of the tile]. A tile has 8, 16 or 32 classes:
// few enough that one tile of all coefficients stays near the processor.
template <class T>
struct Tiles {
    T *data;
    std::size_t tiles;
    std::size_t features;
    std::size_t classes;
};

// out[row][class] += sum over the row's features of value * coefficient; `out` has a column for every class of the
// tiles.
void sparse_forward(const SparseRows<float> &x, const Tiles<const float> &coefficients, float *out);
void sparse_forward(const SparseRows<double> &x, const Tiles<const double> &coefficients, double *out);

// gradient[feature][class] += sum over rows of value * residual[row][class].
void sparse_backward(const SparseRows<float> &x, const float *residuals, const Tiles<float> &gradient);
void sparse_backward(const SparseRows<double> &x, const double *residuals, const Tiles<double> &gradient);

// to[row][feature] = (from[row][feature] - mean[feature]) * inverse[feature], rows of `to` `stride` numbers apart.
void standardize(const float *from, std::size_t rows, std::size_t features, const float *mean, const float *inverse,
                 float *to, std::size_t stride);
void standardize(const float *from, std::size_t rows, std::size_t features, const double *mean, const double *inverse,
                 double *to, std::size_t stride);
void standardize(const double *from, std::size_t rows, std::size_t features, const double *mean, const double *inverse,
                 double *to, std::size_t stride);

// The quadratic model of a loss around coefficients V, with its curvature
//     B = A (x) G  +  diag(ridge)  +  U N U^T,      W = U N,
// and the penalty l1 |V + D|. Matrices over (feature, class) are class-major: [class][feature].
struct QuadraticModel {
    std::size_t features;
    std::size_t classes;
    std::size_t rank;
    const double *gram;       // G, [feature][feature]
    const double *curvature;  // A, [class][class]
    const double *ridge;      // [feature]
    const double *l1;         // [feature]
    const double *gradient;   // [class][feature]
    const double *start;      // V, [class][feature]
    const double *u;          // [class][feature][rank]
    const double *w;          // [class][feature][rank]
};

// Minimises the model by cyclic coordinate descent (Friedman, Hastie, Tibshirani, J. Stat. Softw. 33, 2010), full
// sweeps alternating with sweeps over the coordinates that are not zero, until a full sweep's progress is below `tol`
// times the first one's. Writes the step D and returns the number of sweeps.
std::size_t coordinate_descent(const QuadraticModel &model, double tol, std::size_t max_sweeps, double *step);

}  // namespace softargmax
