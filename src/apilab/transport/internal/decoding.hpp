#pragma once

#include <optional>

#include "apilab/base/result.hpp"
#include "apilab/http/content_coding.hpp"
#include "apilab/http/message.hpp"

namespace apilab::transport::internal {

/// Takes the answer's head (the answer to HEAD is never given here). Where its body has codings
/// that can be undone, returns who undoes them, and rewrites the head to what holds afterwards: see
/// `http::Response::decoded_from`. Nothing where the body is to be left as it comes: no coding, one
/// that is not known here, a status without a body, or 206, which is a piece of something coded.
/// Error: `too_large`, detail `content_codings`.
[[nodiscard]] Result<std::optional<http::ContentDecoder>> begin_decoding(
    http::Response& head, const http::DecodeLimits& limits);

/// The whole answer at once.
[[nodiscard]] Result<http::Response> decode_answer(http::Response response,
                                                   const http::DecodeLimits& limits);

}  // namespace apilab::transport::internal
