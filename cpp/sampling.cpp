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
#include <functional>
#include <limits>
#include <type_traits>

#include "dispatch.hpp"
#include "numbers.hpp"

namespace softargmax {
namespace {

using namespace SOFTARGMAX_ISA;

// The part of a row that is enough for most nuclei.
constexpr std::size_t kFew = 64;
// So many kept classes are listed, with their weights in double; more stay where they are.
constexpr std::size_t kListed = 2048;

template <class P>
const RowParts<P> &parts() {
    if constexpr (std::is_same_v<P, float>)
        return table_in_use().float_parts;
    else
        return table_in_use().double_parts;
}

template <class T>
struct Candidate {
    T x;
    std::size_t code;

    bool operator<(const Candidate &other) const { return x > other.x || (x == other.x && code < other.code); }
};

// The scratch memory of a row: four areas of 2 n doubles and a little more.
template <class T>
struct Room {
    T *row;                    // the logits, where they do not lie as T already
    Candidate<T> *candidates;  // up to n
    double *list_ends;         // up to kListed
    double *block_ends;
    T *block_max;
    T *lane_max;

    Room(void *scratch, std::size_t scratch_classes, std::size_t blocks) {
        char *const bytes = static_cast<char *>(scratch);
        const std::size_t area = area_bytes(scratch_classes);
        row = reinterpret_cast<T *>(bytes);
        candidates = reinterpret_cast<Candidate<T> *>(bytes + area);
        list_ends = reinterpret_cast<double *>(bytes + 2 * area);
        block_ends = reinterpret_cast<double *>(bytes + 3 * area);
        block_max = reinterpret_cast<T *>(block_ends + blocks);
        lane_max = block_max + blocks;
    }
};

template <class T>
class Row {
public:
    Row(const Sampling &how, const T *x, std::size_t n, const Room<T> &room)
        : how_(how), x_(x), n_(n), blocks_((n + kBlock - 1) / kBlock), room_(room) {}

    // Finds the maxima; gives whether the row has a softmax.
    bool look_through() {
        lanes_ = parts<T>().lanes;
        const bool has_nan = parts<T>().lane_maxima(x_, n_, room_.lane_max);
        for (std::size_t block = 0; block < blocks_; ++block) {
            const T *const lanes = room_.lane_max + block * lanes_;
            room_.block_max[block] = *std::max_element(lanes, lanes + lanes_);
        }
        max_ = *std::max_element(room_.block_max, room_.block_max + blocks_);
        border_ = {std::numeric_limits<T>::lowest(), n_};  // -inf is never kept
        return !has_nan && std::isfinite(max_);
    }

    void filter() {
        temperature_ = how_.filter_temperature;
        if (how_.top_k > 0 && how_.top_k < n_) keep_largest(how_.top_k);
        if (how_.top_p < 1.0) keep_nucleus(how_.top_p);
        if (how_.min_p > 0.0) keep_above(max_ + temperature_ * std::log(how_.min_p));
        temperature_ = how_.temperature;
        is_listed_ = list_kept();
        has_sums_ = false;
    }

    std::size_t draw(double u) {
        if (is_listed_) return draw_from_list(u);
        if constexpr (std::is_same_v<T, float>) {
            if (float_will_do()) {
                if (!has_sums_) sum_blocks<float>();
                has_sums_ = true;
                const std::size_t code = find<float>(u, error());
                if (code < n_) return code;
                sum_blocks<double>();
                const std::size_t exact = find<double>(u, 0.0);
                has_sums_ = false;
                return exact;
            }
        }
        if (!has_sums_) sum_blocks<double>();
        has_sums_ = true;
        return find<double>(u, 0.0);
    }

private:
    // ---- Weights -------------------------------------------------------------------------------------------

    bool float_will_do() const { return temperature_ > 1e-30 && temperature_ < 1e30; }

    // A bound of the relative error of a sum of float weights. The error of one weight is 3 |gap| + 2 roundings (a
    // quotient by 1 is exact), and the mean of |gap| under the distribution is its entropy less the logarithm of
    // the sum of the weights, so at most log(n / sum). Four sums per lane add up a block before double takes over.
    double error() const {
        const double mean_gap = 0.7 * (std::ilogb(static_cast<double>(n_) / room_.block_ends[blocks_ - 1]) + 1);
        const double depth = static_cast<double>(kBlock / 4) / static_cast<double>(parts<float>().lanes);
        return 0x1p-24 * ((temperature_ == 1.0 ? 1.0 : 3.0) * std::max(mean_gap, 0.0) + depth + 6.0);
    }

    // Two doubles can be further apart than the largest one; halves are not.
    double weight_of(T x) const {
        return std::exp((0.5 * static_cast<double>(x) - 0.5 * static_cast<double>(max_)) * inverse_half());
    }
    double inverse_half() const { return std::min(2.0 / temperature_, std::numeric_limits<double>::max()); }

    template <class P>
    Weighing<P> weighing(P floor) const {
        // Smaller weights would not be normal numbers.
        const double lowest = max_ - temperature_ * (std::is_same_v<P, float> ? 125.0 : 1000.0);
        const P inverse =
            std::is_same_v<P, float> ? static_cast<P>(1.0 / temperature_) : static_cast<P>(inverse_half());
        const double limit = std::numeric_limits<P>::lowest();
        return {static_cast<P>(max_), inverse, std::max(floor, static_cast<P>(std::max(lowest, limit)))};
    }

    template <class P>
    double weigh_part(std::size_t begin, std::size_t end, T floor, P *weights) const {
        const Weighing<P> by = weighing<P>(static_cast<P>(floor));
        if constexpr (std::is_same_v<P, T>) {
            return parts<P>().weigh(x_ + begin, end - begin, by, weights);
        } else {
            P wide[kBlock];
            std::copy(x_ + begin, x_ + end, wide);
            return parts<P>().weigh(wide, end - begin, by, weights);
        }
    }

    // The weights of a block, of what is kept; gives their sum. `weights` has room for a vector more.
    template <class P>
    double weigh_block(std::size_t block, P *weights) const {
        const std::size_t begin = block * kBlock, end = std::min(begin + kBlock, n_);
        if (border_.code >= end) return weigh_part(begin, end, border_.x, weights);
        const T above = std::nextafter(border_.x, std::numeric_limits<T>::infinity());
        if (border_.code < begin) return weigh_part(begin, end, above, weights);
        const std::size_t next = border_.code + 1;
        const double first = weigh_part(begin, next, border_.x, weights);
        return next == end ? first : first + weigh_part(next, end, above, weights + (next - begin));
    }

    template <class P>
    void sum_blocks() {
        P *const weights = weights_of_block<P>();
        double sum = 0.0;
        for (std::size_t block = 0; block < blocks_; ++block) {
            if (room_.block_max[block] >= border_.x) sum += weigh_block(block, weights);
            room_.block_ends[block] = sum;
        }
    }

    // The class at u of the distribution function; n if an error of the sums leaves that open.
    template <class P>
    std::size_t find(double u, double error) {
        const double *const ends = room_.block_ends, total = ends[blocks_ - 1];
        const double target = u * total, slack = 2.0 * error * total;
        // Rounded or not, u total is less than total for every u < 1.
        const double *const found = std::upper_bound(ends, ends + blocks_ - 1, target);
        const auto block = static_cast<std::size_t>(found - ends);
        P *const weights = weights_of_block<P>();
        if (blocks_ > 1) weigh_block(block, weights);  // a single one was weighed last
        const std::size_t size = std::min(kBlock, n_ - block * kBlock);
        double begin = 0.0, end = block == 0 ? 0.0 : ends[block - 1];
        std::size_t last = 0;
        for (std::size_t j = 0; j < size && end <= target; ++j) {
            if (weights[j] == P(0)) continue;
            begin = end;
            end += static_cast<double>(weights[j]) * unit<P>();
            last = j;
        }
        const bool is_open = (begin > 0.0 && begin + slack > target) || end < target + slack;
        return error > 0.0 && is_open ? n_ : block * kBlock + last;
    }

    template <class P>
    P *weights_of_block() {
        return reinterpret_cast<P *>(weights_);
    }

    // Weights carry this factor's inverse, see numerics.hpp.
    template <class P>
    static constexpr double unit() {
        return std::is_same_v<P, float> ? 0x1p-64 : 0x1p-512;
    }

    // ---- The kept classes as a list, where they are few ------------------------------------------------------

    // Lists what is kept and not below `least`, in the order of codes; gives how many, `most` + 1 for too many.
    std::size_t gather(T least, std::size_t most) const {
        const Candidate<T> from{std::max(least, border_.x), least > border_.x ? n_ : border_.code};
        std::size_t count = 0;
        for (std::size_t block = 0; block < blocks_; ++block) {
            if (room_.block_max[block] < from.x) continue;
            const std::size_t end = std::min((block + 1) * kBlock, n_);
            for (std::size_t j = block * kBlock; j < end; ++j) {
                if (x_[j] < from.x || (x_[j] == from.x && j > from.code)) continue;
                if (count == most) return most + 1;
                room_.candidates[count++] = {x_[j], j};
            }
        }
        return count;
    }

    bool list_kept() {
        if (border_.code == n_ && border_.x == std::numeric_limits<T>::lowest()) return false;  // all are kept
        const std::size_t count = gather(border_.x, kListed);
        if (count > kListed) return false;
        add_up_candidates(count);
        listed_ = count;
        return true;
    }

    // The sums of the weights of the first 1, 2, ... candidates, in double.
    const double *add_up_candidates(std::size_t count) const {
        double *const ends = room_.list_ends;
        double sum = 0.0;
        for (std::size_t i = 0; i < count; ++i) ends[i] = static_cast<double>(room_.candidates[i].x);
        parts<double>().weigh(ends, count, weighing<double>(std::numeric_limits<double>::lowest()), ends);
        for (std::size_t i = 0; i < count; ++i) ends[i] = sum += ends[i] * unit<double>();
        return ends;
    }

    std::size_t draw_from_list(double u) const {
        const double *const ends = room_.list_ends, total = ends[listed_ - 1];
        const double *const found = std::upper_bound(ends, ends + listed_ - 1, u * total);
        return room_.candidates[found - ends].code;
    }

    // ---- Filters ---------------------------------------------------------------------------------------------

    // Lists at least the first k of what is kept, all of it if there is less, with the first k first but in any order;
    // gives how many were listed.
    std::size_t list_largest(std::size_t k) const {
        // The k-th largest of maxima of disjoint parts is not larger than the k-th largest of all.
        T least = border_.x;
        T *const copy = reinterpret_cast<T *>(room_.candidates);
        std::size_t count = 0;
        if (k <= blocks_) {
            count = blocks_;
            std::copy(room_.block_max, room_.block_max + count, copy);
        } else if (k <= blocks_ * lanes_) {
            count = blocks_ * lanes_;
            std::copy(room_.lane_max, room_.lane_max + count, copy);
        }
        if (count > 0) {
            std::nth_element(copy, copy + (k - 1), copy + count, std::greater<>());
            least = std::max(least, copy[k - 1]);
        }
        const std::size_t listed = gather(least, n_);
        if (listed >= k) std::nth_element(room_.candidates, room_.candidates + (k - 1), room_.candidates + listed);
        return listed;
    }

    void keep_largest(std::size_t k) {
        if (list_largest(k) >= k) border_ = room_.candidates[k - 1];
    }

    void keep_above(double least) {
        T lowest = static_cast<T>(std::max(least, static_cast<double>(std::numeric_limits<T>::lowest())));
        if (static_cast<double>(lowest) < least) lowest = std::nextafter(lowest, std::numeric_limits<T>::infinity());
        if (lowest > border_.x) border_ = {lowest, n_};
    }

    // The first so many whose weights sum to p times the sum of all that was kept so far, or more. First by a look at
    // the largest few.
    void keep_nucleus(double p) {
        const std::size_t listed = list_largest(kFew), few = std::min(listed, kFew);
        Candidate<T> *const candidates = room_.candidates;
        std::sort(candidates, candidates + few);
        const double *const ends = add_up_candidates(few);
        double total = ends[few - 1], slack = 0.0;
        if (listed >= kFew) {
            if (std::is_same_v<T, float> && float_will_do()) {
                sum_blocks<float>();
                slack = error();
            } else {
                sum_blocks<double>();
            }
            total = room_.block_ends[blocks_ - 1];
        }
        for (std::size_t i = 0; i < few; ++i) {
            if (ends[i] < p * total * (1.0 - slack)) continue;
            if (ends[i] < p * total * (1.0 + slack)) break;  // the error leaves open whether this is the last one
            border_ = candidates[i];
            return;
        }
        if (listed >= kFew) keep_large_nucleus(p);
    }

    // The same for a nucleus of any size, in double: the weights' histogram over 32 bins per power of 2 leaves
    // one bin to sort.
    void keep_large_nucleus(double p) {
        constexpr std::int64_t bins = 2048;
        const std::int64_t one = bits_of(1.0 / unit<double>());
        double sums[bins] = {}, *const weights = weights_of_block<double>();
        auto *const bin_of = reinterpret_cast<std::int16_t *>(room_.list_ends);
        std::fill(bin_of, bin_of + n_, std::int16_t(-1));
        for (std::size_t block = 0; block < blocks_; ++block) {
            if (room_.block_max[block] < border_.x) continue;
            weigh_block(block, weights);
            const std::size_t begin = block * kBlock, size = std::min(kBlock, n_ - begin);
            for (std::size_t j = 0; j < size; ++j) {
                if (weights[j] == 0.0) continue;
                const std::int64_t bin = std::clamp<std::int64_t>((one - bits_of(weights[j])) >> 47, 0, bins - 1);
                bin_of[begin + j] = static_cast<std::int16_t>(bin);
                sums[bin] += weights[j];
            }
        }
        double total = 0.0, sum = 0.0;
        for (const double part : sums) total += part;
        std::int64_t bin = 0;
        for (; bin + 1 < bins && sum + sums[bin] < p * total; ++bin) sum += sums[bin];
        std::size_t count = 0;
        for (std::size_t j = 0; j < n_; ++j)
            if (bin_of[j] == bin) room_.candidates[count++] = {x_[j], j};
        std::sort(room_.candidates, room_.candidates + count);
        for (std::size_t i = 0; i < count; ++i) {
            border_ = room_.candidates[i];
            sum += weight_of(border_.x) / unit<double>();
            if (sum >= p * total) break;
        }
    }

    static std::int64_t bits_of(double x) {
        std::int64_t bits;
        std::memcpy(&bits, &x, sizeof bits);
        return bits;
    }

    const Sampling &how_;
    const T *x_;
    std::size_t n_, blocks_, lanes_ = 0, listed_ = 0;
    Room<T> room_;
    T max_ = T(0);
    Candidate<T> border_{};
    double temperature_ = 1.0;
    bool is_listed_ = false, has_sums_ = false;
    alignas(64) char weights_[sizeof(double) * (kBlock + kMostLanes)];
};

template <class T>
void sample_rows(const Call &call, std::size_t rows, void *scratch) {
    const Room<T> room(scratch, call.scratch_classes, (call.classes + kBlock - 1) / kBlock);
    const Operand &logits = call[kX], &codes = call[kPerRow], &uniform = call[kPerRowToo];
    for (std::size_t i = 0; i < rows; ++i) {
        const auto offset = static_cast<std::ptrdiff_t>(i);
        const char *const from = logits.data + offset * logits.row;
        const bool is_plain = is_plain_row<T>(logits);
        if (!is_plain) read_numbers<T>(logits.kind, from, logits.col, call.classes, room.row);
        Row<T> row(call.sampling, is_plain ? reinterpret_cast<const T *>(from) : room.row, call.classes, room);
        const bool is_valid = row.look_through();
        if (is_valid) row.filter();
        for (std::size_t draw = 0; draw < call.sampling.draws; ++draw) {
            const auto at = static_cast<std::ptrdiff_t>(draw);
            double u;
            std::memcpy(&u, uniform.data + offset * uniform.row + at * uniform.col, sizeof u);
            const std::int64_t code = is_valid ? static_cast<std::int64_t>(row.draw(u)) : -1;
            std::memcpy(codes.data + offset * codes.row + at * codes.col, &code, sizeof code);
        }
    }
}

}  // namespace

void sample(const Call &call, std::size_t rows, void *scratch) {
    const bool in_float =
        call[kX].kind == Kind::float32 || call[kX].kind == Kind::float16 || call[kX].kind == Kind::bfloat16;
    (in_float ? sample_rows<float> : sample_rows<double>)(call, rows, scratch);
}

}  // namespace softargmax
