#pragma once

#include <string_view>

#include "apilab/base/clock.hpp"
#include "apilab/http/message.hpp"
#include "apilab/sandbox/provider.hpp"

namespace apilab::sandbox::github {

/// `{"message", "documentation_url", "status"}` with the status as a string (providers/github,
/// "Errors").
[[nodiscard]] http::Response error(int status, std::string_view message,
                                   std::string_view documentation = "https://docs.github.com/rest");
/// One entry of `errors` in a 422; what is empty is left out.
struct Invalid {
    std::string_view resource;
    /// `missing_field`, `invalid`, `already_exists`, `custom`, ...
    std::string_view code;
    std::string_view field = {};
    std::string_view message = {};
};
/// 422 `Validation Failed` with one entry of `errors`.
[[nodiscard]] http::Response validation_error(const Invalid& what, std::string_view documentation);
/// A 422 whose `errors` is a list of strings, the "simple" form that advisories use.
[[nodiscard]] http::Response simple_validation_error(std::string_view message);
/// 403 of a limit that is used up; the caller adds the bucket's headers.
[[nodiscard]] http::Response primary_limit(bool authenticated);
/// The answer to a fault that asks for a refusal.
[[nodiscard]] http::Response refusal(const Refusal& refusal, SystemTime now);

}  // namespace apilab::sandbox::github
