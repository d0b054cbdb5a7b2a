#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/base/secret.hpp"
#include "apilab/provider/endpoint.hpp"

namespace apilab::provider {

/// One Gmail mailbox (`me`). Tokens are the client's business (`auth::BearerAuth`) or given with
/// each request. Every request can also be had as a value, for whoever sends it by other means.
/// Source: developers.google.com/workspace/gmail/api (users.messages, users.history, guide on
/// synchronizing).
class Gmail {
public:
    /// `base`: what `/gmail/v1/users/me/...` is appended to.
    explicit Gmail(Endpoint endpoint) : endpoint_(std::move(endpoint)) {}

    /// Pages of one walk; more is an error (`too_large`), not a silent cut.
    static constexpr std::size_t pages_max = 1000;
    /// Of one mail (`send_once`).
    static constexpr int sends_max = 3;

    /// Ids of all messages that match `q` (the search box's words; empty: all), newest first.
    [[nodiscard]] runtime::Task<Result<std::vector<std::string>>> list(std::string q = {}) const;
    /// One message, `format=full`.
    [[nodiscard]] runtime::Task<Result<http::JsonDocument>> get(std::string id) const;
    /// Sends a mail (RFC 5322) once. After an unknown outcome nothing is sent again: give it a
    /// Message-ID of its own and look for `rfc822msgid:` first.
    [[nodiscard]] runtime::Task<Result<http::JsonDocument>> send(std::string mail) const;
    /// Sends a mail that bears `Message-ID: <message_id>`, and gets over lost replies: where the
    /// outcome is unknown it looks for that id in the mailbox, and sends again only where it is not
    /// there; `sends_max` times in all. Gives the message's id. Gmail does not promise how soon a
    /// mail is found. Errors: those of the client; with outcome `unknown` where the look failed.
    [[nodiscard]] runtime::Task<Result<std::string>> send_once(std::string mail,
                                                               std::string message_id) const;

    [[nodiscard]] http::Request list_request(std::string_view q = {},
                                             std::string_view page_token = {}) const;
    [[nodiscard]] http::Request get_request(std::string_view id) const;
    [[nodiscard]] http::Request send_request(std::string_view mail) const;
    /// What came in after `history_id`. A 404 says that it is too old: list everything.
    [[nodiscard]] http::Request history_request(std::string_view history_id,
                                                std::string_view page_token = {}) const;
    [[nodiscard]] http::Request profile_request() const;
    /// What a list, a history or a profile tells.
    struct Told {
        /// Of messages: those of a list, or those that history says were added.
        std::vector<std::string> ids;
        /// Empty: this was the last page.
        std::string next_page;
        /// Where history is now; empty for a list.
        std::string history_id;
    };
    /// Empty for what is no such answer (an error, no JSON).
    [[nodiscard]] static Told read(const Result<http::Response>& answer);
    /// Is a 403 a limit that passes (`rateLimitExceeded`, `userRateLimitExceeded`)?
    /// `dailyLimitExceeded` and the others are no such thing.
    [[nodiscard]] static bool passing(const http::Response& answer);

private:
    Endpoint endpoint_;
};

}  // namespace apilab::provider
