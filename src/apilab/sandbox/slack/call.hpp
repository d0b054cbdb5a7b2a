#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/http/message.hpp"
#include "apilab/sandbox/provider.hpp"

namespace apilab::sandbox::slack {

/// One call of a method, whichever way its arguments came.
struct Call {
    /// `chat.postMessage`.
    std::string_view method;
    /// Arguments by name. What came as JSON other than a string is JSON text here; in a form,
    /// arguments such as `blocks` are JSON text anyway.
    std::map<std::string, std::string, std::less<>> arguments;
    /// Of the `Authorization` header or the `token` argument (not from JSON); empty for none.
    std::string token;
    /// For `response_metadata.warnings`.
    std::vector<std::string> warnings;
    /// Set where the request cannot be read: `invalid_charset`, `invalid_json`.
    std::string error;

    [[nodiscard]] std::string_view argument(std::string_view name) const;
    [[nodiscard]] bool flag(std::string_view name) const;
    /// The argument `limit`, `fallback` where it is not there; nothing where it is outside 1 to
    /// `max`.
    [[nodiscard]] std::optional<std::size_t> limit(std::size_t fallback, std::size_t max) const;
};

/// Reads query, form or JSON (providers/slack, "Basics"). A method that takes no JSON ignores it,
/// as the real ones do.
[[nodiscard]] Call read_call(const Incoming& incoming, bool takes_json);

/// 200 with `ok: true` and these members put in (JSON text without braces, may be empty).
[[nodiscard]] http::Response fine(std::string_view members, const Call& call);
/// 200 with `ok: false`.
[[nodiscard]] http::Response refused(std::string_view error);

}  // namespace apilab::sandbox::slack
