// The nucleus of a row: the first so many of what is kept whose weights sum to p times the sum of all, or more.
//
// Three ways, each tried where the one before leaves it open. The largest few may be enough whatever the rest weighs,
// of which the blocks' maxima give a bound. They may be enough once the row is weighed, in float with a bound of the
// error. Otherwise the border is closed in on: a sample or a histogram of the row says between which logits it most
// likely is, one walk finds those logits and the weight of the larger ones, and the few that are left are weighed in
// double.
#pragma once

#include "weighed_row.hpp"

namespace softargmax {

template <class T>
class Nucleus {
public:
    Nucleus(WeighedRow<T> &row, double p) : row_(row), room_(row.room_), p_(p) {}

    void keep() {
        const std::size_t listed = row_.list_largest(kFew);
        few_ = std::min(listed, kFew);
        std::sort(room_.candidates, room_.candidates + few_, ByLogit{});
        const double sum = row_.add_up_candidates(few_)[few_ - 1];
        if (listed < kFew) {
            keep_from_few(sum, sum);
        } else if (!keep_from_few(sum, sum + bound_of_rest(room_.candidates[few_ - 1].x))) {
            if (row_.float_will_do())
                weigh_and_keep<float>();
            else
                weigh_and_keep<double>();
        }
    }

private:
    // So many are enough for most nuclei.
    static constexpr std::size_t kFew = 64;
    // So many logits are a sample, and what it says is checked.
    static constexpr std::size_t kSample = 8192, kSideBySide = 16;
    static constexpr int kHalvings = 16;

    // Keeps what the largest few give if that is the same for every sum of all between the two.
    bool keep_from_few(double least, double most) {
        const double *const ends = room_.list_ends, *const end = ends + few_;
        const double *const found = std::lower_bound(ends, end, p_ * least);
        if (found == end || found != std::lower_bound(found, end, p_ * most)) return false;
        row_.border_ = room_.candidates[found - ends];
        return true;
    }

    // What all but the largest few weigh at most: nothing of theirs is larger than `largest`, nor than its lane's
    // maximum.
    double bound_of_rest(T largest) const {
        const std::size_t lanes = parts<T>().lanes, count = row_.blocks_ * lanes;
        T *const capped = room_.parts;
        for (std::size_t i = 0; i < count; ++i) capped[i] = std::min(room_.maxima[i], largest);
        const Weighing<T> by = row_.template weighing<T>(std::numeric_limits<T>::lowest());
        const double weight = parts<T>().weigh(capped, count, by, capped);
        return 1.001 * static_cast<double>(kBlock / lanes) * weight + 1e-50 * static_cast<double>(row_.n_);
    }

    template <class P>
    void weigh_and_keep() {
        const double total = row_.template store_weights<P>();
        const double slack = std::is_same_v<P, float> ? row_.error(total) : 0.0;
        if (keep_from_few(total * (1.0 - slack), total * (1.0 + slack))) return;
        goal_ = p_ * total;
        slack_ = 2.0 * slack;  // of the goal and of what is compared with it
        close_in<P>();
    }

    // The border is one of the logits above `low`, up to `high`.
    struct Bracket {
        T low, high;
    };

    bool falls_short(double sum, double goal) const { return sum < goal * (1.0 - slack_); }
    bool reaches(double sum, double goal) const { return sum >= goal * (1.0 + slack_); }

    template <class P>
    void close_in() {
        const P *const weights = row_.template stored<P>();
        T *const xs = room_.row + row_.n_;
        P *const ws = reinterpret_cast<P *>(room_.list_ends);
        const Bracket all{std::numeric_limits<T>::lowest(), row_.max_};
        Bracket part = all;
        double above = 0.0;
        std::size_t count = 0;
        const auto holds_border = [&](Bracket bracket) {
            part = bracket;
            above = row_.mass_above(row_.x_, weights, row_.n_, part.high);
            count = gather(part, weights, xs, ws);
            return falls_short(above, goal_) && reaches(above + row_.mass_above(xs, ws, count, all.low), goal_);
        };
        // A few classes that weigh much are not seen in a sample.
        const bool is_long = row_.n_ > 2 * kSample, is_flat = 8.0 * goal_ > p_ * static_cast<double>(row_.n_);
        const bool is_found = is_long && ((is_flat && holds_border(bracket_of_sample(weights, xs, ws))) ||
                                          holds_border(bracket_of_histogram(weights)));
        if (!is_found) {
            part = all;
            above = 0.0;
            count = gather(all, weights, xs, ws);
        }
        part = narrowed(part, xs, ws, count, above, goal_, goal_);
        above += row_.mass_above(xs, ws, count, part.high);
        Candidate<T> *const candidates = room_.candidates;
        const auto is_outside = [&](const Candidate<T> &c) { return c.x <= part.low || c.x > part.high; };
        count = static_cast<std::size_t>(std::remove_if(candidates, candidates + count, is_outside) - candidates);
        if (!std::is_sorted(candidates, candidates + count, ByLogit{}))
            std::sort(candidates, candidates + count, ByLogit{});
        settle(above, count, part.high);
    }

    // Lists what is in the bracket, with its logits and weights apart.
    template <class P>
    std::size_t gather(Bracket part, const P *weights, T *xs, P *ws) const {
        const T least = std::nextafter(part.low, std::numeric_limits<T>::infinity());
        const std::size_t count =
            row_.list(part.low == std::numeric_limits<T>::lowest() ? part.low : least, part.high, row_.n_);
        for (std::size_t i = 0; i < count; ++i) {
            xs[i] = room_.candidates[i].x;
            ws[i] = weights[room_.candidates[i].code];
        }
        return count;
    }

    // From a sample: four standard errors of what it says is above a logit, on either side.
    template <class P>
    Bracket bracket_of_sample(const P *weights, T *xs, P *ws) const {
        constexpr std::size_t pieces = kSample / kSideBySide;
        double sum = 0.0, squares = 0.0;
        for (std::size_t i = 0; i < pieces; ++i) {
            const std::size_t from = (row_.n_ - kSideBySide) / pieces * i;
            P part = P(0), part_squares = P(0);
            for (std::size_t j = 0; j < kSideBySide; ++j) {
                const P weight = weights[from + j] * static_cast<P>(kInverseOne<P>);
                xs[i * kSideBySide + j] = row_.x_[from + j];
                ws[i * kSideBySide + j] = weights[from + j];
                part += weight;
                part_squares += weight * weight;
            }
            sum += static_cast<double>(part);
            squares += static_cast<double>(part_squares);
        }
        const double equal = sum * sum / squares;  // so many equal weights would tell as much
        const double margin = 4.0 * std::sqrt(p_ * (1.0 - p_) / equal) + 4.0 / equal;
        const Bracket all{std::numeric_limits<T>::lowest(), row_.max_};
        return narrowed(all, xs, ws, kSample, 0.0, (p_ - margin) * sum, (p_ + margin) * sum);
    }

    // From the histogram of the weights: the bin where the goal is reached, and a little more on either side.
    template <class P>
    Bracket bracket_of_histogram(const P *weights) const {
        double sums[kBins];
        parts<P>().histogram(weights, row_.n_, sums);
        std::size_t bin = 0;
        for (double sum = sums[0]; bin + 1 < kBins && sum < goal_; sum += sums[bin]) ++bin;
        constexpr int shift = (std::is_same_v<P, float> ? 23 : 52) - kBinBits;
        const Bits<P> one = bits_of(static_cast<P>(1.0 / kInverseOne<P>));
        const auto logit_at = [&](std::size_t border, double margin) {
            const double weight = static_cast<double>(of_bits<P>(one - (static_cast<Bits<P>>(border) << shift)));
            const double x = row_.max_ + row_.temperature() * (std::log(weight * kInverseOne<P>) + margin);
            return static_cast<T>(std::max(x, static_cast<double>(std::numeric_limits<T>::lowest())));
        };
        // Weights and logarithms are rounded, by less than this.
        constexpr double margin = 1e-3;
        return {bin + 1 == kBins ? std::numeric_limits<T>::lowest() : logit_at(bin + 1, -margin),
                logit_at(bin, margin)};
    }

    template <class P>
    using Bits = std::conditional_t<std::is_same_v<P, float>, std::int32_t, std::int64_t>;

    template <class P>
    static Bits<P> bits_of(P x) {
        Bits<P> bits;
        std::memcpy(&bits, &x, sizeof bits);
        return bits;
    }
    template <class P>
    static P of_bits(Bits<P> bits) {
        P x;
        std::memcpy(&x, &bits, sizeof x);
        return x;
    }

    // The bracket with its ends moved together, as long as what is above `high`, and `above`, falls short of the
    // lower goal, and what is above `low` reaches the higher one.
    template <class P>
    Bracket narrowed(Bracket part, const T *xs, const P *ws, std::size_t count, double above, double low_goal,
                     double high_goal) const {
        const auto sum_above = [&](T x) { return above + row_.mass_above(xs, ws, count, x); };
        // Weights below this are 0; halving would take long to come so far.
        const T lowest = row_.template weighing<P>(std::numeric_limits<P>::lowest()).floor;
        if (part.low < lowest && reaches(sum_above(lowest), high_goal)) part.low = lowest;
        T low = part.low;
        for (int i = 0; i < kHalvings; ++i) {
            const T middle = low / 2 + part.high / 2;
            (falls_short(sum_above(middle), low_goal) ? part.high : low) = middle;
        }
        T high = part.high;
        for (int i = 0; i < kHalvings; ++i) {
            const T middle = part.low / 2 + high / 2;
            (reaches(sum_above(middle), high_goal) ? part.low : high) = middle;
        }
        return part;
    }

    // The first of the candidates up to which the weights sum to the goal. If the error leaves that open, what is above
    // them and the sum of all are added up in double.
    void settle(double above, std::size_t count, T high) {
        const double *const ends = row_.add_up_candidates(count), *const last = ends + (count - 1);
        const double *found = std::lower_bound(ends, last, goal_ * (1.0 - slack_) - above);
        if (found != std::lower_bound(found, last, goal_ * (1.0 + slack_) - above)) {
            double total = 0.0;
            above = 0.0;
            alignas(64) double weights[kBlock + kMostLanes];
            for (std::size_t block = 0; block < row_.blocks_; ++block) {
                const std::size_t begin = block * kBlock, size = std::min(kBlock, row_.n_ - begin);
                total += row_.weigh_block(block, weights);
                above += row_.mass_above(row_.x_ + begin, weights, size, high);
            }
            found = std::lower_bound(ends, last, p_ * total - above);
        }
        row_.border_ = room_.candidates[found - ends];
    }

    WeighedRow<T> &row_;
    const Room<T> &room_;
    const double p_;
    double goal_ = 0.0, slack_ = 0.0;
    std::size_t few_ = 0;
};

}  // namespace softargmax
