#pragma once

#include <string>

#include "apilab/base/secret.hpp"
#include "apilab/provider/endpoint.hpp"

namespace apilab::provider {

/// The part of Slack's Web API that announcements need. Every request can also be had as a value,
/// for whoever sends it by other means. Source: docs.slack.dev (chat.postMessage,
/// conversations.history).
class Slack {
public:
    /// `base`: what `/api/METHOD` is appended to.
    Slack(Endpoint endpoint, Secret token)
        : endpoint_(std::move(endpoint)), token_(std::move(token)) {}

    struct Message {
        /// An id (`C...`) or, for a public channel, its name.
        std::string channel;
        std::string text;
        /// What the message is about, in the caller's words: put into its metadata
        /// (`event_payload.key`), so that it can be found again. Empty: no metadata.
        std::string key;
    };
    struct Posted {
        /// The resolved id.
        std::string channel;
        /// The message's id within the channel: a text, never a number.
        std::string ts;
    };

    /// Posts once: the API knows no idempotency keys, so after an unknown outcome nothing is sent
    /// again; look into the history first. Errors: those of `read`, and of the client.
    [[nodiscard]] runtime::Task<Result<Posted>> post(Message message) const;
    /// The newest messages of a channel, with their metadata: one page of at most 200.
    [[nodiscard]] runtime::Task<Result<http::JsonDocument>> history(std::string channel) const;

    [[nodiscard]] http::Request post_request(const Message& message) const;
    [[nodiscard]] http::Request history_request(const std::string& channel) const;
    /// An answer as JSON where it says `ok: true`. Else an error with Slack's word in
    /// `provider_code()`: `rate_limited` (429, `ratelimited`), `auth` for a token that is of no
    /// use, `status` for the rest; `decode` for what is no JSON.
    [[nodiscard]] static Result<http::JsonDocument> read(const http::Response& answer);
    /// Why a 2xx says no: its `error`; empty where it does not say `ok: false`.
    [[nodiscard]] static std::string refusal(const http::Response& answer);
    /// Does the code say that the same call may succeed a little later (`ratelimited`,
    /// `service_unavailable`, `team_added_to_org`)? Not so `internal_error` and `fatal_error`: the
    /// message may have been posted.
    [[nodiscard]] static bool passing(std::string_view code);

private:
    [[nodiscard]] runtime::Task<Result<http::JsonDocument>> ask(http::Request request,
                                                                runtime::Operation operation) const;
    [[nodiscard]] http::Request request(std::string_view method, std::string body) const;
    Endpoint endpoint_;
    Secret token_;
};

}  // namespace apilab::provider
