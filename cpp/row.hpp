// A row is one vector of logits: n values, `stride` elements apart. Everything here is about finding rows
// in arrays of any shape and strides, without copying them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace softargmax {

template <class T>
struct Row {
    T *data;
    std::ptrdiff_t stride;
    std::size_t size;

    T &operator[](std::size_t i) const { return data[static_cast<std::ptrdiff_t>(i) * stride]; }
};

// Which entries of a row count. A null mask counts all of them.
struct Where {
    const bool *data = nullptr;
    std::ptrdiff_t stride = 0;

    bool operator[](std::size_t i) const {
        return data == nullptr || data[static_cast<std::ptrdiff_t>(i) * stride];
    }
};

// Walks the leading axes of several arrays of one shape together, the last axis being the row.
// `offset(k)` is where the current row of operand k begins.
template <std::size_t Operands>
class Walk {
public:
    Walk(std::vector<std::size_t> leading_shape,
         std::array<std::vector<std::ptrdiff_t>, Operands> strides)
        : shape_(std::move(leading_shape)), strides_(std::move(strides)), index_(shape_.size(), 0) {
        for (std::size_t length : shape_) remaining_ *= length;
    }

    bool done() const { return remaining_ == 0; }
    std::ptrdiff_t offset(std::size_t operand) const { return offsets_[operand]; }

    void next() {
        --remaining_;
        for (std::size_t axis = shape_.size(); axis-- > 0;) {
            if (++index_[axis] < shape_[axis]) {
                move(axis, 1);
                return;
            }
            move(axis, 1 - static_cast<std::ptrdiff_t>(shape_[axis]));
            index_[axis] = 0;
        }
    }

private:
    void move(std::size_t axis, std::ptrdiff_t steps) {
        for (std::size_t k = 0; k < Operands; ++k)
            if (!strides_[k].empty()) offsets_[k] += steps * strides_[k][axis];
    }

    std::vector<std::size_t> shape_;
    std::array<std::vector<std::ptrdiff_t>, Operands> strides_;
    std::vector<std::size_t> index_;
    std::array<std::ptrdiff_t, Operands> offsets_{};
    std::size_t remaining_ = 1;
};

}  // namespace softargmax
