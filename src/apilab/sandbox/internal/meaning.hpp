#pragma once

#include <string>
#include <string_view>

namespace apilab::sandbox::internal {

/// SHA-256 in hex of a JSON body without what differs each time the same is asked for: ids, nonces,
/// times and counters of attempts, by their names and the shape of their values (`"sent_at":
/// "2026-01-01T00:00:00Z"`, `"request_id"` with a UUID; not `"id": 7`). Empty where nothing of that
/// kind stands in the body, and for what is no JSON object or larger than 64 KiB.
[[nodiscard]] std::string meaning_sha256(std::string_view body);

}  // namespace apilab::sandbox::internal
