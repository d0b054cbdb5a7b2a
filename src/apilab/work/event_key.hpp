#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

namespace apilab::work {

/// SHA-256 over parts of which each has its length before it (eight bytes, the highest first): 32
/// bytes. Two lists have the same text where one only glued them together (`a`, `bc` and `ab`,
/// `c`); here they have not.
[[nodiscard]] std::string digest_of_parts(std::initializer_list<std::string_view> parts);

/// What tells a copy of an event from another event: of its source, the scope of its id, and the
/// id.
[[nodiscard]] std::string event_key(std::string_view source, std::string_view scope,
                                    std::string_view sender_id);

/// The second key, of the body. The scope is left out: where a sender does not sign its ids, it
/// does not sign what it sends beside them either.
[[nodiscard]] std::string event_body_key(std::string_view source, std::string_view body);

/// Of an event that a person released from the quarantine: its key is taken, or its body is.
[[nodiscard]] std::string released_event_key(std::string_view key, std::string_view body_key);

}  // namespace apilab::work
