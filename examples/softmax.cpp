// Rows of logits from standard input, "1 3 2" in each line; their probabilities on standard output.
#include <cstdio>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

#include <softargmax.hpp>

int main() {
    for (std::string line; std::getline(std::cin, line);) {
        std::istringstream numbers(line);
        std::vector<double> row;
        for (double logit; numbers >> logit;) row.push_back(logit);
        softargmax::softmax(row.data(), row.data(), 1, row.size());
        for (const double probability : row) std::printf("%.17g ", probability);
        std::printf("\n");
    }
}
