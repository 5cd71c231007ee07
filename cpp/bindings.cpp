// The only file that sees Python, with arguments.hpp. It turns arrays into operands, checks that they fit together, and
// releases the GIL; nothing is computed here. Callers (src/softargmax/_arrays.py) hand over native, aligned arrays with
// the class axis last.
#include "arguments.hpp"

#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <algorithm>
#include <atomic>
#include <optional>
#include <stdexcept>
#include <string>

#include "dispatch.hpp"
#include "linear.hpp"
#include "loops.hpp"
#include "summary.hpp"
#include "tempering.hpp"
#include "threads.hpp"
#include "training.hpp"

using namespace softargmax;

namespace {

// NumPy's number for ml_dtypes.bfloat16, once the Python side has met it.
std::atomic<int> bfloat16_number{-1};

constexpr std::size_t kWorthReleasingGil = 2048;

std::optional<Kind> kind_of(PyArrayObject *array) {
    switch (PyArray_TYPE(array)) {
        case NPY_HALF:
            return Kind::float16;
        case NPY_FLOAT:
            return Kind::float32;
        case NPY_DOUBLE:
            return Kind::float64;
        case NPY_BOOL:
            return Kind::boolean;
        default:
            break;
    }
    if (PyArray_TYPE(array) == bfloat16_number.load(std::memory_order_relaxed)) return Kind::bfloat16;
    const auto bytes = PyArray_ITEMSIZE(array);
    if (PyTypeNum_ISSIGNED(PyArray_TYPE(array)) && PyTypeNum_ISINTEGER(PyArray_TYPE(array)))
        return bytes == 1 ? Kind::int8 : bytes == 2 ? Kind::int16 : bytes == 4 ? Kind::int32 : Kind::int64;
    if (PyTypeNum_ISUNSIGNED(PyArray_TYPE(array)))
        return bytes == 1 ? Kind::uint8 : bytes == 2 ? Kind::uint16 : bytes == 4 ? Kind::uint32 : Kind::uint64;
    return std::nullopt;
}

bool is_in_float(Kind kind) { return kind == Kind::float32 || kind == Kind::float16 || kind == Kind::bfloat16; }

// How an operand's axes relate to x's: all of them, those before the class axis, or those and one of its own.
enum class Shape { like_x, per_row, per_row_and_own };

bool is_floating(Kind kind) { return is_in_float(kind) || kind == Kind::float64; }

Kernel kernel_of(Function function, bool in_double) {
    if (function >= Function::count) return plain_kernel(function);
    const KernelTable &table = table_in_use();
    const auto index = static_cast<std::size_t>(function);
    return in_double ? table.in_double[index] : table.in_float[index];
}

class Builder {
public:
    explicit Builder(nb::handle x) : x_(as_array(x, "x")) {
        const int ndim = PyArray_NDIM(x_);
        if (ndim == 0) throw std::invalid_argument("x: expected an array with a class axis");
        for (int axis = 0; axis + 1 < ndim; ++axis)
            rows.shape.push_back(static_cast<std::size_t>(PyArray_DIM(x_, axis)));
        call.classes = static_cast<std::size_t>(PyArray_DIM(x_, ndim - 1));
        put(kX, x_, "x");
    }

    void add(Role role, nb::handle object, const char *name, Shape shape, std::optional<Kind> kind = std::nullopt) {
        if (object.is_none()) return;
        PyArrayObject *array = as_array(object, name);
        const int leading = PyArray_NDIM(x_) - 1;
        bool fits = PyArray_NDIM(array) == leading + (shape == Shape::per_row ? 0 : 1);
        for (int axis = 0; fits && axis < leading + (shape == Shape::like_x ? 1 : 0); ++axis)
            fits = PyArray_DIM(array, axis) == PyArray_DIM(x_, axis);
        if (!fits) throw std::invalid_argument(std::string(name) + " does not have the shape of x");
        put(role, array, name);
        const bool is_result = role == kOut || role == kPerRow || role == kPerRowToo;
        const bool right_kind = kind ? call[role].kind == *kind : !is_result || is_floating(call[role].kind);
        if (!right_kind || (is_result && !PyArray_ISWRITEABLE(array)))
            throw nb::type_error((std::string(name) + ": not the kind of numbers the kernels take there").c_str());
    }

    void run(Function function, bool wide) {
        const Kernel kernel = kernel_of(function, wide);
        call.scratch_classes = rows_stay_in_place(function, wide) ? 0 : call.classes;
        if (function == Function::sample) call.scratch_classes = 2 * call.classes;  // candidates, see sampling.cpp
        const std::size_t numbers = rows.count() * std::max<std::size_t>(call.classes, 1);
        if (numbers < kWorthReleasingGil) return run_rows(kernel, call, std::move(rows), numbers);
        nb::gil_scoped_release release;
        run_rows(kernel, call, std::move(rows), numbers);
    }

    Call call;
    Rows rows;

private:
    // Long rows of the kind that is computed with are read and written where they are.
    bool rows_stay_in_place(Function function, bool wide) const {
        if (call.classes <= kShortRow) return true;  // tiles have room anyway
        if (function >= Function::count || function == Function::top_k || call[kY] || call[kWhere]) return false;
        if (function == Function::cross_entropy && call.smoothing != 0.0) return false;
        const auto in_place = [&](const Operand &operand) {
            return operand.kind == (wide ? Kind::float64 : Kind::float32) && operand.col == (wide ? 8 : 4);
        };
        return in_place(call[kX]) && (!call[kOut] || in_place(call[kOut]));
    }

    void put(Role role, PyArrayObject *array, const char *name) {
        const std::optional<Kind> kind = kind_of(array);
        if (!kind || !PyArray_ISBEHAVED_RO(array))
            throw nb::type_error((std::string(name) + ": not numbers as the kernels take them").c_str());
        const int leading = PyArray_NDIM(x_) - 1;
        call[role] = {PyArray_BYTES(array), 0, PyArray_NDIM(array) > leading ? PyArray_STRIDE(array, leading) : 0,
                      *kind};
        for (int axis = 0; axis < leading; ++axis) rows.strides[role].push_back(PyArray_STRIDE(array, axis));
    }

    PyArrayObject *x_;
};

void run(Function function, nb::handle x, nb::handle out, nb::handle per_row, nb::handle per_row_too, nb::handle y,
         nb::handle where, nb::handle temperature, nb::handle codes, nb::handle class_weight, double scalar,
         double smoothing, bool in_double) {
    Builder builder(x);
    const Shape own = function == Function::top_k ? Shape::per_row_and_own : Shape::per_row;
    const bool gives_codes = function == Function::top_k || function == Function::argmax;
    builder.add(kY, y, "y", Shape::like_x);
    builder.add(kOut, out, "out", Shape::like_x);
    builder.add(kWhere, where, "where", Shape::like_x, Kind::boolean);
    builder.add(kTemperature, temperature, "temperature", Shape::per_row, Kind::float64);
    builder.add(kCodes, codes, "codes", Shape::per_row, Kind::int64);
    builder.add(kPerRow, per_row, "per_row", own, gives_codes ? std::optional(Kind::int64) : std::nullopt);
    builder.add(kPerRowToo, per_row_too, "per_row_too", own);
    builder.call.scalar = scalar;
    builder.call.smoothing = smoothing;
    if (!class_weight.is_none()) {
        PyArrayObject *weights = as_array(class_weight, "class_weight");
        if (PyArray_NDIM(weights) != 1 || PyArray_TYPE(weights) != NPY_DOUBLE || !PyArray_ISCARRAY_RO(weights) ||
            static_cast<std::size_t>(PyArray_DIM(weights, 0)) != builder.call.classes)
            throw std::invalid_argument("class_weight: expected one double per class, contiguous");
        builder.call.class_weight = static_cast<const double *>(PyArray_DATA(weights));
    }
    if (function == Function::top_k) {
        PyArrayObject *kept = as_array(per_row, "per_row");
        builder.call.top = static_cast<std::size_t>(PyArray_DIM(kept, PyArray_NDIM(kept) - 1));
    }
    const bool wide = in_double || !is_in_float(builder.call[kX].kind) ||
                      (builder.call[kOut] && !is_in_float(builder.call[kOut].kind)) ||
                      (builder.call[kY] && !is_in_float(builder.call[kY].kind));
    builder.run(function, wide);
}

void sample_codes(nb::handle x, nb::handle uniform, nb::handle codes, const Sampling &how) {
    Builder builder(x);
    builder.add(kPerRow, codes, "codes", Shape::per_row_and_own, Kind::int64);
    builder.add(kPerRowToo, uniform, "uniform", Shape::per_row_and_own, Kind::float64);
    PyArrayObject *to = as_array(codes, "codes"), *from = as_array(uniform, "uniform");
    const int last = PyArray_NDIM(to) - 1;
    if (PyArray_DIM(to, last) != PyArray_DIM(from, last))
        throw std::invalid_argument("uniform: expected one number per code");
    if (builder.call.classes == 0) throw std::invalid_argument("x: expected at least one class");
    builder.call.sampling = how;
    builder.call.sampling.draws = static_cast<std::size_t>(PyArray_DIM(to, last));
    builder.run(Function::sample, !is_in_float(builder.call[kX].kind));
}

// The most common calls, without a word of Python: one plain floating array, its last axis, a new result. Gives
// None for anything else.
template <Function function>
nb::object simple(nb::handle x) {
    if (!PyArray_CheckExact(x.ptr())) return nb::none();
    auto *array = reinterpret_cast<PyArrayObject *>(x.ptr());
    const int ndim = PyArray_NDIM(array);
    if (ndim == 0 || !PyArray_ISBEHAVED_RO(array)) return nb::none();
    const std::optional<Kind> kind = kind_of(array);
    if (!kind || !(is_in_float(*kind) || *kind == Kind::float64)) return nb::none();
    constexpr bool reduces = function == Function::logsumexp;
    PyObject *result = nullptr;
    if constexpr (reduces) {
        PyArray_Descr *descr = PyArray_DESCR(array);
        Py_INCREF(reinterpret_cast<PyObject *>(descr));
        result =
            PyArray_NewFromDescr(&PyArray_Type, descr, ndim - 1, PyArray_DIMS(array), nullptr, nullptr, 0, nullptr);
    } else {
        result = PyArray_NewLikeArray(array, NPY_KEEPORDER, nullptr, 0);
    }
    if (result == nullptr) throw nb::python_error();
    nb::object owner = nb::steal(result);
    Builder builder(x);
    builder.add(reduces ? kPerRow : kOut, owner, "out", reduces ? Shape::per_row : Shape::like_x);
    builder.run(function, !is_in_float(*kind));
    return reduces && ndim == 1 ? nb::steal(PyArray_Return(reinterpret_cast<PyArrayObject *>(owner.release().ptr())))
                                : owner;
}

// Row summaries, one per line of four doubles: max, high, low, exponent.
RowSummary *summaries_of(nb::handle state, std::size_t &count) {
    PyArrayObject *array = as_array(state, "state");
    if (PyArray_NDIM(array) != 2 || PyArray_DIM(array, 1) != 4 || PyArray_TYPE(array) != NPY_DOUBLE ||
        !PyArray_ISCARRAY(array))
        throw std::invalid_argument("state: expected rows of four doubles, contiguous");
    count = static_cast<std::size_t>(PyArray_DIM(array, 0));
    return static_cast<RowSummary *>(PyArray_DATA(array));
}

const double *doubles_of(nb::handle object, std::size_t count, const char *name) {
    PyArrayObject *array = as_array(object, name);
    if (PyArray_TYPE(array) != NPY_DOUBLE || !PyArray_ISCARRAY_RO(array) ||
        static_cast<std::size_t>(PyArray_SIZE(array)) != count)
        throw std::invalid_argument(std::string(name) + ": expected one double per row, contiguous");
    return static_cast<const double *>(PyArray_DATA(array));
}

void summary_add(nb::handle state, nb::handle max, nb::handle tail) {
    std::size_t count = 0;
    RowSummary *rows = summaries_of(state, count);
    const double *part_max = doubles_of(max, count, "max"), *part_tail = doubles_of(tail, count, "tail");
    for (std::size_t i = 0; i < count; ++i) rows[i].add(part_max[i], part_tail[i]);
}

void summary_merge(nb::handle state, nb::handle other) {
    std::size_t count = 0, other_count = 0;
    RowSummary *rows = summaries_of(state, count);
    const RowSummary *others = summaries_of(other, other_count);
    if (count != other_count) throw std::invalid_argument("other: expected as many rows");
    for (std::size_t i = 0; i < count; ++i) rows[i].merge(others[i]);
}

void summary_tail(nb::handle state, nb::handle tail) {
    std::size_t count = 0;
    const RowSummary *rows = summaries_of(state, count);
    auto *to = const_cast<double *>(doubles_of(tail, count, "tail"));
    for (std::size_t i = 0; i < count; ++i) to[i] = rows[i].tail();
}

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

std::vector<std::string> instruction_sets() {
    std::vector<std::string> names;
    for (const KernelTable *table : available_tables()) names.emplace_back(table->name);
    return names;
}

int import_numpy() {
    import_array1(-1);
    return 0;
}

}  // namespace

NB_MODULE(_kernels, m) {
    if (import_numpy() != 0) throw nb::python_error();
    m.doc() = "Kernels of softargmax: class axis last, results written into the arrays that are handed over.";
    nb::enum_<Function>(m, "Function", "What a kernel computes.")
        .value("softmax", Function::softmax)
        .value("log_softmax", Function::log_softmax)
        .value("logsumexp", Function::logsumexp)
        .value("summary", Function::summary)
        .value("logsumexp_given", Function::logsumexp_given)
        .value("softmax_given", Function::softmax_given)
        .value("log_softmax_given", Function::log_softmax_given)
        .value("entropy", Function::entropy)
        .value("hardmax", Function::hardmax)
        .value("log_hardmax", Function::log_hardmax)
        .value("argmax", Function::argmax)
        .value("top_k", Function::top_k)
        .value("cross_entropy", Function::cross_entropy)
        .value("softmax_backward", Function::softmax_backward)
        .value("log_softmax_backward", Function::log_softmax_backward)
        .value("sigmoid", Function::sigmoid)
        .value("log_sigmoid", Function::log_sigmoid)
        .value("softplus", Function::softplus)
        .value("sparsemax", Function::sparsemax)
        .value("entmax15", Function::entmax15)
        .value("weighted_logsumexp", Function::weighted_logsumexp);

    m.def("run", &run, nb::arg("function"), nb::arg("x"), nb::kw_only(), nb::arg("out").none() = nb::none(),
          nb::arg("per_row").none() = nb::none(), nb::arg("per_row_too").none() = nb::none(),
          nb::arg("y").none() = nb::none(), nb::arg("where").none() = nb::none(),
          nb::arg("temperature").none() = nb::none(), nb::arg("codes").none() = nb::none(),
          nb::arg("class_weight").none() = nb::none(), nb::arg("scalar") = 1.0, nb::arg("smoothing") = 0.0,
          nb::arg("in_double") = false,
          "Compute a function of the rows of x. What it reads and writes: cpp/kernels.hpp.");
    m.def(
        "sample",
        [](nb::handle x, nb::handle uniform, nb::handle codes, double temperature, double filter_temperature,
           std::size_t top_k, double top_p, double min_p) {
            sample_codes(x, uniform, codes, {temperature, filter_temperature, top_k, top_p, min_p, 1});
        },
        nb::arg("x"), nb::arg("uniform"), nb::arg("codes"), nb::kw_only(), nb::arg("temperature"),
        nb::arg("filter_temperature"), nb::arg("top_k"), nb::arg("top_p"), nb::arg("min_p"),
        "Write a code for every uniform number, -1 in rows that have no softmax.");
    m.def("softmax", &simple<Function::softmax>, nb::arg("x").none(), "softmax of a plain floating array, or None.");
    m.def("log_softmax", &simple<Function::log_softmax>, nb::arg("x").none(),
          "log_softmax of a plain floating array, or None.");
    m.def("logsumexp", &simple<Function::logsumexp>, nb::arg("x").none(),
          "logsumexp of a plain floating array, or None.");

    m.def("summary_add", &summary_add, nb::arg("state"), nb::arg("max"), nb::arg("tail"));
    m.def("summary_merge", &summary_merge, nb::arg("state"), nb::arg("other"));
    m.def("summary_tail", &summary_tail, nb::arg("state"), nb::arg("tail"));

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
    m.def("coordinate_descent", &descend, nb::arg("gram"), nb::arg("curvature"), nb::arg("ridge"), nb::arg("l1"),
          nb::arg("gradient"), nb::arg("start"), nb::arg("u"), nb::arg("w"), nb::arg("step"), nb::arg("tol"),
          nb::arg("max_sweeps"), "Minimise a quadratic model with an L1 penalty; gives the number of sweeps.");

    m.def(
        "set_bfloat16", [](int number) { bfloat16_number.store(number); }, nb::arg("type_number"),
        "Tell which of NumPy's registered types is bfloat16.");
    m.def("instruction_sets", &instruction_sets, "What this processor can run, lowest first.");
    m.def("instruction_set", [] { return std::string(table_in_use().name); }, "What is used.");
    m.def(
        "use_instruction_set", [](const std::string &name) { return use_table(name.c_str()); }, nb::arg("name"),
        "Switch; False if there is no such kernel here.");
    m.def("available_cores", &available_cores);
    m.def("get_num_threads", &thread_limit);
    m.def("set_num_threads", &set_thread_limit, nb::arg("n"));
    m.def("stay_on_this_thread", &stay_on_this_thread, nb::arg("stay"),
          "Whether the calling thread's calls use it alone instead of sharing their work among others.");
}
