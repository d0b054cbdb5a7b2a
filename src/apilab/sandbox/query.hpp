#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace apilab::sandbox {

/// Names and values of a query string (without `?`) in order, decoded (`+` is a space). At most
/// 1000; the rest is left out.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> split_query(std::string_view query);

}  // namespace apilab::sandbox
