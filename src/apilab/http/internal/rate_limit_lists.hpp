#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "apilab/http/rate_limit_headers.hpp"
#include "apilab/http/structured_fields.hpp"

// The quota fields of the IETF drafts, which are structured fields. Each is read as a whole or not
// at all: "malformed RateLimit header fields MUST be ignored".
namespace apilab::http::internal {

/// Above this a field is not read.
inline constexpr structured::Limits rate_limit_list_limits{
    .field_size_max = 4096, .members_max = 16, .params_max = 16};

/// `"burst";q=100;w=60, "daily";q=1000;w=86400`
[[nodiscard]] std::optional<std::vector<RateLimitReading>> named_policies(std::string_view field);
/// `"burst";r=50;t=30`: what is left of policies.
[[nodiscard]] std::optional<std::vector<RateLimitReading>> named_states(std::string_view field);
/// `100;w=60, 1000;w=3600`: policies of the drafts that gave them no names.
[[nodiscard]] std::optional<std::vector<RateLimitReading>> nameless_policies(
    std::string_view field);
/// `limit=100, remaining=50, reset=30`
[[nodiscard]] std::optional<RateLimitReading> state_in_one_field(std::string_view field);

}  // namespace apilab::http::internal
