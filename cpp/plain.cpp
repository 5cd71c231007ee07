// The functions that are not worth a vector: the same on every instruction set, and in double.
#include "numbers.hpp"
#include "sparse.hpp"
#include "weighted.hpp"

namespace softargmax {
namespace {

using namespace SOFTARGMAX_ISA;

const char *row_at(const Operand &operand, std::size_t row) {
    return operand.data + static_cast<std::ptrdiff_t>(row) * operand.row;
}

void read_row(const Operand &operand, std::size_t row, std::size_t classes, double *to) {
    read_numbers<double>(operand.kind, row_at(operand, row), operand.col, classes, to);
}

// Is class j of a row left out?
bool is_masked(const Operand &where, std::size_t row, std::size_t j) {
    return where && *(row_at(where, row) + static_cast<std::ptrdiff_t>(j) * where.col) == 0;
}

template <Sparse kind>
void sparse(const Call &call, std::size_t rows, void *scratch) {
    auto *const row = static_cast<double *>(scratch);
    double *const candidates = row + call.classes;
    for (std::size_t i = 0; i < rows; ++i) {
        read_row(call[kX], i, call.classes, row);
        for (std::size_t j = 0; j < call.classes; ++j)
            if (is_masked(call[kWhere], i, j)) row[j] = -std::numeric_limits<double>::infinity();
        sparse_row(kind, row, call.classes, candidates);
        for (std::size_t j = 0; j < call.classes; ++j)
            if (is_masked(call[kWhere], i, j)) row[j] = 0.0;
        write_numbers(call[kOut].kind, const_cast<char *>(row_at(call[kOut], i)), call[kOut].col, call.classes, row);
    }
}

void weighted(const Call &call, std::size_t rows, void *scratch) {
    auto *const x = static_cast<double *>(scratch);
    double *const weights = x + call.classes;
    for (std::size_t i = 0; i < rows; ++i) {
        read_row(call[kX], i, call.classes, x);
        read_row(call[kY], i, call.classes, weights);
        for (std::size_t j = 0; j < call.classes; ++j)
            if (is_masked(call[kWhere], i, j)) weights[j] = 0.0;
        const SignedLog result = weighted_logsumexp(
            call.classes, [&](std::size_t j) { return x[j]; }, [&](std::size_t j) { return weights[j]; });
        for (const auto &[operand, value] :
             {std::pair{call[kPerRow], result.log_size}, std::pair{call[kPerRowToo], result.sign}})
            write_numbers(operand.kind, const_cast<char *>(row_at(operand, i)), 0, 1, &value);
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
        case Function::sample:
            return sample;
        default:
            return nullptr;
    }
}

}  // namespace softargmax
