#include "apilab/provider/gmail_watch.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "apilab/base/try.hpp"
#include "apilab/http/json.hpp"
#include "apilab/provider/gmail_models.hpp"

namespace apilab::provider {
namespace {

std::unexpected<Error> wrong(std::string_view pointer, std::string_view expected) {
    return fail(
        Error(ErrorKind::decode, fmt::format("Gmail push: {}: expected {}", pointer, expected))
            .with_detail(std::string(pointer)));
}

// Since then at least `every` has passed, or the clock was set back, or it never happened.
bool due(const std::optional<SystemTime>& since, Duration every, SystemTime now) {
    return !since || now < *since || now - *since >= every;
}

bool must_renew(const GmailWatchState& state, const GmailWatchRules& rules, SystemTime now) {
    const bool ends = !state.expires || now >= *state.expires - rules.before_end;
    const bool wanted = ends || due(state.renewed, rules.renew_every, now);
    const bool failed = state.tried && (!state.renewed || *state.tried > *state.renewed);
    // A watch that was just renewed and ends soon all the same is not renewed in a loop.
    const auto& last = failed ? state.tried : state.renewed;
    return wanted && due(last, rules.retry, now);
}

}  // namespace

Result<GmailPush> read_gmail_push(std::string_view body) {
    APILAB_TRY(const auto envelope,
               http::JsonDocument::parse(body, {.size_max = gmail_push_max, .depth_max = 16}));
    const auto message = envelope.root()["message"];
    const auto data = message["data"].string();
    if (!data) {
        return wrong("/message/data", "a text");
    }
    const auto bytes = gmail::decode_bytes(*data);
    if (!bytes) {
        return wrong("/message/data", "base64");
    }
    const auto told =
        http::JsonDocument::parse(*bytes, {.size_max = gmail_push_max, .depth_max = 16});
    if (!told) {
        return wrong("/message/data", "JSON in base64");
    }
    gmail::Number history;
    if (!data::ValueDecoder<gmail::Number>::decode(told->root()["historyId"], history) ||
        history.value == 0) {
        return wrong("/message/data/historyId", "a number");
    }
    const auto address = told->root()["emailAddress"].string_or("");
    if (address.empty()) {
        return wrong("/message/data/emailAddress", "an address");
    }
    const auto id = message["messageId"].string_or(message["message_id"].string_or(""));
    return GmailPush{.email_address = std::string(address),
                     .history_id = history.value,
                     .message_id = std::string(id),
                     .subscription = std::string(envelope.root()["subscription"].string_or(""))};
}

Result<void> GmailWatchRules::validate() const {
    using std::chrono::hours;
    const auto refused = [](std::string_view field, std::string_view range) {
        return fail(Error(ErrorKind::invalid_argument,
                          fmt::format("Gmail watch: {} is outside {}", field, range))
                        .with_detail(std::string(field)));
    };
    if (renew_every < hours(1) || renew_every > hours(24 * 6)) {
        return refused("renew_every", "1 h to 6 days");
    }
    if (before_end < hours(1) || before_end > hours(24 * 6)) {
        return refused("before_end", "1 h to 6 days");
    }
    if (retry < std::chrono::minutes(1) || retry > hours(6)) {
        return refused("retry", "1 min to 6 h");
    }
    if (poll_every < std::chrono::minutes(1) || poll_every > hours(24)) {
        return refused("poll_every", "1 min to 1 day");
    }
    return {};
}

GmailWatchStep gmail_watch_step(const GmailWatchState& state, const GmailWatchRules& rules,
                                SystemTime now) {
    GmailWatchStep step{
        .renew = must_renew(state, rules, now),
        .read_history = state.pushed > state.history_id || due(state.read, rules.poll_every, now),
        .look_again = now + std::min(rules.poll_every, rules.retry)};
    if (!step.read_history) {
        step.look_again = std::min(step.look_again, *state.read + rules.poll_every);
    }
    return step;
}

void note_gmail_push(GmailWatchState& state, const GmailPush& push) {
    state.pushed = std::max(state.pushed, push.history_id);
}

}  // namespace apilab::provider
