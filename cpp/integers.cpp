// What 64-bit integers need beside integers.hpp: a quick look whether all of them are doubles, and the order of those
// that doubles do not tell apart.
#include "integers.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "vectors.hpp"

namespace softargmax {
namespace {

using namespace SOFTARGMAX_ISA;

template <class Integer>
struct Numbered {
    Integer x;
    std::int64_t code;

    bool operator<(const Numbered &other) const { return x > other.x || (x == other.x && code < other.code); }
};

template <class Integer>
void write_largest(const Call &call, std::size_t row, const IntegerRow<Integer> &integers, void *scratch) {
    auto *const all = static_cast<Numbered<Integer> *>(scratch);
    for (std::size_t j = 0; j < call.classes; ++j) all[j] = {integers[j], static_cast<std::int64_t>(j)};
    std::partial_sort(all, all + call.top, all + call.classes);
    const Operand &codes = call[kPerRow];
    char *to = const_cast<char *>(row_of<std::int64_t>(codes, row));
    for (std::size_t i = 0; i < call.top; ++i, to += codes.col) std::memcpy(to, &all[i].code, sizeof all[i].code);
}

// All bits of all numbers, each of them shifted.
__attribute__((always_inline)) inline std::uint64_t united(const std::uint64_t *numbers, std::size_t n,
                                                           std::uint64_t shift) {
    std::uint64_t bits = 0;
    for (std::size_t j = 0; j < n; ++j) bits |= numbers[j] + shift;
    return bits;
}

}  // namespace

bool are_all_doubles(const Call &call, std::size_t rows) {
    Operand x = call[kX];
    std::size_t outer = rows, inner = call.classes;
    if (std::abs(x.row) < std::abs(x.col)) std::swap(x.row, x.col), std::swap(outer, inner);
    if (x.row == x.col * static_cast<std::ptrdiff_t>(inner)) inner *= outer, outer = 1;
    const std::uint64_t shift = x.kind == Kind::int64 ? kDoublesEnd : 0;
    for (std::size_t i = 0; i < outer; ++i) {
        if (x.col != sizeof(std::uint64_t) && !are_doubles(x, Operand{}, i, inner)) return false;
        const auto *numbers = reinterpret_cast<const std::uint64_t *>(row_of<char>(x, i));
        if (x.col == sizeof(std::uint64_t) && vectorised<united>(numbers, inner, shift) >= kDoublesEnd + shift)
            return false;
    }
    return true;
}

void order_integers(const Call &call, std::size_t rows, void *scratch) {
    for (std::size_t row = 0; row < rows; ++row)
        if (!are_doubles(call[kX], Operand{}, row, call.classes))
            with_integers(call[kX], Operand{}, row, call.classes,
                          [&](const auto &integers) { write_largest(call, row, integers, scratch); });
}

}  // namespace softargmax
