#include "apilab/radar/service/gmail_target.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "apilab/base/digest.hpp"
#include "apilab/provider/gmail_error.hpp"
#include "apilab/provider/gmail_search.hpp"
#include "apilab/provider/mime.hpp"
#include "apilab/radar/service/effects.hpp"
#include "apilab/work/work_trace.hpp"

namespace apilab::radar {
namespace {

using provider::GmailReason;
using runtime::Task;
using work::LookUpOutcome;
using work::Message;
using work::SendOutcome;

constexpr int request_timeout = 408;
constexpr int conflict = 409;
constexpr int client_error = 400;
constexpr int server_error = 500;

// What a person has to mend is tried again after an hour, then less and less often.
Duration patience(int sends) {
    constexpr std::chrono::hours most{24};
    const std::chrono::hours wait{1U << static_cast<unsigned>(std::clamp(sends, 0, 5))};
    return std::min(wait, most);
}

std::string words_of(const Error& error) {
    return error.provider_code().empty()
               ? error.message()
               : fmt::format("{} ({})", error.message(), error.provider_code());
}

SendOutcome later(const Error& error, Duration at_least) {
    const auto asked = error.retry_after().value_or(Duration::zero());
    return SendOutcome::not_applied(words_of(error), std::max<Duration>(asked, at_least));
}

provider::Mail mail_of(const GmailEffect& effect, const Message& message) {
    return {.from = effect.from,
            .to = effect.to,
            .subject = effect.subject,
            .text = effect.text,
            .html = effect.html,
            .message_id = gmail_message_id(message.key, effect.from),
            // When it was decided, not when it got through: every attempt is the same mail.
            .date = message.created,
            .headers = {{"Auto-Submitted", "auto-generated"}}};
}

}  // namespace

std::string gmail_message_id(std::string_view key, std::string_view from) {
    constexpr std::size_t digits = 32;
    const auto address = provider::parse_mail_address(from);
    const auto domain =
        address ? address->address.substr(address->address.find('@') + 1) : "radar.invalid";
    return fmt::format("{}.radar@{}",
                       to_hex(sha256(fmt::format("gmail\n{}", key))).substr(0, digits),
                       domain.substr(0, 200));
}

SendOutcome gmail_outcome(const Error& error, int sends) {
    const auto reason = provider::gmail_reason(error.provider_code());
    if (error.kind() == ErrorKind::auth || reason == GmailReason::access ||
        reason == GmailReason::day) {
        return later(error, patience(sends));
    }
    if (error.outcome() == Outcome::not_sent || error.kind() == ErrorKind::rate_limited) {
        return SendOutcome::not_applied(words_of(error), error.retry_after());
    }
    const int status = error.status();
    const bool refused = error.outcome() == Outcome::answered && status >= client_error &&
                         status < server_error && status != request_timeout && status != conflict;
    return refused ? SendOutcome::refused(words_of(error)) : SendOutcome::unknown(words_of(error));
}

Task<SendOutcome> GmailTarget::send(Message message) {
    const auto effect = read_gmail_effect(message.payload);
    if (!effect) {
        co_return SendOutcome::refused("payload: " + effect.error().message());
    }
    auto mail = provider::compose_mail(mail_of(*effect, message));
    if (!mail) {
        co_return SendOutcome::refused(mail.error().message());
    }
    const auto gmail = gmail_.within(work::trace_of(message));
    const auto sent = co_await gmail.send(*std::move(mail));
    co_return sent ? SendOutcome::applied(sent->id) : gmail_outcome(sent.error(), message.sends);
}

Task<LookUpOutcome> GmailTarget::look_up(Message message) {
    const auto effect = read_gmail_effect(message.payload);
    if (!effect) {
        co_return LookUpOutcome::unavailable("payload: " + effect.error().message());
    }
    const auto q =
        provider::GmailSearch().message_id(gmail_message_id(message.key, effect->from)).q();
    if (!q) {
        co_return LookUpOutcome::unavailable(q.error().message());
    }
    const auto gmail = gmail_.within(work::trace_of(message));
    auto found = co_await gmail.list(provider::Gmail::ListOptions{.q = *q, .spam_and_trash = true});
    if (!found) {
        co_return LookUpOutcome::unavailable(words_of(found.error()), found.error().retry_after());
    }
    co_return LookUpOutcome::of(*std::move(found));
}

}  // namespace apilab::radar
