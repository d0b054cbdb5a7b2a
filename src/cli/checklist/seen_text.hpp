#pragma once

#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "checklist/observed.hpp"

// Reading what a service wrote: its log and its metrics.
namespace apilab::cli::checklist {

/// One sample of Prometheus' text.
struct Sample {
    std::string_view name;
    /// `route="/a",status="429"`, escapes as they stand.
    std::string_view labels;
    double value = 0;
    std::string_view line;
};
/// Comments and what is no sample are left out.
[[nodiscard]] std::vector<Sample> samples_of(std::string_view metrics);

/// A label's value, escapes as they stand; empty where there is none.
[[nodiscard]] std::string_view label_of(const Sample& sample, std::string_view name);

/// Of all lives, in order.
[[nodiscard]] std::vector<std::string_view> log_of(const Episode& episode);
[[nodiscard]] std::vector<std::string_view> lines_of(std::string_view text);

using Words = std::span<const std::string_view>;
/// Does one of the words stand in the text, in capitals or not? The words are in small letters.
[[nodiscard]] bool says_any(std::string_view text, Words words);
[[nodiscard]] bool says(std::string_view text, std::initializer_list<std::string_view> words);
/// The first line of the log that says one of the words; empty: none does.
[[nodiscard]] std::string_view line_that_says(const Episode& episode,
                                              std::initializer_list<std::string_view> words);

}  // namespace apilab::cli::checklist
