#pragma once

#include <boost/json/object.hpp>
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
    /// For `response_metadata.warnings`: `missing_charset`, `superfluous_charset`.
    std::vector<std::string> warnings;
    /// Set where the request cannot be read: `invalid_charset`, `invalid_json`, `json_not_object`,
    /// `missing_post_type`, `invalid_post_type`, `invalid_form_data`.
    std::string error;

    [[nodiscard]] std::string_view argument(std::string_view name) const;
    [[nodiscard]] bool flag(std::string_view name) const;
    /// A whole number, nothing where it is missing or none.
    [[nodiscard]] std::optional<std::int64_t> number(std::string_view name) const;
    /// The argument `limit`, `fallback` where it is not there; nothing where it is outside 1 to
    /// `max`.
    [[nodiscard]] std::optional<std::size_t> limit(std::size_t fallback, std::size_t max) const;
    /// The parts of a list written `a,b,c` (or, from JSON, `["a","b"]`).
    [[nodiscard]] std::vector<std::string> list(std::string_view name) const;
};

/// Reads query, form, multipart form or JSON (providers/slack, "Basics"). A method that takes no
/// JSON ignores it, as the real ones do.
[[nodiscard]] Call read_call(const Incoming& incoming, bool takes_json);

/// 200 with `ok: true` and these members, the call's warnings among them.
[[nodiscard]] http::Response fine(boost::json::object members, const Call& call);
/// 200 with `ok: false`, and what else is said about it.
[[nodiscard]] http::Response refused(std::string_view error, boost::json::object more = {});
/// The same with a sentence in `response_metadata.messages`: `[ERROR] <message>`.
[[nodiscard]] http::Response refused_because(std::string_view error, std::string_view message);

}  // namespace apilab::sandbox::slack
