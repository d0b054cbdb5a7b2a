#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "apilab/http/message.hpp"

namespace apilab::sandbox {

/// 64 bits of FNV-1a as 16 hexadecimal digits: the same for the same text everywhere. For entity
/// tags and invented ids, not for security.
[[nodiscard]] std::string stable_hash(std::string_view text);
[[nodiscard]] std::uint64_t stable_number(std::string_view text);

/// Would `If-None-Match: <field>` be answered 304 for this entity tag? Weak comparison, `*`, and
/// lists (RFC 9110 section 13.1.2).
[[nodiscard]] bool none_match_hits(std::string_view field, std::string_view etag);

/// The answer itself, or a 304 with the headers a 304 has to repeat (RFC 9110 section 15.4.5), by
/// the request's `If-None-Match` or, without one, its `If-Modified-Since` against `last-modified`.
/// The answer must carry its `etag`.
[[nodiscard]] http::Response conditional(const http::Request& request, http::Response answer);

}  // namespace apilab::sandbox
