#include "common/samples.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>

namespace apilab::bench {
namespace {

double median_of(std::vector<double> values) {
    if (values.empty()) {
        throw std::logic_error("a median of nothing");
    }
    std::ranges::sort(values);
    const auto half = values.size() / 2;
    return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

std::string number(double value, int digits) {
    char text[64];
    std::snprintf(text, sizeof(text), "%.*f", digits, value);
    return text;
}

}  // namespace

double Samples::median() const {
    return median_of(values_);
}
double Samples::min() const {
    return *std::ranges::min_element(values_);
}
double Samples::max() const {
    return *std::ranges::max_element(values_);
}
std::string Samples::to_string(int digits) const {
    return number(median(), digits) + " (" + number(min(), digits) + " to " +
           number(max(), digits) + ")";
}

double median_ratio(const Samples& a, const Samples& b) {
    std::vector<double> ratios;
    for (std::size_t i = 0; i < std::min(a.values().size(), b.values().size()); ++i) {
        ratios.push_back(a.values()[i] / b.values()[i]);
    }
    return median_of(std::move(ratios));
}

int argument(int argc, char** argv, int index, int fallback) {
    const int value = index < argc ? std::atoi(argv[index]) : 0;
    return value > 0 ? value : fallback;
}

void print_bar(const std::string& what, double value, double bar, const std::string& unit) {
    std::printf("  %-44s %8.2f %-4s bar %.2f: %s\n", what.c_str(), value, unit.c_str(), bar,
                value <= bar ? "reached" : "NOT reached");
}

}  // namespace apilab::bench
