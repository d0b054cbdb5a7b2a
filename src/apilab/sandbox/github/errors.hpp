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
/// A 422 whose `errors` is a list of strings, the "simple" form that advisories use.
[[nodiscard]] http::Response simple_validation_error(std::string_view message);
/// 403 with `x-ratelimit-remaining: 0`; the caller adds the bucket's headers.
[[nodiscard]] http::Response primary_limit(bool authenticated);
/// The answer to a fault that asks for a refusal.
[[nodiscard]] http::Response refusal(const Refusal& refusal, SystemTime now);

}  // namespace apilab::sandbox::github
