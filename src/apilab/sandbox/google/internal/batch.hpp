#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "apilab/http/message.hpp"

namespace apilab::sandbox::google {

/// One call within a batch.
struct BatchPart {
    /// `<item1>`, or empty.
    std::string id;
    std::string method;
    /// Path and query, without the prefix of `base_url`.
    std::string target;
    http::Headers headers;
    std::string body;
};

/// The calls of a `multipart/mixed` body, at most 100; the error is the message of a 400. A part
/// without credentials has those of the whole.
[[nodiscard]] std::expected<std::vector<BatchPart>, std::string> read_batch(
    const http::Request& request, std::string_view base_url);
/// The answers in one, in another order than they were asked for: each has its own status line and
/// the id that was sent, with `response-` in front.
[[nodiscard]] http::Response batch_answer(
    const std::vector<std::pair<std::string, http::Response>>& answers);

}  // namespace apilab::sandbox::google
