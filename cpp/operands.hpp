// From arrays to the operands of a kernel's call: what an array holds, whether arrays fit together, and the call.
// Callers (src/softargmax/_arrays.py) hand over native, aligned arrays with the class axis last.
#pragma once

#include "arguments.hpp"

#include <algorithm>
#include <atomic>
#include <optional>
#include <stdexcept>
#include <string>

#include "loops.hpp"

namespace softargmax {

// NumPy's number for ml_dtypes.bfloat16, once the Python side has met it.
inline std::atomic<int> bfloat16_number{-1};

constexpr std::size_t kWorthReleasingGil = 2048;

inline std::optional<Kind> kind_of(PyArrayObject *array) {
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

inline bool is_in_float(Kind kind) { return kind == Kind::float32 || kind == Kind::float16 || kind == Kind::bfloat16; }

// How an operand's axes relate to x's: all of them, those before the class axis, or those and one of its own.
enum class Shape { like_x, per_row, per_row_and_own };

inline bool is_floating(Kind kind) { return is_in_float(kind) || kind == Kind::float64; }

// Would float32 arithmetic make 0 or inf of a temperature, or of a logit divided by it? float32 ends at 1e-38 and 3e38,
// and the margin of 1e8, chosen by hand, is for the logits.
inline bool is_extreme(double temperature) { return !(temperature > 1e-30 && temperature < 1e30); }

// Does a function of rows give the same, or logsumexp, if a number is added to all of a row?
inline bool ignores_shifts(Function function) {
    switch (function) {
        case Function::summary:
        case Function::logsumexp_given:
        case Function::softmax_given:
        case Function::log_softmax_given:
        case Function::softmax_backward:
        case Function::log_softmax_backward:
        case Function::sigmoid:
        case Function::log_sigmoid:
        case Function::softplus:
            return false;
        default:
            return true;
    }
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
        // No classes, nothing to write, however many rows that makes.
        if (call.classes == 0 && !call[kPerRow] && !call[kPerRowToo]) return;
        const Kind kind = call[kX].kind;
        call[kX].is_relative = (kind == Kind::int64 || kind == Kind::uint64) && ignores_shifts(function);
        const std::size_t numbers = rows.count() * std::max<std::size_t>(call.classes, 1);
        if (numbers < kWorthReleasingGil) return run_rows(function, wide, call, std::move(rows));
        nb::gil_scoped_release release;
        run_rows(function, wide, call, std::move(rows));
    }

    Call call;
    Rows rows;

private:
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

}  // namespace softargmax
