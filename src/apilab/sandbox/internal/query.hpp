#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "apilab/sandbox/provider.hpp"

namespace apilab::sandbox {

/// The first value of a query parameter, or empty.
[[nodiscard]] std::string_view query_value(const Incoming& incoming, std::string_view name);
/// The whole number in a query parameter; nothing where it is missing or no number.
[[nodiscard]] std::optional<std::int64_t> query_number(const Incoming& incoming,
                                                       std::string_view name);
/// The value of a place in the route's path, or empty.
[[nodiscard]] std::string_view path_value(const Incoming& incoming, const std::string& name);

}  // namespace apilab::sandbox
