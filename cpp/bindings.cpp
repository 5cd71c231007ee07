// The module that Python imports, and its functions of rows of logits. It releases the GIL where that pays; nothing is
// computed here. Only this file, fit_bindings.cpp, arguments.hpp and operands.hpp see Python.
#define SOFTARGMAX_IMPORTS_NUMPY
#include "operands.hpp"

#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <limits>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "cores.hpp"
#include "dispatch.hpp"
#include "fit_bindings.hpp"
#include "summary.hpp"
#include "threads.hpp"
#include "xla_handler.hpp"

using namespace softargmax;

namespace {

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
    const bool divides = function == Function::softmax || function == Function::log_softmax;
    const bool wide = in_double || (divides && is_extreme(scalar)) || !is_in_float(builder.call[kX].kind) ||
                      (builder.call[kOut] && !is_in_float(builder.call[kOut].kind)) ||
                      (builder.call[kY] && !is_in_float(builder.call[kY].kind));
    builder.run(function, wide);
}

void sample_codes(nb::handle x, nb::handle uniform, nb::handle codes, const Sampling &how, nb::handle own) {
    Builder builder(x);
    builder.add(kY, own, "own", Shape::per_row_and_own, Kind::float64);
    if (!own.is_none() && PyArray_DIM(as_array(own, "own"), PyArray_NDIM(as_array(own, "own")) - 1) != 5)
        throw std::invalid_argument("own: expected five numbers per row");
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

// The bytes that an array's numbers lie in.
std::pair<const char *, const char *> extent_of(PyArrayObject *array) {
    const char *low = PyArray_BYTES(array), *high = low + PyArray_ITEMSIZE(array);
    for (int axis = 0; axis < PyArray_NDIM(array); ++axis) {
        const npy_intp length = PyArray_DIM(array, axis), reach = (length - 1) * PyArray_STRIDE(array, axis);
        if (length == 0) return {low, low};
        (reach < 0 ? low : high) += reach;
    }
    return {low, high};
}

// May results be written into `out` while x is read? Either it is x, number by number, or they share no memory.
bool is_plain_target(PyArrayObject *x, nb::handle object) {
    if (!PyArray_CheckExact(object.ptr())) return false;
    auto *out = reinterpret_cast<PyArrayObject *>(object.ptr());
    const int ndim = PyArray_NDIM(x);
    if (PyArray_NDIM(out) != ndim || PyArray_TYPE(out) != PyArray_TYPE(x) || !PyArray_ISBEHAVED(out)) return false;
    if (!PyArray_CompareLists(PyArray_DIMS(out), PyArray_DIMS(x), ndim)) return false;
    if (PyArray_DATA(out) == PyArray_DATA(x) && PyArray_CompareLists(PyArray_STRIDES(out), PyArray_STRIDES(x), ndim))
        return true;
    const auto [x_low, x_high] = extent_of(x);
    const auto [out_low, out_high] = extent_of(out);
    return x_high <= out_low || out_high <= x_low;
}

// A view of an array with one of its axes last, where it may be already.
nb::object with_last(PyArrayObject *array, int axis) {
    const int ndim = PyArray_NDIM(array);
    if (axis + 1 == ndim) return nb::borrow(reinterpret_cast<PyObject *>(array));
    std::vector<npy_intp> order;
    for (int i = 0; i < ndim; ++i)
        if (i != axis) order.push_back(i);
    order.push_back(axis);
    PyArray_Dims permutation{order.data(), ndim};
    return nb::steal(PyArray_Transpose(array, &permutation));
}

// The axis that a Python integer means, from 0 on; -1 for anything else.
int axis_of(nb::handle axis, int ndim) {
    if (!PyLong_CheckExact(axis.ptr())) return -1;
    int overflow = 0;
    const long given = PyLong_AsLongAndOverflow(axis.ptr(), &overflow);
    if (overflow != 0 || given < -ndim || given >= ndim) return -1;
    return static_cast<int>(given < 0 ? given + ndim : given);
}

// The most common calls, without a word of Python: one plain floating array, one of its axes, one temperature that is
// not 0, a new result or one as plain. Gives None for anything else, and for what is wrong.
template <Function function>
nb::object simple(nb::handle x, nb::handle class_axis, nb::handle temperature, nb::handle out) {
    if (!PyArray_CheckExact(x.ptr())) return nb::none();
    auto *array = reinterpret_cast<PyArrayObject *>(x.ptr());
    const int ndim = PyArray_NDIM(array), axis = axis_of(class_axis, ndim);
    if (axis < 0 || !PyArray_ISBEHAVED_RO(array)) return nb::none();
    const std::optional<Kind> kind = kind_of(array);
    if (!kind || !is_floating(*kind)) return nb::none();
    if (!PyFloat_CheckExact(temperature.ptr())) return nb::none();
    const double divisor = PyFloat_AsDouble(temperature.ptr());
    if (!(divisor > 0.0 && divisor < std::numeric_limits<double>::infinity())) return nb::none();
    constexpr bool reduces = function == Function::logsumexp;
    const nb::object rows = with_last(array, axis);
    nb::object owner;
    if constexpr (reduces) {
        auto *view = reinterpret_cast<PyArrayObject *>(rows.ptr());
        PyArray_Descr *descr = PyArray_DESCR(array);
        Py_INCREF(reinterpret_cast<PyObject *>(descr));
        owner = nb::steal(
            PyArray_NewFromDescr(&PyArray_Type, descr, ndim - 1, PyArray_DIMS(view), nullptr, nullptr, 0, nullptr));
    } else if (out.is_none()) {
        owner = nb::steal(PyArray_NewLikeArray(array, NPY_KEEPORDER, nullptr, 0));
    } else {
        if (!is_plain_target(array, out)) return nb::none();
        owner = nb::borrow(out);
    }
    if (!owner.is_valid()) throw nb::python_error();
    auto *result = reinterpret_cast<PyArrayObject *>(owner.ptr());
    Builder builder(rows);
    builder.add(reduces ? kPerRow : kOut, reduces ? owner : with_last(result, axis), "out",
                reduces ? Shape::per_row : Shape::like_x);
    builder.call.scalar = divisor;
    builder.run(function, !is_in_float(*kind) || is_extreme(divisor));
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
    // Registered a second time, as after `del sys.modules[...]`, a type would end the process.
    static bool loaded = false;
    if (loaded) {
        PyErr_SetString(PyExc_ImportError, "softargmax._kernels: cannot be loaded more than once per process");
        throw nb::python_error();
    }
    if (import_numpy() != 0) throw nb::python_error();
    loaded = true;
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
        .value("weighted_logsumexp", Function::weighted_logsumexp)
        .value("divergence", Function::divergence);

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
           std::size_t top_k, double top_p, double min_p, nb::handle own) {
            sample_codes(x, uniform, codes, {temperature, filter_temperature, top_k, top_p, min_p, 1}, own);
        },
        nb::arg("x"), nb::arg("uniform"), nb::arg("codes"), nb::kw_only(), nb::arg("temperature"),
        nb::arg("filter_temperature"), nb::arg("top_k"), nb::arg("top_p"), nb::arg("min_p"),
        nb::arg("own").none() = nb::none(),
        "Write a code for every uniform number, -1 in rows that have no softmax. `own`: the five options, a row each.");
    m.def("softmax", &simple<Function::softmax>, nb::arg("x").none(), nb::arg("axis").none(),
          nb::arg("temperature").none(), nb::arg("out").none(),
          "softmax of a plain floating array, into a new one or `out`; or None.");
    m.def("log_softmax", &simple<Function::log_softmax>, nb::arg("x").none(), nb::arg("axis").none(),
          nb::arg("temperature").none(), nb::arg("out").none(),
          "log_softmax of a plain floating array, into a new one or `out`; or None.");
    m.def(
        "logsumexp",
        [](nb::handle x, nb::handle axis) { return simple<Function::logsumexp>(x, axis, nb::float_(1.0), nb::none()); },
        nb::arg("x").none(), nb::arg("axis").none(), "logsumexp of a plain floating array, or None.");

    m.def("summary_add", &summary_add, nb::arg("state"), nb::arg("max"), nb::arg("tail"));
    m.def("summary_merge", &summary_merge, nb::arg("state"), nb::arg("other"));
    m.def("summary_tail", &summary_tail, nb::arg("state"), nb::arg("tail"));

    add_fitting(m);

    m.def(
        "xla_handler", [] { return nb::capsule(reinterpret_cast<void *>(&xla::handle)); },
        "What JAX registers as a target of its compiler: cpp/xla_handler.hpp.");

    m.def(
        "set_bfloat16", [](int number) { bfloat16_number.store(number); }, nb::arg("type_number"),
        "Tell which of NumPy's registered types is bfloat16.");
    m.def("instruction_sets", &instruction_sets, "What this processor can run, lowest first.");
    m.def("instruction_set", [] { return std::string(table_in_use().name); }, "What is used.");
    m.def(
        "use_instruction_set", [](const std::string &name) { return use_table(name.c_str()); }, nb::arg("name"),
        "Switch; False if there is no such kernel here.");
    m.def("available_cores", [] { return available_cores(); });
    m.def("look_for_quotas_in", &look_for_quotas_in, nb::arg("root"),
          "Read CPU quotas below another root from now on, and give the cores they come to, or 0; for tests.");
    m.def("get_num_threads", &thread_limit);
    m.def("set_num_threads", &set_thread_limit, nb::arg("n"));
    m.def("stay_on_this_thread", &stay_on_this_thread, nb::arg("stay"),
          "Whether the calling thread's calls use it alone instead of sharing their work among others.");
}
