#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/base/result.hpp"
#include "apilab/http/headers.hpp"

namespace apilab::sandbox {

/// One request and its answer as they are kept: without credentials, cookies and framing.
struct RecordedExchange {
    std::string method;
    /// Percent-encoded, as it was asked for.
    std::string path;
    /// Values of parameters whose names say that they are secrets are `***`.
    std::string query;
    /// SHA-256 of the body in hex; empty for none. The body itself is not kept.
    std::string body_sha256;
    int status = 0;
    http::Headers headers;
    /// The upstream's own address is `{base}` in it, and in header values.
    std::string body;
};

/// What a recorder wrote and a sandbox can serve again.
///
/// As a file: `{"version": 1, "name", "upstream", "exchanges": [{"method", "path", "query",
/// "body_sha256", "status", "headers": [["name", "value"]], "body" | "body_hex"}]}`; `body_hex`
/// where the body is no UTF-8.
struct Recording {
    static constexpr std::size_t exchanges_max = 10'000;
    /// Of bodies, all together.
    static constexpr std::size_t bytes_max = std::size_t{64} << 20U;

    /// The provider that serves it: letters, digits and `-`.
    std::string name = "recorded";
    /// Where it came from; for people.
    std::string upstream;
    std::vector<RecordedExchange> exchanges;
};

[[nodiscard]] std::string recording_json(const Recording& recording);
/// Errors (`invalid_argument`): what is no such file, or too large; the message names the field.
[[nodiscard]] Result<Recording> parse_recording(std::string_view json);

}  // namespace apilab::sandbox
