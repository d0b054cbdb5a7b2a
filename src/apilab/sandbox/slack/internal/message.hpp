#pragma once

#include <boost/json/object.hpp>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/sandbox/slack/call.hpp"
#include "apilab/sandbox/slack/internal/workspace.hpp"

namespace apilab::sandbox::slack {

/// What a post is about, so that a second one can be told: `event_id`, `key` or `id` in its
/// metadata's payload, else its channel and text.
[[nodiscard]] std::string event_of(const Call& call);

/// The message of `chat.postMessage`, or the code it is refused with: `no_text`, `msg_too_long`
/// (40,000 characters), `markdown_text_conflict`, `invalid_blocks`, `msg_blocks_too_long` (50),
/// `too_many_attachments` (100), `invalid_metadata_format`, `metadata_too_large`.
[[nodiscard]] std::expected<boost::json::object, std::string> make_message(const Call& call,
                                                                           std::string ts);

/// Newest first, by the arguments `oldest`, `latest` and `inclusive`. Replies in threads are not
/// part of a channel's history.
[[nodiscard]] std::vector<const boost::json::object*> messages_between(const Channel& channel,
                                                                       const Call& call);

}  // namespace apilab::sandbox::slack
