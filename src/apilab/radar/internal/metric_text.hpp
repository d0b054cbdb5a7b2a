#pragma once

#include <cstddef>
#include <initializer_list>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace apilab::radar::internal {

/// Writes Prometheus' text format 0.0.4. Of one family at most `series_max` series are written, so
/// that nobody's names fill the memory of whoever scrapes; the others are counted. Secrets that the
/// process knows are `***` in labels.
class MetricText {
public:
    static constexpr std::size_t series_max = 200;
    using Labels = std::initializer_list<std::pair<std::string_view, std::string_view>>;

    /// Those that follow are of this family. `type`: `counter`, `gauge`.
    void family(std::string_view name, std::string_view type, std::string_view help);
    /// A label set that was written already in this family is left out: two would be no metrics at
    /// all.
    void sample(Labels labels, double value);
    void sample(double value) { sample({}, value); }

    [[nodiscard]] std::size_t left_out() const { return left_out_; }
    [[nodiscard]] const std::string& text() const { return text_; }

private:
    std::string text_;
    std::string name_;
    std::set<std::string, std::less<>> written_;
    std::size_t left_out_ = 0;
};

}  // namespace apilab::radar::internal
