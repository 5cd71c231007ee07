// Answers questions about rows, for processors that have no Python: "softmax float32 33 3" and then 33 rows of 3
// numbers in hexadecimal on standard input, their results in a line on standard output.
#include <cstdio>
#include <cstring>
#include <vector>

#include <softargmax.hpp>

#if defined(__wasm__) && !defined(__wasm_simd128__)
#error "rows.cpp: compile it with -msimd128, so that its vectors are those of the machine"
#endif

template <class T>
bool answer(const char *function, std::size_t rows, std::size_t classes) {
    std::vector<T> x(rows * classes), out(x.size());
    for (T &number : x) {
        double read;
        if (std::scanf("%la", &read) != 1) return false;
        number = T(read);
    }
    if (std::strcmp(function, "softmax") == 0) {
        softargmax::softmax(x.data(), out.data(), rows, classes);
    } else if (std::strcmp(function, "log_softmax") == 0) {
        softargmax::log_softmax(x.data(), out.data(), rows, classes);
    } else {
        out.resize(rows);
        softargmax::logsumexp(x.data(), out.data(), rows, classes);
    }
    for (const T number : out) std::printf("%a ", double(number));
    std::printf("\n");
    return true;
}

int main() {
    char function[16], dtype[16];
    std::size_t rows, classes;
    while (std::scanf("%15s %15s %zu %zu", function, dtype, &rows, &classes) == 4) {
        const bool single = std::strcmp(dtype, "float32") == 0;
        if (!(single ? answer<float>(function, rows, classes) : answer<double>(function, rows, classes))) return 1;
    }
}
