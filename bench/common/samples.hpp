#pragma once

#include <string>
#include <utility>
#include <vector>

namespace apilab::bench {

/// The rounds of one measured quantity.
class Samples {
public:
    void add(double value) { values_.push_back(value); }
    [[nodiscard]] double median() const;
    [[nodiscard]] double min() const;
    [[nodiscard]] double max() const;
    /// `median (min to max)` with so many digits behind the point.
    [[nodiscard]] std::string to_string(int digits) const;
    [[nodiscard]] const std::vector<double>& values() const { return values_; }

private:
    std::vector<double> values_;
};

/// The median over the rounds of `a / b`, each round by itself: what disturbs a round disturbs
/// both. Both have as many rounds.
[[nodiscard]] double median_ratio(const Samples& a, const Samples& b);

/// The `index`-th argument as a number above zero, or `fallback`.
[[nodiscard]] int argument(int argc, char** argv, int index, int fallback);

/// One line of a report: what, the value, the bar it is held against.
void print_bar(const std::string& what, double value, double bar, const std::string& unit);

}  // namespace apilab::bench
