// How much scratch memory a call needs: room for what does not lie in memory as the kernels compute with it.
#pragma once

#include "kernels.hpp"

namespace softargmax {

constexpr std::size_t bytes_of(Kind kind) {
    switch (kind) {
        case Kind::int8:
        case Kind::uint8:
        case Kind::boolean:
            return 1;
        case Kind::float16:
        case Kind::bfloat16:
        case Kind::int16:
        case Kind::uint16:
            return 2;
        case Kind::float32:
        case Kind::int32:
        case Kind::uint32:
            return 4;
        default:
            return 8;
    }
}

// Do the numbers of a row lie side by side?
inline bool is_dense(const Operand &operand) {
    return operand.col == static_cast<std::ptrdiff_t>(bytes_of(operand.kind));
}

// Is a row gone through piece by piece? Integers of which only differences count are brought in as a whole: relative to
// the largest one of the row.
inline bool comes_in_pieces(const Call &call) { return call.classes >= kLongRow && !call[kX].is_relative; }

inline Areas areas_of(Function function, bool in_double, const Call &call) {
    Areas areas;
    const std::size_t n = call.classes, each = in_double ? sizeof(double) : sizeof(float);
    if (n <= kShortRow) return areas;
    const auto room = [&](std::size_t numbers) { return area_for(numbers, each); };
    const auto is_plain = [&](const Operand &operand) {
        return operand.kind == (in_double ? Kind::float64 : Kind::float32) && is_dense(operand);
    };
    const std::size_t blocks = (n + kBlock - 1) / kBlock;
    if (function == Function::sample)  // see Room in weighed_row.hpp
        return {area_for(2 * n, each), area_for(n, 16), area_for(2 * n, 8), area_for(blocks * (1 + 2 * kMostLanes), 8)};
    if (function >= Function::count) return {area_for(2 * n, sizeof(double)), area_for(n, 1), 0, 0};  // plain.cpp
    const bool takes_parts = function == Function::sigmoid || function == Function::log_sigmoid ||
                             function == Function::softplus || function == Function::argmax;
    if (takes_parts) return areas;  // of a row, a tile's numbers at a time
    areas = {0, 0, 0, 0};
    // Of rows that are not long, as many as there is room for in a tile. Results take the place of logits.
    if (!is_plain(call[kX]) || call[kWhere] || (call[kOut] && !is_plain(call[kOut])))
        areas.x = room(n > kStaged ? n : kStaged);
    if ((call[kY] && !is_plain(call[kY])) || function == Function::cross_entropy) areas.y = room(n);
    if (function == Function::top_k) {
        areas.y = room(2 * blocks * kMostLanes);
        areas.out = area_for(call.top, 16);
        if (call[kX].is_relative) areas.staging = area_for(n, 16);
    }
    return areas;
}

}  // namespace softargmax
