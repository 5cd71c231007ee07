// What the bindings make of the arrays they are handed: plain memory, checked.
#pragma once

#include <nanobind/nanobind.h>

#define NPY_NO_DEPRECATED_API NPY_2_0_API_VERSION
#define NPY_TARGET_VERSION NPY_1_25_API_VERSION
// One table of NumPy's functions for all files; bindings.cpp fills it when the module is imported.
#define PY_ARRAY_UNIQUE_SYMBOL softargmax_numpy_functions
#ifndef SOFTARGMAX_IMPORTS_NUMPY
#define NO_IMPORT_ARRAY
#endif
#include <numpy/arrayobject.h>

#include <stdexcept>
#include <string>
#include <type_traits>

namespace softargmax {

namespace nb = nanobind;

inline PyArrayObject *as_array(nb::handle object, const char *name) {
    if (!PyArray_Check(object.ptr())) throw nb::type_error((std::string(name) + " is not an array").c_str());
    return reinterpret_cast<PyArrayObject *>(object.ptr());
}

// A contiguous array of one type and so many numbers, or an error that names it.
template <class T>
T *numbers_of(nb::handle object, std::size_t count, const char *name) {
    using Number = std::remove_const_t<T>;
    constexpr int type = std::is_same_v<Number, double>  ? NPY_DOUBLE
                         : std::is_same_v<Number, float> ? NPY_FLOAT
                         : sizeof(Number) == 8           ? NPY_INT64
                         : sizeof(Number) == 1           ? NPY_UINT8
                                                         : NPY_INT32;
    PyArrayObject *array = as_array(object, name);
    const bool usable = std::is_const_v<T> ? PyArray_ISCARRAY_RO(array) : PyArray_ISCARRAY(array);
    if (PyArray_TYPE(array) != type || !usable || static_cast<std::size_t>(PyArray_SIZE(array)) != count)
        throw std::invalid_argument(std::string(name) + ": expected " + std::to_string(count) +
                                    " contiguous numbers of the type of the others");
    return static_cast<T *>(PyArray_DATA(array));
}

inline std::size_t length_of(nb::handle object, int axis, int ndim, const char *name) {
    PyArrayObject *array = as_array(object, name);
    if (PyArray_NDIM(array) != ndim)
        throw std::invalid_argument(std::string(name) + ": expected " + std::to_string(ndim) + " axes");
    return static_cast<std::size_t>(PyArray_DIM(array, axis));
}

}  // namespace softargmax
