// Drawing a class of a row from softmax(x / temperature), after top_k, top_p and min_p.
//
// Conventions: the weight of a class is exp((x_j - max) / temperature), so that the largest is 1. Classes are ordered
// by their logits, largest first, and by their codes where logits are equal. Every filter keeps the first so many
// of this order, so all that is left of the filters is one border: the last class that is kept.
//
// A draw is the inverse of the distribution function: the first class of those kept, in the order of codes, up to
// which the weights sum to more than u times the sum of all. For float rows the weights are first computed in
// float, with a bound of their error; only if that leaves the class open, which the bound tells, they are
// computed again in double. So the class is the one that double gives, at nearly the cost of float.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <type_traits>

#include "integers.hpp"
#include "nucleus.hpp"

namespace softargmax {
namespace {

using namespace SOFTARGMAX_ISA;

// So many kept classes are listed, with their weights in double; more stay where they are.
constexpr std::size_t kListed = 2048;

template <class T>
class Drawing {
public:
    Drawing(const Sampling &how, const T *x, std::size_t n, const Room<T> &room)
        : how_(how), row_(x, n, room, how.filter_temperature) {}

    bool look_through() { return row_.look_through(); }

    void filter() {
        if (how_.top_k > 0 && how_.top_k < row_.n_) keep_largest(how_.top_k);
        if (how_.top_p < 1.0) Nucleus<T>(row_, how_.top_p).keep();
        if (how_.min_p > 0.0) keep_above(row_.max_ + how_.filter_temperature * std::log(how_.min_p));
        row_.set_temperature(how_.temperature);
        is_listed_ = list_kept();
        has_sums_ = false;
    }

    std::size_t draw(double u) {
        if (is_listed_) return draw_from_list(u);
        const double *const ends = row_.room_.block_ends;
        if (row_.float_will_do()) {
            if (!has_sums_) row_.template sum_blocks<float>();
            has_sums_ = true;
            const std::size_t code = find<float>(u, row_.error(ends[row_.blocks_ - 1]));
            if (code < row_.n_) return code;
            row_.template sum_blocks<double>();
            const std::size_t exact = find<double>(u, 0.0);
            has_sums_ = false;
            return exact;
        }
        if (!has_sums_) row_.template sum_blocks<double>();
        has_sums_ = true;
        return find<double>(u, 0.0);
    }

private:
    void keep_largest(std::size_t k) {
        if (row_.list_largest(k) >= k) row_.border_ = row_.room_.candidates[k - 1];
    }

    void keep_above(double least) {
        T lowest = static_cast<T>(std::max(least, static_cast<double>(std::numeric_limits<T>::lowest())));
        if (static_cast<double>(lowest) < least) lowest = std::nextafter(lowest, std::numeric_limits<T>::infinity());
        if (lowest > row_.border_.x) row_.border_ = {lowest, row_.n_};
    }

    // ---- The kept classes as a list, where they are few ------------------------------------------------------

    bool list_kept() {
        if (row_.keeps_all()) return false;
        const std::size_t count = row_.list(row_.border_.x, row_.max_, kListed);
        if (count > kListed) return false;
        row_.add_up_candidates(count);
        listed_ = count;
        return true;
    }

    std::size_t draw_from_list(double u) const {
        const double *const ends = row_.room_.list_ends, total = ends[listed_ - 1];
        const double *const found = std::upper_bound(ends, ends + listed_ - 1, u * total);
        return row_.room_.candidates[found - ends].code;
    }

    // ---- Where they are ----------------------------------------------------------------------------------------

    // The class at u of the distribution function; n if an error of the sums leaves that open.
    template <class P>
    std::size_t find(double u, double error) {
        const double *const ends = row_.room_.block_ends, total = ends[row_.blocks_ - 1];
        const double target = u * total, slack = 2.0 * error * total;
        // Rounded or not, u total is less than total for every u < 1.
        const double *const found = std::upper_bound(ends, ends + row_.blocks_ - 1, target);
        const auto block = static_cast<std::size_t>(found - ends);
        const P *const weights = row_.template weights_of_block<P>(block);
        const std::size_t size = std::min(kBlock, row_.n_ - block * kBlock);
        double begin = 0.0, end = block == 0 ? 0.0 : ends[block - 1];
        std::size_t last = 0;
        for (std::size_t j = 0; j < size && end <= target; ++j) {
            if (weights[j] == P(0)) continue;
            begin = end;
            end += static_cast<double>(weights[j]) * kInverseOne<P>;
            last = j;
        }
        const bool is_open = (begin > 0.0 && begin + slack > target) || end < target + slack;
        return error > 0.0 && is_open ? row_.n_ : block * kBlock + last;
    }

    const Sampling &how_;
    WeighedRow<T> row_;
    std::size_t listed_ = 0;
    bool is_listed_ = false, has_sums_ = false;
};

// How a row is drawn from: as all are, or by five numbers of its own.
Sampling sampling_of(const Call &call, std::size_t row) {
    Sampling how = call.sampling;
    const Operand &own = call[kY];
    if (!own) return how;
    double numbers[5];
    const char *at = own.data + static_cast<std::ptrdiff_t>(row) * own.row;
    for (double &number : numbers) {
        std::memcpy(&number, at, sizeof number);
        at += own.col;
    }
    how.temperature = numbers[0];
    how.filter_temperature = numbers[1];
    how.top_k = static_cast<std::size_t>(numbers[2]);
    how.top_p = numbers[3];
    how.min_p = numbers[4];
    return how;
}

// Are rows drawn from several at a time? Filters that look at another temperature, temperatures beyond all measure, and
// rows with options of their own are left to rows alone.
bool lie_in_tiles(const Call &call) {
    const Sampling &how = call.sampling;
    if (call[kY]) return false;
    const bool filters_weigh = how.top_p < 1.0 || how.min_p > 0.0;
    return call.classes <= kShortRow && how.temperature > 1e-30 && how.temperature < 1e30 &&
           (!filters_weigh || how.filter_temperature == how.temperature);
}

template <class T>
void sample_rows(const Call &call, std::size_t rows, void *scratch) {
    const bool are_drawn = lie_in_tiles(call);
    if (are_drawn) parts<T>().draw_tiles(call, rows, scratch);
    const Room<T> room(scratch, call.areas, call.classes);
    const Operand &logits = call[kX], &codes = call[kPerRow], &uniform = call[kPerRowToo];
    for (std::size_t i = 0; i < rows; ++i) {
        const auto offset = static_cast<std::ptrdiff_t>(i);
        const auto for_draws = [&](auto f) {
            for (std::size_t draw = 0; draw < call.sampling.draws; ++draw) {
                const auto at = static_cast<std::ptrdiff_t>(draw);
                f(codes.data + offset * codes.row + at * codes.col,
                  uniform.data + offset * uniform.row + at * uniform.col);
            }
        };
        bool is_open = !are_drawn;
        for_draws([&](const char *code, const char *) {
            std::int64_t drawn = 0;
            if (are_drawn) std::memcpy(&drawn, code, sizeof drawn);
            is_open |= drawn == kOpen;
        });
        if (!is_open) continue;
        const char *const from = logits.data + offset * logits.row;
        const bool is_plain = is_plain_row<T>(logits);
        if (!is_plain) stage_row(logits, Operand{}, i, call.classes, room.row);
        const Sampling how = sampling_of(call, i);
        Drawing<T> row(how, is_plain ? reinterpret_cast<const T *>(from) : room.row, call.classes, room);
        const bool is_valid = row.look_through();
        if (is_valid) row.filter();
        for_draws([&](char *to, const char *number) {
            double u;
            std::memcpy(&u, number, sizeof u);
            const std::int64_t code = is_valid ? static_cast<std::int64_t>(row.draw(u)) : kInvalid;
            std::memcpy(to, &code, sizeof code);
        });
    }
}

}  // namespace

void sample(const Call &call, std::size_t rows, void *scratch) {
    const bool in_float =
        call[kX].kind == Kind::float32 || call[kX].kind == Kind::float16 || call[kX].kind == Kind::bfloat16;
    (in_float ? sample_rows<float> : sample_rows<double>)(call, rows, scratch);
}

}  // namespace softargmax
