#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "apilab/provider/gmail.hpp"
#include "apilab/work/outbox.hpp"

namespace apilab::radar {

/// The id that a mail gets, and by which it is found again: made of the message's key and the
/// sender's domain, so that every attempt bears the same. Without angle brackets. `from` is as
/// `provider::parse_mail_address` reads it; where it is none, `radar.invalid` stands in.
[[nodiscard]] std::string gmail_message_id(std::string_view key, std::string_view from);

/// What the outbox is to know of a send that failed:
///
/// | error | outcome |
/// | --- | --- |
/// | nothing was sent; `rateLimitExceeded`, `userRateLimitExceeded`, 429 | not applied |
/// | no token (`needs_consent`), 401, refusals of access, `dailyLimitExceeded` | not applied, an
///   hour later, then two, four, up to a day: about a week in which somebody may mend it |
/// | other 4xx | refused |
/// | no complete answer, a 2xx that is not Gmail's, 3xx, 408, 409, 5xx | unknown |
///
/// `sends`: how many came before.
[[nodiscard]] work::SendOutcome gmail_outcome(const Error& error, int sends);

/// Digests by Gmail, for the outbox: messages whose payload is a `GmailEffect`. A send is one
/// attempt, so the client below does not repeat writes. Looked up by `rfc822msgid:`, spam and trash
/// included: what was thrown away was sent all the same. Gmail's index may lag, which is what
/// `OutboxPolicyOptions::settle` is for.
///
///     GmailTarget target(provider::Gmail({.client = &user, .base = config.urls.google}));
///     APILAB_TRY(outbox.add("gmail", target));
class GmailTarget final : public work::OutboxTarget {
public:
    explicit GmailTarget(provider::Gmail gmail) : gmail_(std::move(gmail)) {}

    [[nodiscard]] runtime::Task<work::SendOutcome> send(work::Message message) override;
    [[nodiscard]] runtime::Task<work::LookUpOutcome> look_up(work::Message message) override;

private:
    provider::Gmail gmail_;
};

}  // namespace apilab::radar
