// The only file that sees nanobind. It checks shapes, walks rows and releases the GIL; all numerical work
// is in the headers. Callers (src/softargmax/probabilities) hand over arrays with the class axis last.
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/optional.h>

#include <optional>
#include <stdexcept>
#include <string>

#include "cross_entropy.hpp"
#include "elementwise.hpp"
#include "softmax.hpp"

namespace nb = nanobind;
using namespace softargmax;

namespace {

template <class T>
using In = nb::ndarray<const T, nb::device::cpu>;
template <class T>
using Out = nb::ndarray<T, nb::device::cpu>;
template <class T>
using MaybeIn = std::optional<In<T>>;

template <class Array>
std::vector<std::ptrdiff_t> strides_of(const Array &array) {
    std::vector<std::ptrdiff_t> strides(array.ndim());
    for (std::size_t axis = 0; axis < array.ndim(); ++axis) strides[axis] = array.stride(axis);
    return strides;
}

template <class Array>
std::vector<std::size_t> leading_shape(const Array &array) {
    if (array.ndim() == 0) throw std::invalid_argument("expected an array with a class axis");
    std::vector<std::size_t> shape(array.ndim() - 1);
    for (std::size_t axis = 0; axis < shape.size(); ++axis) shape[axis] = array.shape(axis);
    return shape;
}

template <class A, class B>
void require_shape(const A &array, const B &like, std::size_t ndim, const char *name) {
    bool same = array.ndim() == ndim;
    for (std::size_t axis = 0; same && axis < ndim; ++axis) same = array.shape(axis) == like.shape(axis);
    if (!same) throw std::invalid_argument(std::string(name) + " does not have the shape of the logits");
}

// One row per step of the walk: where each operand's row starts, and its stride along the class axis.
template <class T, class Array>
Row<T> row_at(const Array &array, std::ptrdiff_t offset) {
    const std::size_t last = array.ndim() - 1;
    return {const_cast<T *>(array.data()) + offset, array.stride(last), array.shape(last)};
}

Where where_at(const MaybeIn<bool> &where, std::ptrdiff_t offset) {
    if (!where) return {};
    return {where->data() + offset, where->stride(where->ndim() - 1)};
}

template <class T>
std::vector<std::ptrdiff_t> strides_of(const MaybeIn<T> &array) {
    return array ? strides_of(*array) : std::vector<std::ptrdiff_t>{};
}

template <Scale scale, class T>
void softmax(In<T> x, MaybeIn<bool> where, double temperature, Out<T> out) {
    if (where) require_shape(*where, x, x.ndim(), "where");
    require_shape(out, x, x.ndim(), "out");
    Walk<3> walk(leading_shape(x), {strides_of(x), strides_of(out), strides_of(where)});
    std::vector<double> terms(x.shape(x.ndim() - 1));
    nb::gil_scoped_release release;
    for (; !walk.done(); walk.next()) {
        const auto row = row_at<const T>(x, walk.offset(0));
        const auto result = row_at<T>(out, walk.offset(1));
        const Where mask = where_at(where, walk.offset(2));
        if (temperature == 0.0)
            hardmax_row<scale>(row, mask, result);
        else
            softmax_row<scale>(row, mask, temperature, result, terms.data());
    }
}

template <class T>
void logsumexp(In<T> x, MaybeIn<T> weights, MaybeIn<bool> where, Out<T> out) {
    if (where) require_shape(*where, x, x.ndim(), "where");
    if (weights) require_shape(*weights, x, x.ndim(), "weights");
    const auto shape = leading_shape(x);
    require_shape(out, x, shape.size(), "out");
    Walk<4> walk(shape, {strides_of(x), strides_of(out), strides_of(where), strides_of(weights)});
    std::vector<double> terms(x.shape(x.ndim() - 1));
    nb::gil_scoped_release release;
    for (; !walk.done(); walk.next()) {
        const auto row = row_at<const T>(x, walk.offset(0));
        const Where mask = where_at(where, walk.offset(2));
        const double result =
            weights ? weighted_logsumexp_row(row, row_at<const T>(*weights, walk.offset(3)), mask)
                    : logsumexp_row(row, mask, terms.data());
        out.data()[walk.offset(1)] = static_cast<T>(result);
    }
}

const double *class_weight_of(const MaybeIn<double> &class_weight, std::size_t n_classes) {
    if (!class_weight) return nullptr;
    if (class_weight->ndim() != 1 || class_weight->shape(0) != n_classes ||
        (n_classes > 1 && class_weight->stride(0) != 1))
        throw std::invalid_argument("class_weight must be one contiguous row of n_classes weights");
    return class_weight->data();
}

// Loss per row into `loss`; d(scale * loss)/d(logits) into `gradient` if given. A row whose entry of
// `counts` is false contributes nothing, whatever it holds.
template <class T, class TargetOf>
void cross_entropy_rows(const In<T> &x, const MaybeIn<bool> &counts, double scale, const Out<double> &loss,
                        const std::optional<Out<T>> &gradient, std::vector<std::ptrdiff_t> target_strides,
                        TargetOf target_of) {
    const auto shape = leading_shape(x);
    require_shape(loss, x, shape.size(), "loss");
    if (counts) require_shape(*counts, x, shape.size(), "counts");
    if (gradient) require_shape(*gradient, x, x.ndim(), "gradient");
    const auto gradient_strides = gradient ? strides_of(*gradient) : std::vector<std::ptrdiff_t>{};
    Walk<5> walk(shape, {strides_of(x), strides_of(loss), gradient_strides, strides_of(counts),
                         std::move(target_strides)});
    std::vector<double> terms(x.shape(x.ndim() - 1));
    nb::gil_scoped_release release;
    for (; !walk.done(); walk.next()) {
        const auto row = row_at<const T>(x, walk.offset(0));
        double &result = loss.data()[walk.offset(1)];
        const bool ignored = counts && !counts->data()[walk.offset(3)];
        if (ignored) {
            result = 0.0;
            if (gradient) {
                const auto zeros = row_at<T>(*gradient, walk.offset(2));
                for (std::size_t j = 0; j < zeros.size; ++j) zeros[j] = T(0);
            }
            continue;
        }
        const auto target = target_of(walk.offset(4));
        if (gradient)
            result = cross_entropy_and_gradient_row(row, target, scale,
                                                    row_at<T>(*gradient, walk.offset(2)), terms.data());
        else
            result = cross_entropy_row(row, target, summarise(row, Where{}, 1.0, terms.data()));
    }
}

template <class T>
void cross_entropy_codes(In<T> x, In<std::int64_t> codes, MaybeIn<double> class_weight, double smoothing,
                         MaybeIn<bool> counts, double scale, Out<double> loss,
                         std::optional<Out<T>> gradient) {
    const std::size_t n_classes = x.shape(x.ndim() - 1);
    require_shape(codes, x, x.ndim() - 1, "codes");
    const double *weight = class_weight_of(class_weight, n_classes);
    cross_entropy_rows(x, counts, scale, loss, gradient, strides_of(codes), [&](std::ptrdiff_t offset) {
        return CodeTarget{static_cast<std::size_t>(codes.data()[offset]), n_classes, weight, smoothing};
    });
}

template <class T>
void cross_entropy_probabilities(In<T> x, In<T> targets, MaybeIn<double> class_weight, double smoothing,
                                 double scale, Out<double> loss, std::optional<Out<T>> gradient) {
    require_shape(targets, x, x.ndim(), "targets");
    const double *weight = class_weight_of(class_weight, x.shape(x.ndim() - 1));
    cross_entropy_rows(x, MaybeIn<bool>{}, scale, loss, gradient, strides_of(targets),
                       [&](std::ptrdiff_t offset) {
                           return SoftTarget<T>{row_at<const T>(targets, offset), weight, smoothing};
                       });
}

template <class Function, class T>
void elementwise(In<T> x, Out<T> out) {
    require_shape(out, x, x.ndim(), "out");
    Walk<2> walk(leading_shape(x), {strides_of(x), strides_of(out)});
    nb::gil_scoped_release release;
    for (; !walk.done(); walk.next()) {
        const auto row = row_at<const T>(x, walk.offset(0));
        const auto result = row_at<T>(out, walk.offset(1));
        for (std::size_t i = 0; i < row.size; ++i)
            result[i] = static_cast<T>(Function{}(static_cast<double>(row[i])));
    }
}

template <class T>
void define(nb::module_ &m) {
    const auto strict = [](const char *name) { return nb::arg(name).noconvert(); };
    const auto optional = [](const char *name) { return nb::arg(name).noconvert().none(); };
    m.def("softmax", &softmax<Scale::linear, T>, strict("x"), optional("where"), nb::arg("temperature"),
          strict("out"));
    m.def("log_softmax", &softmax<Scale::log, T>, strict("x"), optional("where"), nb::arg("temperature"),
          strict("out"));
    m.def("logsumexp", &logsumexp<T>, strict("x"), optional("weights"), optional("where"), strict("out"));
    m.def("cross_entropy_codes", &cross_entropy_codes<T>, strict("x"), strict("codes"),
          optional("class_weight"), nb::arg("smoothing"), optional("counts"), nb::arg("scale"),
          strict("loss"), optional("gradient"));
    m.def("cross_entropy_probabilities", &cross_entropy_probabilities<T>, strict("x"), strict("targets"),
          optional("class_weight"), nb::arg("smoothing"), nb::arg("scale"), strict("loss"),
          optional("gradient"));
    m.def("sigmoid", &elementwise<Sigmoid, T>, strict("x"), strict("out"));
    m.def("log_sigmoid", &elementwise<LogSigmoid, T>, strict("x"), strict("out"));
    m.def("softplus", &elementwise<Softplus, T>, strict("x"), strict("out"));
}

}  // namespace

NB_MODULE(_kernels, m) {
    m.doc() = "Kernels of softargmax.probabilities: class axis last, results written into `out`.";
    define<float>(m);
    define<double>(m);
}
