// What a kernel is: one function over many rows, the same whatever instruction set it was compiled for.
//
// Nothing here depends on an instruction set. kernels.cpp is compiled for each instruction set and fills
// Kernels; dispatch.cpp chooses among them; loops.cpp walks arrays and shares rows among threads.
#pragma once

#include <cstddef>
#include <cstdint>

namespace softargmax {

// The numbers an array holds. Rows are converted when they are read and written; all arithmetic is in
// float for the first three kinds and in double for the rest.
enum class Kind : std::uint8_t {
    float16,
    bfloat16,
    float32,
    float64,
    int8,
    int16,
    int32,
    int64,
    uint8,
    uint16,
    uint32,
    uint64,
    boolean,
};

// One array of a call, seen as rows of classes; strides in bytes. Absent if data is null. An array that has
// one number per row has no use for `col`.
struct Operand {
    char *data = nullptr;
    std::ptrdiff_t row = 0;
    std::ptrdiff_t col = 0;
    Kind kind = Kind::float32;
    bool is_relative = false;  // 64-bit integers, of which only differences within a row count, see integers.hpp

    explicit operator bool() const { return data != nullptr; }
};

enum Role : std::size_t {
    kX,      // logits, or what plays their part
    kY,      // a second array of the shape of x: soft targets, an upstream gradient; for sample each row's options
    kOut,    // the result, of the shape of x
    kWhere,  // booleans: what counts
    kTemperature,  // one double per row
    kCodes,        // one int64 per row: the true class; negative for a row that does not count
    kPerRow,       // one result per row; codes for argmax, the maximum for what is `given` a summary
    kPerRowToo,    // a second result per row; the tail for what is `given` a summary, uniform numbers for sample
    kRoles
};

// How classes are drawn, see sampling.cpp.
struct Sampling {
    double temperature = 1.0;
    double filter_temperature = 1.0;  // of the probabilities that top_p and min_p are about
    std::size_t top_k = 0;            // 0: all
    double top_p = 1.0;
    double min_p = 0.0;
    std::size_t draws = 1;  // per row
};

// Rows up to this long lie across the lanes of a vector; a longer row fills whole vectors itself.
constexpr std::size_t kShortRow = 128;
constexpr std::size_t kMostLanes = 16;
// Vectors that are worked on together, so that the processor always has something to do that does not wait.
constexpr std::size_t kTogether = 64;

// A row of kLongRow classes or more is gone through piece by piece, each with a maximum and a sum of its own, so that
// threads may share it. Only the number of classes decides that, so a row's bits do not depend on threads. The last
// piece takes what is left over, so that none is short. (Shorter rows are faster with three of them in one loop, see
// along.hpp; from 16,000 to 32,000 floats on, where those no longer fit into the nearest caches, one by one is.)
constexpr std::size_t kLongRow = 32768;
constexpr std::size_t kPieceOfRow = 8192;

// Rows that do not lie as the kernels compute with them are brought in several at a time, up to so many numbers.
constexpr std::size_t kStaged = kShortRow * kMostLanes;

// Scratch memory is several areas, in bytes. They are whole pages, so that the same place in two of them is the same
// place in a page: a load from one is then never mistaken for one that depends on a recent store to the other (4K
// aliasing). As it stands here there is room for tiles of short rows.
constexpr std::size_t kPage = 4096;
constexpr std::size_t area_for(std::size_t numbers, std::size_t each) {
    return (each * (numbers + 4 * kMostLanes) + kPage - 1) / kPage * kPage;
}
constexpr std::size_t kTileArea =
    area_for((kTogether > kShortRow ? kTogether : kShortRow) * kMostLanes, sizeof(double));
struct Areas {
    std::size_t x = kTileArea, y = kTileArea, out = kTileArea, staging = kTileArea;

    // With room for a block of terms after them.
    constexpr std::size_t bytes() const { return x + y + out + staging + 3 * kPage; }
};

struct Call {
    Operand operands[kRoles];
    std::size_t classes = 0;
    double scalar = 1.0;                   // temperature of all rows; the factor of a gradient
    double smoothing = 0.0;                // share of a target spread over all classes
    const double *class_weight = nullptr;  // one factor per class, contiguous
    std::size_t top = 0;                   // how many classes top_k keeps
    Sampling sampling;
    Areas areas;

    const Operand &operator[](Role role) const { return operands[role]; }
    Operand &operator[](Role role) { return operands[role]; }
};

// Computes `rows` rows. `scratch` is a page's beginning and has call.areas.bytes() of room.
using Kernel = void (*)(const Call &call, std::size_t rows, void *scratch);

// The steps of a long row that threads share. In each stage all pieces are gone through; once they are done, one thread
// makes of their results what the next stage needs.
enum class Stage : std::uint8_t { maximum, sum, finish };

struct SharedRow {
    // Makes the state of a row, in memory that is aligned to 64 bytes. `copy` is room for all numbers of a row that
    // does not lie as the kernels compute with it (Areas::x bytes).
    void (*begin)(const Call &row, void *copy, void *memory);
    void (*piece)(void *state, Stage stage, std::size_t piece, void *scratch);
    void (*close)(void *state, Stage stage);
    std::size_t bytes, bytes_per_piece;  // of that memory
    std::size_t stages;
};

enum class Function : std::size_t {
    softmax,
    log_softmax,
    logsumexp,
    summary,
    logsumexp_given,
    softmax_given,
    log_softmax_given,
    entropy,
    hardmax,
    log_hardmax,
    argmax,
    top_k,
    cross_entropy,
    softmax_backward,
    log_softmax_backward,
    sigmoid,
    log_sigmoid,
    softplus,
    count,
    // One for all instruction sets, in double, see plain.cpp:
    sparsemax = count,
    entmax15,
    weighted_logsumexp,
    divergence,
    sample
};
constexpr std::size_t kFunctions = static_cast<std::size_t>(Function::count);

// What sampling.cpp leaves to vectors, see maxima.hpp and sampling.hpp. Rows are gone through a block at a time.
constexpr std::size_t kBlock = 256;

// A histogram of weights has so many bins per power of 2, and so many in all; the last holds all that is smaller.
constexpr int kBinBits = 5;
constexpr std::size_t kBins = std::size_t(32) << kBinBits;

template <class T>
struct Candidate {
    T x;
    std::size_t code;
};

template <class T>
struct Weighing {
    T max;
    T inverse_temperature;  // twice that for double
    T floor;                // what is below weighs nothing
};

// What stands in the place of a code: the row has no softmax; the row must be drawn from alone.
constexpr std::int64_t kInvalid = -1, kOpen = -2;

template <class T>
struct Between {  // both of them included
    T least;
    T largest;
};

template <class T>
struct RowParts {
    std::size_t lanes;  // maxima per block
    bool (*lane_maxima)(const T *x, std::size_t n, T *maxima, T *max);
    T (*reached_by)(std::size_t k, const T *maxima, std::size_t n, T *parts, Candidate<T> *room);
    std::size_t (*list)(const T *x, std::size_t n, const T *maxima, Between<T> which, std::size_t most,
                        Candidate<T> *to);
    double (*weigh)(const T *x, std::size_t n, const Weighing<T> &by, T *weights);
    double (*mass_above)(const T *x, const T *weights, std::size_t n, T above);
    void (*histogram)(const T *weights, std::size_t n, double *sums);
    Kernel draw_tiles;  // kOpen where the error leaves a code open
};

// What kernels.cpp gives for one instruction set, with all arithmetic in T.
template <class T>
struct Kernels {
    Kernel functions[kFunctions];
    const SharedRow *(*shared)(Function function, const Call &call);  // null if there is no such way
    RowParts<T> parts;
};

struct KernelTable {
    const char *name;                  // "x86-64-v3"
    const Kernels<float> *in_float;    // float32, float16, bfloat16
    const Kernels<double> *in_double;  // float64 and integers
};

// The functions that are the same for all instruction sets.
Kernel plain_kernel(Function function);
void sample(const Call &call, std::size_t rows, void *scratch);
// Are all integers of x doubles? Then the kernels need not ask it of every row.
bool are_all_doubles(const Call &call, std::size_t rows);
// Writes the codes of top_k once more, for rows whose integers doubles do not tell apart.
void order_integers(const Call &call, std::size_t rows, void *scratch);

}  // namespace softargmax
