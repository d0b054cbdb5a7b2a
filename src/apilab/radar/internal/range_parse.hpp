#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "apilab/radar/semver_range.hpp"

namespace apilab::radar::internal {

/// Everything between two `||`: the comparators that must all match. Nothing where it is no range.
/// An element that matches no version at all stands alone as `<0.0.0-0`.
[[nodiscard]] std::optional<std::vector<Comparator>> parse_alternative(std::string_view text,
                                                                       RangeOptions options);

/// `<0.0.0-0`, which nothing satisfies.
[[nodiscard]] bool is_null_set(const Comparator& comparator);

}  // namespace apilab::radar::internal
