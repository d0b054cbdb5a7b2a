#pragma once

#include <string>
#include <string_view>

#include "apilab/http/json.hpp"
#include "apilab/http/message.hpp"

// What tests look for in requests to token endpoints.
namespace apilab::auth::test {

/// The value of a form's field, decoded; `(none)` where it has none, `(twice)` where it has two.
[[nodiscard]] std::string field_of(const http::Request& request, std::string_view name);
/// The names of a form's fields in their order, with spaces between.
[[nodiscard]] std::string field_names(const http::Request& request);
/// The claims of a JWT, unverified.
[[nodiscard]] http::JsonDocument claims_of(std::string_view jwt);

}  // namespace apilab::auth::test
