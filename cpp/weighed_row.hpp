// A row of which classes are drawn: its maxima, what is kept of it, and the weights of that. Only sampling.cpp and
// nucleus.hpp use it, which are the same for all instruction sets.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <type_traits>

#include "dispatch.hpp"
#include "numbers.hpp"
#include "numerics.hpp"

namespace softargmax {

template <class P>
const RowParts<P> &parts() {
    if constexpr (std::is_same_v<P, float>)
        return table_in_use().in_float->parts;
    else
        return table_in_use().in_double->parts;
}

// Of the factor that weights carry, see numerics.hpp.
template <class P>
constexpr double kInverseOne = 1.0 / static_cast<double>(SOFTARGMAX_ISA::kOne<P>);

struct ByLogit {
    template <class T>
    bool operator()(const Candidate<T> &a, const Candidate<T> &b) const {
        return a.x > b.x || (a.x == b.x && a.code < b.code);
    }
};

// The scratch memory of a row of n classes. areas.hpp says how large it is.
template <class T>
struct Room {
    T *row;                    // 2 n: the logits where they do not lie as T already, and some of them once more
    Candidate<T> *candidates;  // up to n
    double *list_ends;         // up to n
    char *weights;             // n of them, T or double
    double *block_ends;
    T *maxima;
    T *parts;

    Room(void *scratch, const Areas &areas, std::size_t classes) {
        const std::size_t blocks = (classes + kBlock - 1) / kBlock;
        char *at = static_cast<char *>(scratch);
        row = reinterpret_cast<T *>(at);
        candidates = reinterpret_cast<Candidate<T> *>(at += areas.x);
        list_ends = reinterpret_cast<double *>(at += areas.y);
        weights = at + areas.out / 128 * 64;
        block_ends = reinterpret_cast<double *>(at += areas.out);
        maxima = reinterpret_cast<T *>(block_ends + blocks);
        parts = maxima + blocks * kMostLanes;
    }
};

template <class T>
class WeighedRow {
public:
    WeighedRow(const T *x, std::size_t n, const Room<T> &room, double temperature)
        : x_(x), n_(n), blocks_((n + kBlock - 1) / kBlock), room_(room), temperature_(temperature) {}

    // Finds the maxima; gives whether the row has a softmax.
    bool look_through() {
        const bool has_nan = parts<T>().lane_maxima(x_, n_, room_.maxima, &max_);
        border_ = {std::numeric_limits<T>::lowest(), n_};  // -inf is never kept
        return !has_nan && std::isfinite(max_);
    }

    void set_temperature(double temperature) {
        if (temperature != temperature_) are_stored_ = false;
        temperature_ = temperature;
    }

    double temperature() const { return temperature_; }

    bool float_will_do() const { return std::is_same_v<T, float> && temperature_ > 1e-30 && temperature_ < 1e30; }

    // A bound of the relative error of a sum of float weights, given that of all. The error of one weight is 3 |gap| +
    // 2 roundings (a quotient by 1 is exact), and the mean of |gap| under the distribution is its entropy less the
    // logarithm of the sum of the weights, so at most log(n / sum). Four sums per lane add up a block before double
    // takes over.
    double error(double sum) const {
        const double mean_gap = 0.7 * (std::ilogb(static_cast<double>(n_) / sum) + 1);
        const double depth = static_cast<double>(kBlock / 4) / static_cast<double>(parts<float>().lanes);
        return 0x1p-24 * ((temperature_ == 1.0 ? 1.0 : 3.0) * std::max(mean_gap, 0.0) + depth + 6.0);
    }

    bool keeps_all() const { return border_.code == n_ && border_.x == std::numeric_limits<T>::lowest(); }

    // The weights of a block, of what is kept; gives their sum. `weights` has room for a vector more.
    template <class P>
    double weigh_block(std::size_t block, P *weights) const {
        return by_border(block, [&](std::size_t begin, std::size_t end, T floor) {
            return weigh_part(begin, end, floor, weights + (begin - block * kBlock));
        });
    }

    // Sums of the weights of the first 1, 2, ... blocks, of what is kept.
    template <class P>
    void sum_blocks() {
        held_block_ = blocks_;
        if (are_stored_ && std::is_same_v<P, T>) return sum_stored_blocks();
        double sum = 0.0;
        for (std::size_t block = 0; block < blocks_; ++block)
            room_.block_ends[block] = sum += weigh_block(block, held<P>());
        held_block_ = blocks_ - 1;
    }

    // The weights of a block, after its sum; of a row of one block they are at hand.
    template <class P>
    const P *weights_of_block(std::size_t block) {
        if (block != held_block_) weigh_block(block, held<P>());
        held_block_ = block;
        return held<P>();
    }

    // The same, and the weights stay.
    template <class P>
    double store_weights() {
        double sum = 0.0;
        P *const weights = stored<P>();
        for (std::size_t block = 0; block < blocks_; ++block)
            room_.block_ends[block] = sum += weigh_block(block, weights + block * kBlock);
        are_stored_ = std::is_same_v<P, T>;
        return sum;
    }

    template <class P>
    P *stored() const {
        return reinterpret_cast<P *>(room_.weights);
    }

    // Lists what is kept and from `least` to `largest`, in the order of codes; gives how many, `most` + 1 for too many.
    std::size_t list(T least, T largest, std::size_t most) const {
        const T from = std::max(least, border_.x);
        const std::size_t count = parts<T>().list(x_, n_, room_.maxima, {from, largest}, most, room_.candidates);
        if (from > border_.x || border_.code == n_ || count > most) return count;
        const auto is_left_out = [&](const Candidate<T> &c) { return c.x == border_.x && c.code > border_.code; };
        return static_cast<std::size_t>(std::remove_if(room_.candidates, room_.candidates + count, is_left_out) -
                                        room_.candidates);
    }

    // Lists at least the first k of what is kept, all of it if there is less, with the first k first and the k-th of
    // them last; gives how many were listed. Of equal logits, which may be many, no more are looked at than needed.
    std::size_t list_largest(std::size_t k) const {
        Candidate<T> *const candidates = room_.candidates;
        const T least = std::max(parts<T>().reached_by(k, room_.maxima, n_, room_.parts, candidates), border_.x);
        const T next = std::nextafter(least, std::numeric_limits<T>::infinity());
        const auto list_into = [&](Between<T> which, std::size_t most, Candidate<T> *to) {
            return parts<T>().list(x_, n_, room_.maxima, which, most, to);
        };
        const std::size_t above = list_into({next, max_}, n_, candidates);
        if (above >= k) {
            std::nth_element(candidates, candidates + (k - 1), candidates + above, ByLogit{});
            return above;
        }
        const std::size_t equal = std::min(list_into({least, least}, k - above, candidates + above), k - above);
        const auto is_left_out = [&](const Candidate<T> &c) { return c.x == border_.x && c.code > border_.code; };
        return static_cast<std::size_t>(std::remove_if(candidates + above, candidates + above + equal, is_left_out) -
                                        candidates);
    }

    // The sums of the weights of the first 1, 2, ... candidates, in double.
    const double *add_up_candidates(std::size_t count) const {
        double *const ends = room_.list_ends;
        double sum = 0.0;
        for (std::size_t i = 0; i < count; ++i) ends[i] = static_cast<double>(room_.candidates[i].x);
        parts<double>().weigh(ends, count, weighing<double>(std::numeric_limits<double>::lowest()), ends);
        for (std::size_t i = 0; i < count; ++i) ends[i] = sum += ends[i] * kInverseOne<double>;
        return ends;
    }

    // The sum of weights of logits that are larger than `above`, of so many numbers.
    template <class P>
    static double mass_above(const T *x, const P *weights, std::size_t n, T above) {
        if constexpr (std::is_same_v<P, T>) {
            return parts<P>().mass_above(x, weights, n, above);
        } else {
            double sum = 0.0;
            P wide[kBlock];
            for (std::size_t begin = 0, end; begin < n; begin = end) {
                end = std::min(begin + kBlock, n);
                std::copy(x + begin, x + end, wide);
                sum += parts<P>().mass_above(wide, weights + begin, end - begin, static_cast<P>(above));
            }
            return sum;
        }
    }

    template <class P>
    Weighing<P> weighing(P floor) const {
        // Smaller weights would not be normal numbers.
        const double lowest = max_ - temperature_ * (std::is_same_v<P, float> ? 125.0 : 1000.0);
        // Two doubles can be further apart than the largest one; halves are not.
        const double half = std::min(2.0 / temperature_, std::numeric_limits<double>::max());
        const P inverse = static_cast<P>(std::is_same_v<P, float> ? 1.0 / temperature_ : half);
        const double limit = std::numeric_limits<P>::lowest();
        return {static_cast<P>(max_), inverse, std::max(floor, static_cast<P>(std::max(lowest, limit)))};
    }

    const T *const x_;
    const std::size_t n_, blocks_;
    const Room<T> room_;
    T max_ = T(0);
    Candidate<T> border_{};  // the last that is kept

private:
    // Adds up f(begin, end, floor) over the parts of a block: those up to the border's code, where logits equal to
    // the border are kept, and those after it.
    template <class F>
    double by_border(std::size_t block, F f) const {
        const std::size_t begin = block * kBlock, end = std::min(begin + kBlock, n_);
        if (border_.code >= end) return f(begin, end, border_.x);
        const T above = std::nextafter(border_.x, std::numeric_limits<T>::infinity());
        if (border_.code < begin) return f(begin, end, above);
        const std::size_t next = border_.code + 1;
        const double first = f(begin, next, border_.x);
        return next == end ? first : first + f(next, end, above);
    }

    void sum_stored_blocks() {
        const T *const weights = stored<T>();
        double sum = 0.0;
        for (std::size_t block = 0; block < blocks_; ++block) {
            sum += by_border(block, [&](std::size_t begin, std::size_t end, T floor) {
                const T above = std::nextafter(floor, -std::numeric_limits<T>::infinity());
                return mass_above(x_ + begin, weights + begin, end - begin, above);
            });
            room_.block_ends[block] = sum;
        }
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

    template <class P>
    P *held() {
        return reinterpret_cast<P *>(held_);
    }

    double temperature_;
    bool are_stored_ = false;
    std::size_t held_block_ = 0;
    alignas(64) char held_[sizeof(double) * (kBlock + kMostLanes)];
};

}  // namespace softargmax
