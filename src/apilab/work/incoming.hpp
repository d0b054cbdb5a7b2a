#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "apilab/base/result.hpp"
#include "apilab/base/secret.hpp"
#include "apilab/http/headers.hpp"
#include "apilab/work/event.hpp"
#include "apilab/work/sender.hpp"

namespace apilab::work {

/// A webhook as it is taken apart after it was found genuine.
struct Incoming {
    Event event;
    /// What of the body its job is about, where that is not the body itself: the field `payload` of
    /// a form.
    std::optional<std::string> payload;
    /// What it is about (`github:issue:1347`, `slack:message:C0LAN2Q65:1531420618.000123`) and in
    /// which version; empty where the sender does not say so. An event whose version is lower than
    /// another one's of the same entity is older.
    std::string entity;
    std::int64_t version = 0;
    /// It is no event but a question that wants an answer.
    Handshake handshake = Handshake::none;
    /// What Slack wants back.
    std::string challenge;
};

/// Takes a delivery apart; `headers` and `body` have been verified. JSON is looked into, never
/// written again, and only for what stands nowhere else: where the id is in a header, a body that
/// is no JSON, nests too deeply (more than 64) or has a number that nothing holds makes an event
/// all the same, without what would have been read from it.
///
/// Headers that may hold credentials (`authorization`, `cookie`, what `http::names_a_secret`
/// knows) are not kept; signatures are. An id is 1 to 255 bytes of UTF-8 without control
/// characters; a type or an entity that is longer counts as none. What Slack sends as a form has no
/// `event_id`: its `trigger_id` serves, and where that is missing too the body's SHA-256.
///
/// Error `invalid_argument`: there is no usable id, or a header that has to stand there once stands
/// there twice. Its detail is the place (`x-github-delivery`, `/event_id`). Answer 400.
///
///     APILAB_TRY(auto in, read_event(*find_sender("github"), request.headers(), request.body()));
[[nodiscard]] Result<Incoming> read_event(const Sender& sender, const http::Headers& headers,
                                          std::string_view body);

/// The token with which Notion begins; nothing where the body is something else. Nobody signed it:
/// take it only while no other is known, and have a person compare it.
[[nodiscard]] std::optional<Secret> read_verification_token(std::string_view body);

/// The media type of a `content-type`: without parameters, in lower case.
[[nodiscard]] std::string media_type(std::string_view content_type);
inline constexpr std::string_view form_type = "application/x-www-form-urlencoded";

}  // namespace apilab::work
