// What fitting needs beyond matrix products: arrays are checked and handed on as plain memory, without the GIL.
#include "fit_bindings.hpp"

#include <stdexcept>

#include "arguments.hpp"
#include "linear.hpp"
#include "tempering.hpp"
#include "training.hpp"
#include "trees.hpp"

namespace softargmax {
namespace {

template <class From, class T>
void standardize_block(nb::handle from, nb::handle mean, nb::handle inverse, PyArrayObject *to) {
    const std::size_t rows = length_of(from, 0, 2, "x"), features = length_of(from, 1, 2, "x");
    const auto *numbers = numbers_of<const From>(from, rows * features, "x");
    const auto *means = numbers_of<const T>(mean, features, "mean"),
               *inverses = numbers_of<const T>(inverse, features, "inverse");
    auto *out = static_cast<T *>(PyArray_DATA(to));
    const auto stride = static_cast<std::size_t>(PyArray_STRIDE(to, 0)) / sizeof(T);
    nb::gil_scoped_release release;
    standardize(numbers, rows, features, means, inverses, out, stride);
}

void standardize_any(nb::handle x, nb::handle mean, nb::handle inverse, nb::handle out) {
    PyArrayObject *to = as_array(out, "out");
    const int type = PyArray_TYPE(to), from = PyArray_TYPE(as_array(x, "x"));
    const auto size = static_cast<npy_intp>(PyArray_ITEMSIZE(to));
    if ((type != NPY_FLOAT && type != NPY_DOUBLE) || !PyArray_ISBEHAVED(to) || PyArray_NDIM(to) != 2 ||
        PyArray_DIM(to, 0) != static_cast<npy_intp>(length_of(x, 0, 2, "x")) ||
        PyArray_DIM(to, 1) != static_cast<npy_intp>(length_of(x, 1, 2, "x")) || PyArray_STRIDE(to, 1) != size ||
        PyArray_STRIDE(to, 0) < size * PyArray_DIM(to, 1) || PyArray_STRIDE(to, 0) % size != 0)
        throw std::invalid_argument("out: expected rows of floats or doubles, as many as x has");
    if (type == NPY_FLOAT) return standardize_block<float, float>(x, mean, inverse, to);
    if (from == NPY_FLOAT) return standardize_block<float, double>(x, mean, inverse, to);
    return standardize_block<double, double>(x, mean, inverse, to);
}

template <class T>
void sparse_product(nb::handle starts, nb::handle columns, nb::handle values, nb::handle dense, nb::handle tiles,
                    bool backward) {
    const std::size_t rows = length_of(dense, 0, 2, "dense"), count = length_of(tiles, 0, 3, "tiles"),
                      features = length_of(tiles, 1, 3, "tiles"), stored = length_of(values, 0, 1, "values");
    const SparseRows<T> x{rows, numbers_of<const std::int32_t>(starts, rows + 1, "starts"),
                          numbers_of<const std::int32_t>(columns, stored, "columns"),
                          numbers_of<const T>(values, stored, "values")};
    const std::size_t classes = length_of(tiles, 2, 3, "tiles"), width = count * classes;
    if (classes != 8 && classes != 16 && classes != 32)
        throw std::invalid_argument("tiles: expected 8, 16 or 32 classes");
    std::int32_t before = 0;
    for (std::size_t row = 0; row <= rows; ++row) {
        if (x.starts[row] < before || static_cast<std::size_t>(x.starts[row]) > stored)
            throw std::invalid_argument("starts: expected row starts that do not decrease");
        before = x.starts[row];
    }
    for (std::int32_t i = x.starts[0]; i < before; ++i)
        if (x.columns[i] < 0 || static_cast<std::size_t>(x.columns[i]) >= features)
            throw std::invalid_argument("columns: expected indices of features");
    if (backward) {
        const T *residuals = numbers_of<const T>(dense, rows * width, "dense");
        const Tiles<T> gradient{numbers_of<T>(tiles, width * features, "tiles"), count, features, classes};
        nb::gil_scoped_release release;
        sparse_backward(x, residuals, gradient);
    } else {
        T *out = numbers_of<T>(dense, rows * width, "dense");
        const Tiles<const T> coefficients{numbers_of<const T>(tiles, width * features, "tiles"), count, features,
                                          classes};
        nb::gil_scoped_release release;
        sparse_forward(x, coefficients, out);
    }
}

template <bool backward>
void sparse(nb::handle starts, nb::handle columns, nb::handle values, nb::handle dense, nb::handle tiles) {
    if (PyArray_TYPE(as_array(values, "values")) == NPY_FLOAT)
        sparse_product<float>(starts, columns, values, dense, tiles, backward);
    else
        sparse_product<double>(starts, columns, values, dense, tiles, backward);
}

std::size_t descend(nb::handle gram, nb::handle curvature, nb::handle ridge, nb::handle l1, nb::handle gradient,
                    nb::handle start, nb::handle u, nb::handle w, nb::handle step, double tol, std::size_t max_sweeps) {
    const std::size_t classes = length_of(gradient, 0, 2, "gradient"), features = length_of(gradient, 1, 2, "gradient"),
                      rank = length_of(u, 2, 3, "u"), all = classes * features;
    const QuadraticModel model{features,
                               classes,
                               rank,
                               numbers_of<const double>(gram, features * features, "gram"),
                               numbers_of<const double>(curvature, classes * classes, "curvature"),
                               numbers_of<const double>(ridge, features, "ridge"),
                               numbers_of<const double>(l1, features, "l1"),
                               numbers_of<const double>(gradient, all, "gradient"),
                               numbers_of<const double>(start, all, "start"),
                               numbers_of<const double>(u, all * rank, "u"),
                               numbers_of<const double>(w, all * rank, "w")};
    auto *to = numbers_of<double>(step, all, "step");
    nb::gil_scoped_release release;
    return coordinate_descent(model, tol, max_sweeps, to);
}

template <class T>
void adamw_of(nb::handle parameters, nb::handle gradient, nb::handle first, nb::handle second, nb::handle decayed,
              nb::handle average, double beta1, double beta2, double rate, double root_scale, double epsilon,
              double decay, double share) {
    const auto count = static_cast<std::size_t>(PyArray_SIZE(as_array(parameters, "parameters")));
    const AdamWStep<T> step{numbers_of<T>(parameters, count, "parameters"),
                            numbers_of<const T>(gradient, count, "gradient"),
                            numbers_of<T>(first, count, "first"),
                            numbers_of<T>(second, count, "second"),
                            numbers_of<const T>(decayed, count, "decayed"),
                            average.is_none() ? nullptr : numbers_of<T>(average, count, "average"),
                            count,
                            static_cast<T>(beta1),
                            static_cast<T>(beta2),
                            static_cast<T>(rate),
                            static_cast<T>(root_scale),
                            static_cast<T>(epsilon),
                            static_cast<T>(decay),
                            static_cast<T>(share)};
    nb::gil_scoped_release release;
    adamw_step(step);
}

void adamw(nb::handle parameters, nb::handle gradient, nb::handle first, nb::handle second, nb::handle decayed,
           nb::handle average, double beta1, double beta2, double rate, double root_scale, double epsilon, double decay,
           double share) {
    const bool single = PyArray_TYPE(as_array(parameters, "parameters")) == NPY_FLOAT;
    (single ? adamw_of<float> : adamw_of<double>)(parameters, gradient, first, second, decayed, average, beta1, beta2,
                                                  rate, root_scale, epsilon, decay, share);
}

template <class T>
void temper(nb::handle logits, nb::handle top, nb::handle codes, double beta, nb::handle out) {
    const std::size_t rows = length_of(logits, 0, 2, "logits"), classes = length_of(logits, 1, 2, "logits");
    const Tempering<T> tempering{numbers_of<const T>(logits, rows * classes, "logits"),
                                 numbers_of<const T>(top, rows, "top"),
                                 numbers_of<const std::int64_t>(codes, rows, "codes"),
                                 rows,
                                 classes,
                                 beta,
                                 numbers_of<double>(out, 4 * rows, "out")};
    for (std::size_t row = 0; row < rows; ++row)
        if (tempering.codes[row] < 0 || static_cast<std::size_t>(tempering.codes[row]) >= classes)
            throw std::invalid_argument("codes: expected codes of classes");
    nb::gil_scoped_release release;
    tempered_moments(tempering);
}

void temper_any(nb::handle logits, nb::handle top, nb::handle codes, double beta, nb::handle out) {
    const bool single = PyArray_TYPE(as_array(logits, "logits")) == NPY_FLOAT;
    (single ? temper<float> : temper<double>)(logits, top, codes, beta, out);
}

template <class T>
void add_leaves_of(const Trees &trees, nb::handle x, std::size_t rows, std::size_t features, double *out) {
    const auto *numbers = numbers_of<const T>(x, rows * features, "x");
    nb::gil_scoped_release release;
    add_leaves(trees, numbers, rows, features, out);
}

void add_leaves_any(nb::handle starts, nb::handle output, nb::handle feature, nb::handle threshold,
                    nb::handle missing_left, nb::handle left, nb::handle right, nb::handle value, nb::handle x,
                    nb::handle out) {
    const std::size_t rows = length_of(x, 0, 2, "x"), features = length_of(x, 1, 2, "x"),
                      nodes = length_of(feature, 0, 1, "feature"), outputs = length_of(out, 1, 2, "out"),
                      count = length_of(starts, 0, 1, "starts");
    const Trees trees{numbers_of<const std::int32_t>(starts, count, "starts"),
                      numbers_of<const std::int32_t>(output, count, "output"),
                      count,
                      numbers_of<const std::int32_t>(feature, nodes, "feature"),
                      numbers_of<const double>(threshold, nodes, "threshold"),
                      numbers_of<const std::uint8_t>(missing_left, nodes, "missing_left"),
                      numbers_of<const std::int32_t>(left, nodes, "left"),
                      numbers_of<const std::int32_t>(right, nodes, "right"),
                      numbers_of<const double>(value, nodes, "value"),
                      outputs};
    auto *to = numbers_of<double>(out, rows * outputs, "out");
    const bool single = PyArray_TYPE(as_array(x, "x")) == NPY_FLOAT;
    (single ? add_leaves_of<float> : add_leaves_of<double>)(trees, x, rows, features, to);
}

}  // namespace

void add_fitting(nb::module_ &m) {
    m.def("standardize", &standardize_any, nb::arg("x"), nb::arg("mean"), nb::arg("inverse"), nb::arg("out"),
          "Write (x - mean) * inverse.");
    m.def("sparse_forward", &sparse<false>, nb::arg("starts"), nb::arg("columns"), nb::arg("values"), nb::arg("dense"),
          nb::arg("tiles"), "Add sparse rows times tiles of coefficients to dense.");
    m.def("sparse_backward", &sparse<true>, nb::arg("starts"), nb::arg("columns"), nb::arg("values"), nb::arg("dense"),
          nb::arg("tiles"), "Add the transposed sparse rows times dense to tiles.");
    m.def("adamw_step", &adamw, nb::arg("parameters"), nb::arg("gradient"), nb::arg("first"), nb::arg("second"),
          nb::arg("decayed"), nb::arg("average").none(), nb::kw_only(), nb::arg("beta1"), nb::arg("beta2"),
          nb::arg("rate"), nb::arg("root_scale"), nb::arg("epsilon"), nb::arg("decay"), nb::arg("share"),
          "Take one step of AdamW, in place.");
    m.def("tempered_moments", &temper_any, nb::arg("logits"), nb::arg("top"), nb::arg("codes"), nb::arg("beta"),
          nb::arg("out"), "Write four numbers per row that the derivatives by the temperature are made of.");
    m.def("add_leaves", &add_leaves_any, nb::arg("starts"), nb::arg("output"), nb::arg("feature"), nb::arg("threshold"),
          nb::arg("missing_left"), nb::arg("left"), nb::arg("right"), nb::arg("value"), nb::arg("x"), nb::arg("out"),
          "Add the values of the leaves that trees lead rows to; whoever calls has checked the trees.");
    m.def("coordinate_descent", &descend, nb::arg("gram"), nb::arg("curvature"), nb::arg("ridge"), nb::arg("l1"),
          nb::arg("gradient"), nb::arg("start"), nb::arg("u"), nb::arg("w"), nb::arg("step"), nb::arg("tol"),
          nb::arg("max_sweeps"), "Minimise a quadratic model with an L1 penalty; gives the number of sweeps.");
}

}  // namespace softargmax
