// The functions that are not worth a vector: the same on every instruction set, and in double.
#include "divergence.hpp"
#include "integers.hpp"
#include "sparse.hpp"
#include "weighted.hpp"

namespace softargmax {
namespace {

using namespace SOFTARGMAX_ISA;

void write_row(const Operand &operand, std::size_t row, std::size_t count, const double *from) {
    write_numbers(operand.kind, const_cast<char *>(row_of<double>(operand, row)), operand.col, count, from);
}

template <Sparse kind>
void sparse(const Call &call, std::size_t rows, void *scratch) {
    auto *const row = static_cast<double *>(scratch);
    double *const candidates = row + call.classes;
    for (std::size_t i = 0; i < rows; ++i) {
        stage_row(call[kX], call[kWhere], i, call.classes, row);
        sparse_row(kind, row, call.classes, candidates);
        if (call[kWhere]) mask_row(call[kWhere], i, call.classes, row, 1, 0.0);
        write_row(call[kOut], i, call.classes, row);
    }
}

void weighted(const Call &call, std::size_t rows, void *scratch) {
    auto *const x = static_cast<double *>(scratch);
    double *const weights = x + call.classes;
    auto *const counts = reinterpret_cast<char *>(weights + call.classes);
    for (std::size_t i = 0; i < rows; ++i) {
        stage_row(call[kY], Operand{}, i, call.classes, weights);
        if (call[kWhere]) mask_row(call[kWhere], i, call.classes, weights, 1, 0.0);
        for (std::size_t j = 0; j < call.classes; ++j) counts[j] = weights[j] != 0.0;
        const Operand counting{counts, 0, 1, Kind::boolean};
        stage_row(call[kX], counting, i, call.classes, x);
        const SignedLog result = weighted_logsumexp(
            call.classes, [&](std::size_t j) { return x[j]; }, [&](std::size_t j) { return weights[j]; });
        const double size = from_origin(call[kX], counting, i, call.classes, result.log_size);
        write_row(call[kPerRow], i, 1, &size);
        write_row(call[kPerRowToo], i, 1, &result.sign);
    }
}

void divergences(const Call &call, std::size_t rows, void *scratch) {
    auto *const p = static_cast<double *>(scratch);
    double *const q = p + call.classes;
    for (std::size_t i = 0; i < rows; ++i) {
        stage_row(call[kX], Operand{}, i, call.classes, p);
        stage_row(call[kY], Operand{}, i, call.classes, q);
        const double distance = divergence(p, q, call.classes);
        write_row(call[kPerRow], i, 1, &distance);
    }
}

}  // namespace

Kernel plain_kernel(Function function) {
    switch (function) {
        case Function::sparsemax:
            return sparse<Sparse::sparsemax>;
        case Function::entmax15:
            return sparse<Sparse::entmax15>;
        case Function::weighted_logsumexp:
            return weighted;
        case Function::divergence:
            return divergences;
        case Function::sample:
            return sample;
        default:
            return nullptr;
    }
}

}  // namespace softargmax
