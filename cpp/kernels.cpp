// Compiled for each instruction set, whose namespace SOFTARGMAX_ISA is, once with SOFTARGMAX_NUMBER float and once with
// double: the halves are compiled beside each other.
#include "backward.hpp"
#include "choice.hpp"
#include "cross_entropy.hpp"
#include "elementwise.hpp"
#include "pairs.hpp"
#include "parts.hpp"
#include "run.hpp"
#include "sampling.hpp"
#include "sampling_tiles.hpp"
#include "shared_row.hpp"
#include "softmax.hpp"
#include "top_k.hpp"

namespace softargmax {
namespace SOFTARGMAX_ISA {
namespace {

// Which variant of a function a call asks for, decided once per call.

inline bool is_tempered(const Call &call) { return call[kTemperature] || call.scalar != 1.0; }

template <class T>
void softmax(const Call &call, size_t rows, void *memory) {
    if (is_tempered(call))
        run<T, TemperedSoftmax>(call, rows, memory);
    else if (call.classes == 2 && kHasPairs<T>)
        run_pairs(call, rows, Scratch<T>(memory, call).staging);
    else
        run<T, Softmax>(call, rows, memory);
}

template <class T>
void log_softmax(const Call &call, size_t rows, void *memory) {
    if (is_tempered(call))
        run<T, TemperedLogSoftmax>(call, rows, memory);
    else
        run<T, LogSoftmax>(call, rows, memory);
}

template <class T>
void cross_entropy(const Call &call, size_t rows, void *memory) {
    if (call[kCodes] && call.smoothing == 0.0 && call[kOut])
        run<T, CodeGradient>(call, rows, memory);
    else if (call[kCodes] && call.smoothing == 0.0)
        run<T, CodeLoss>(call, rows, memory);
    else
        run<T, SoftCrossEntropy>(call, rows, memory);
}

// The same for long rows that threads share, where that is worth its code.
template <class T>
const SharedRow *shared(Function function, const Call &call) {
    if constexpr (kGoesInPieces) {
        if (!comes_in_pieces(call)) return nullptr;
        if (function == Function::softmax)
            return is_tempered(call) ? &kShared<T, TemperedSoftmax<T>> : &kShared<T, Softmax<T>>;
        if (function == Function::log_softmax)
            return is_tempered(call) ? &kShared<T, TemperedLogSoftmax<T>> : &kShared<T, LogSoftmax<T>>;
        if (function == Function::logsumexp) return &kShared<T, LogSumExp<T>>;
    }
    return nullptr;
}

template <class T>
void argmax(const Call &call, size_t rows, void *memory) {
    const bool several = rows > 1 && is_plain_row<T>(call[kX]) && call.classes <= kMostTogether;
    if (several && call.classes >= kAlong<T>)
        argmax_of_several<T>(call, rows);
    else if (call.classes <= kShortRow)
        run_tiles<T>(Argmax<T>{call}, call, rows, Scratch<T>(memory, call));
    else
        argmax_of_rows<T>(call, rows);
}

template <class T>
void top_k(const Call &call, size_t rows, void *memory) {
    const Scratch<T> scratch(memory, call);
    if (call.classes <= kShortRow)
        run_tiles<T>(TopK<T>{{call}, scratch.staging}, call, rows, scratch);
    else
        top_k_of_rows<T>(call, rows, scratch);
    if (call[kX].is_relative) order_integers(call, rows, memory);
}

template <class T, class F>
void apply(const T *x, T *out, size_t n) {
    size_t j = 0;
    for (; j + W<T> <= n; j += W<T>) store(out + j, F::of(load(x + j)));
    if (j < n) store_some(out + j, F::of(load_some(x + j, n - j, T(0))), n - j);
}

template <class T, template <class> class F>
void elementwise(const Call &call, size_t rows, void *memory) {
    const Scratch<T> scratch(memory, call);
    const Operand &from = call[kX], &to = call[kOut];
    const bool plain_x = is_plain_row<T>(from), plain_out = is_plain_row<T>(to);
    const size_t most = plain_x && plain_out ? call.classes : kStaged;
    for (size_t row = 0; row < rows; ++row) {
        for (size_t begin = 0, size; begin < call.classes; begin += size) {
            size = call.classes - begin < most ? call.classes - begin : most;
            const char *source = row_of<T>(from, row) + ptrdiff_t(begin) * from.col;
            char *target = const_cast<char *>(row_of<T>(to, row)) + ptrdiff_t(begin) * to.col;
            if (!plain_x) read_numbers(from.kind, source, from.col, size, scratch.x);
            T *const out = plain_out ? reinterpret_cast<T *>(target) : scratch.out;
            apply<T, F<T>>(plain_x ? reinterpret_cast<const T *>(source) : scratch.x, out, size);
            if (!plain_out) write_numbers(to.kind, target, to.col, size, out);
        }
    }
}

}  // namespace

#define SOFTARGMAX_JOINED(a, b) a##b
#define SOFTARGMAX_NAMED(number) SOFTARGMAX_JOINED(number, _kernels)

using T = SOFTARGMAX_NUMBER;
extern const Kernels<T> SOFTARGMAX_NAMED(SOFTARGMAX_NUMBER);  // float_kernels, double_kernels
const Kernels<T> SOFTARGMAX_NAMED(SOFTARGMAX_NUMBER) = {
    // In the order of `Function`.
    {softmax<T>, log_softmax<T>, run<T, LogSumExp>, run<T, Summary>, run<T, LogSumExpGiven>, run<T, SoftmaxGiven>,
     run<T, LogSoftmaxGiven>, run<T, Entropy>, run<T, Hardmax>, run<T, LogHardmax>, argmax<T>, top_k<T>,
     cross_entropy<T>, run<T, SoftmaxBackward>, run<T, LogSoftmaxBackward>, elementwise<T, Sigmoid>,
     elementwise<T, LogSigmoid>, elementwise<T, Softplus>},
    shared<T>,
    {W<T>, lane_maxima<T>, reached_by<T>, list_between<T>, weigh<T>, mass_above<T>, histogram<T>, draw_tiles<T>}};

}  // namespace SOFTARGMAX_ISA
}  // namespace softargmax
