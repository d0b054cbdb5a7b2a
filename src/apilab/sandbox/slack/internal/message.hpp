#pragma once

#include <boost/json/object.hpp>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/sandbox/slack/internal/call.hpp"
#include "apilab/sandbox/slack/internal/installs.hpp"
#include "apilab/sandbox/slack/internal/workspace.hpp"

namespace apilab::sandbox::slack {

/// What a post is about, so that a second one can be told: `event_id`, `key` or `id` in its
/// metadata's payload, else its channel and text.
[[nodiscard]] std::string event_of(const Call& call);

/// Why a message cannot be made.
struct Unfit {
    std::string error;
    /// What is wrong with it, for `response_metadata.messages`; may be empty.
    std::string detail;

    [[nodiscard]] http::Response answer() const;
};

/// The message of `chat.postMessage`, or the code it is refused with: `no_text`, `msg_too_long`
/// (40,000 characters), `markdown_text_conflict`, `invalid_blocks`, `msg_blocks_too_long` (50),
/// `invalid_attachments`, `too_many_attachments` (100), `invalid_metadata_format`,
/// `metadata_too_large`.
[[nodiscard]] std::expected<boost::json::object, Unfit> make_message(const Call& call,
                                                                     const Access& access,
                                                                     std::string ts);
/// Adds text, blocks, attachments and metadata of the call to a message, in place of its own.
[[nodiscard]] std::expected<void, Unfit> write_content(const Call& call,
                                                       boost::json::object& message);

/// A reply is noted at the message that it answers.
void count_reply(Channel& channel, const boost::json::object& reply);

/// Newest first, by the arguments `oldest`, `latest` and `inclusive`. Replies in threads are not
/// part of a channel's history, unless they were broadcast.
[[nodiscard]] std::vector<const boost::json::object*> messages_between(const Channel& channel,
                                                                       const Call& call);

/// `https://apilab.slack.com/archives/C1/p1503435956000247`, at `base`.
[[nodiscard]] std::string permalink(std::string_view base, const Channel& channel,
                                    std::string_view ts);

/// The bot as messages carry it: `bot_profile`.
[[nodiscard]] boost::json::object bot_profile();

}  // namespace apilab::sandbox::slack
