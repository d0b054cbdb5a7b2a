#include "apilab/work/outbox_policy.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "apilab/base/duration.hpp"
#include "apilab/base/try.hpp"
#include "apilab/base/utf8.hpp"
#include "apilab/http/retry_after.hpp"
#include "apilab/work/internal/option_range.hpp"
#include "apilab/work/job_outcome.hpp"

namespace apilab::work {
namespace {

constexpr std::size_t external_id_max = 255;

// As many whole ids as a store keeps. One that it would refuse counts for nothing beside what is
// known of the effect.
std::string kept_ids(const std::vector<std::string>& ids) {
    std::string out;
    for (const std::string& id : ids) {
        const std::size_t size = out.size() + (out.empty() ? 0 : 1) + id.size();
        if (size <= external_id_max && valid_utf8(id) && !id.contains('\0')) {
            out.append(out.empty() ? "" : " ").append(id);
        }
    }
    return out;
}

template <class T>
Result<void> in_range(std::string_view field, T value, T low, T high) {
    return internal::check_range("outbox", field, value, low, high);
}

// Later by up to a tenth: messages that became unknown together are not looked up together.
Duration spread(Duration wait, Rng& rng) {
    return wait + Duration(rng.between(0, wait.count() / 10));
}

// What goes on as it was. A message that comes as unknown and does not know since when was being
// sent when its sender died: that send counts, and the window begins now.
MessageChange carried(const Message& message, SystemTime now) {
    MessageChange change{.state = message.state,
                         .due = now,
                         .sends = message.sends,
                         .look_ups = message.look_ups,
                         .unknown_since = message.unknown_since,
                         .external_id = message.external_id,
                         .reason = message.reason};
    if (message.state == MessageState::unknown && !message.unknown_since) {
        change.sends += 1;
        change.look_ups = 0;
        change.unknown_since = now;
    }
    return change;
}

MessageChange ended(MessageChange change, MessageState state, std::string_view reason,
                    SystemTime now) {
    change.state = state;
    change.due = now;
    change.reason = cut_reason(reason);
    return change;
}

bool key_lives(const Message& message, const TargetTraits& traits, SystemTime now) {
    // Its key was not used before it was there.
    return traits.key_lives > Duration() && now - message.created < traits.key_lives;
}

}  // namespace

std::string_view to_string(Sent sent) {
    switch (sent) {
        case Sent::applied:
            return "applied";
        case Sent::not_applied:
            return "not applied";
        case Sent::refused:
            return "refused";
        case Sent::unknown:
            return "unknown";
    }
    return "unknown";
}

std::string_view to_string(Resolution resolution) {
    switch (resolution) {
        case Resolution::applied:
            return "applied";
        case Resolution::send_again:
            return "send_again";
        case Resolution::drop:
            return "drop";
    }
    return "drop";
}

SendOutcome SendOutcome::applied(std::string external_id) {
    return {
        .sent = Sent::applied, .external_id = std::move(external_id), .reason = {}, .after = {}};
}
SendOutcome SendOutcome::not_applied(std::string reason, std::optional<Duration> after) {
    return {
        .sent = Sent::not_applied, .external_id = {}, .reason = std::move(reason), .after = after};
}
SendOutcome SendOutcome::not_yet(std::string reason, Duration after) {
    auto outcome = not_applied(std::move(reason), after);
    outcome.counts = false;
    return outcome;
}
SendOutcome SendOutcome::refused(std::string reason) {
    return {.sent = Sent::refused, .external_id = {}, .reason = std::move(reason), .after = {}};
}
SendOutcome SendOutcome::unknown(std::string reason) {
    return {.sent = Sent::unknown, .external_id = {}, .reason = std::move(reason), .after = {}};
}

SendOutcome outcome_of(const Result<http::Response>& answer, SystemTime now) {
    if (!answer) {
        const Error& error = answer.error();
        return error.outcome() == Outcome::not_sent
                   ? SendOutcome::not_applied(error.to_string(), error.retry_after())
                   : SendOutcome::unknown(error.to_string());
    }
    const int status = answer->status();
    auto reason = fmt::format("answered with {}", status);
    if (status >= 200 && status < 300) {
        return SendOutcome::applied();
    }
    if (status == 401 || status == 403 || status == 429) {
        const auto said = http::parse_retry_after(answer->headers(), now);
        return SendOutcome::not_applied(std::move(reason), said.wait);
    }
    const bool unsure = status == 408 || status == 409 || status < 400 || status >= 500;
    return unsure ? SendOutcome::unknown(std::move(reason))
                  : SendOutcome::refused(std::move(reason));
}

LookUpOutcome LookUpOutcome::of(std::vector<std::string> ids) {
    const Looked looked = ids.empty() ? Looked::not_found : Looked::found;
    return {.looked = looked, .found = std::move(ids), .reason = {}, .after = {}};
}
LookUpOutcome LookUpOutcome::unavailable(std::string reason, std::optional<Duration> after) {
    return {
        .looked = Looked::unavailable, .found = {}, .reason = std::move(reason), .after = after};
}

Result<void> OutboxPolicyOptions::validate() const {
    using namespace std::chrono_literals;
    using std::chrono::days;
    APILAB_CHECK(in_range<Duration>("settle", settle, 1s, days(1)));
    APILAB_CHECK(in_range("look_ups", look_ups, 1, 20));
    APILAB_CHECK(in_range<Duration>("first_look_up", first_look_up, 0s, settle));
    APILAB_CHECK(in_range<Duration>("unknown_for_max", unknown_for_max, settle, days(30)));
    APILAB_CHECK(in_range("sends_max", sends_max, 1, 100));
    APILAB_CHECK(in_range<Duration>("retry_after_max", retry_after_max, 0s, days(7)));
    APILAB_CHECK(backoff.validate());
    if (backoff.kind == policy::BackoffKind::decorrelated_jitter) {
        return fail(Error(ErrorKind::invalid_argument,
                          "outbox.backoff has decorrelated jitter, whose last wait is not kept "
                          "(equal or full jitter)")
                        .with_detail("backoff"));
    }
    return {};
}

std::string OutboxPolicyOptions::describe() const {
    return fmt::format("{} sends at most, {}; unknown: {} look-ups over {}, a person after {}",
                       sends_max, backoff.describe(), look_ups, format_duration(settle),
                       format_duration(unknown_for_max));
}

OutboxStep OutboxPolicy::step(const Message& message, const TargetTraits& traits,
                              SystemTime now) const {
    if (message.state != MessageState::unknown) {
        return OutboxStep::send;
    }
    if (key_lives(message, traits, now) && carried(message, now).sends < options_.sends_max) {
        return OutboxStep::send;
    }
    return traits.look_up ? OutboxStep::look_up : OutboxStep::escalate;
}

MessageChange OutboxPolicy::later(MessageChange change, std::optional<Duration> after,
                                  SystemTime now, Rng& rng) const {
    const Duration wait =
        policy::BackoffPolicy(options_.backoff).delay(std::max(change.sends - 1, 0), rng);
    change.due =
        now + std::max(wait, std::min(after.value_or(Duration()), options_.retry_after_max));
    return change;
}

// It may have been applied, by this send or by one before it.
MessageChange OutboxPolicy::unknown(const Message& message, MessageChange change,
                                    std::optional<Duration> after, const TargetTraits& traits,
                                    SystemTime now, Rng& rng) const {
    change.state = MessageState::unknown;
    if (key_lives(message, traits, now) && change.sends < options_.sends_max) {
        return later(std::move(change), after, now, rng);
    }
    if (!traits.look_up) {
        const auto reason = "nobody can say whether it was applied: " + change.reason;
        return ended(std::move(change), MessageState::escalated, reason, now);
    }
    change.due = now + spread(options_.first_look_up, rng);
    return change;
}

MessageChange OutboxPolicy::not_applied(const Message& message, MessageChange change,
                                        const SendOutcome& outcome, const TargetTraits& traits,
                                        SystemTime now, Rng& rng) const {
    if (message.state == MessageState::unknown) {
        return unknown(message, std::move(change), outcome.after, traits, now, rng);
    }
    if (outcome.counts && change.sends >= options_.sends_max) {
        const auto reason =
            fmt::format("not applied in {} sends: {}", change.sends, outcome.reason);
        return ended(std::move(change), MessageState::failed, reason, now);
    }
    change.state = MessageState::pending;
    return later(std::move(change), outcome.after, now, rng);
}

MessageChange OutboxPolicy::after_send(const Message& message, const SendOutcome& outcome,
                                       const TargetTraits& traits, SystemTime now, Rng& rng) const {
    const bool was_unknown = message.state == MessageState::unknown;
    MessageChange change = carried(message, now);
    const bool begun = outcome.counts || outcome.sent != Sent::not_applied;
    change.sends += begun ? 1 : 0;
    change.reason = cut_reason(outcome.reason);
    switch (outcome.sent) {
        case Sent::applied:
            change.external_id = kept_ids({outcome.external_id});
            return ended(std::move(change), MessageState::applied, "", now);
        case Sent::unknown:
            change.look_ups = 0;
            change.unknown_since = now;
            return unknown(message, std::move(change), {}, traits, now, rng);
        case Sent::not_applied:
            return not_applied(message, std::move(change), outcome, traits, now, rng);
        case Sent::refused:
            if (!was_unknown) {
                return ended(std::move(change), MessageState::failed, outcome.reason, now);
            }
            // An earlier one may have been taken all the same; this is the last.
            change.sends = std::max(change.sends, options_.sends_max);
            return unknown(message, std::move(change), {}, traits, now, rng);
    }
    return escalate(message, "no such outcome", now);
}

MessageChange OutboxPolicy::not_found(MessageChange change, SystemTime since, SystemTime now,
                                      Rng& rng) const {
    const Duration step = options_.settle / options_.look_ups;
    const int number = change.look_ups + 1;
    const bool counts =
        now - since >= (number == options_.look_ups ? options_.settle : step * number);
    if (counts && number >= options_.look_ups) {
        change.look_ups = 0;
        change.unknown_since.reset();
        auto reason =
            fmt::format("not found in {} look-ups over {}", number, format_duration(now - since));
        if (change.sends >= options_.sends_max) {
            reason += fmt::format(", after {} sends", change.sends);
            return ended(std::move(change), MessageState::failed, reason, now);
        }
        return ended(std::move(change), MessageState::pending, reason, now);
    }
    if (counts) {
        change.look_ups = number;
    }
    // Never sooner than a step from now, wherever the clock has gone.
    const SystemTime next = change.look_ups + 1 == options_.look_ups
                                ? since + options_.settle
                                : since + step * (change.look_ups + 1);
    const SystemTime soonest = counts ? now + step : now;
    change.due = std::max(next, soonest);
    change.due += Duration(rng.between(0, step.count() / 10));
    return change;
}

MessageChange OutboxPolicy::unavailable(MessageChange change, SystemTime since,
                                        const LookUpOutcome& outcome, SystemTime now,
                                        Rng& rng) const {
    const Duration unknown_for = now - since;
    if (unknown_for >= options_.unknown_for_max) {
        return ended(std::move(change), MessageState::escalated,
                     fmt::format("no look-up was answered in {}: {}", format_duration(unknown_for),
                                 outcome.reason),
                     now);
    }
    // Half as long as it has taken so far: grows like a backoff, and needs no count.
    const Duration wait = std::clamp(unknown_for / 2, options_.backoff.base, options_.backoff.cap);
    const Duration asked = std::min(outcome.after.value_or(Duration()), options_.retry_after_max);
    change.due = now + spread(std::max(wait, asked), rng);
    change.reason = cut_reason(outcome.reason);
    return change;
}

MessageChange OutboxPolicy::after_look_up(const Message& message, const LookUpOutcome& outcome,
                                          SystemTime now, Rng& rng) const {
    MessageChange change = carried(message, now);
    const SystemTime since = std::min(change.unknown_since.value_or(now), now);
    if (since != change.unknown_since) {
        change.unknown_since = since;  // the clock went back: what was counted does not count
        change.look_ups = 0;
    }
    switch (outcome.looked) {
        case Looked::found: {
            change.external_id = kept_ids(outcome.found);
            const bool once = outcome.found.size() == 1;
            return ended(
                std::move(change), once ? MessageState::reconciled : MessageState::duplicated,
                once ? "found by a look-up" : fmt::format("found {} times", outcome.found.size()),
                now);
        }
        case Looked::not_found:
            return not_found(std::move(change), since, now, rng);
        case Looked::unavailable:
            return unavailable(std::move(change), since, outcome, now, rng);
    }
    return escalate(message, "no such outcome", now);
}

MessageChange OutboxPolicy::escalate(const Message& message, std::string_view reason,
                                     SystemTime now) {
    return ended(carried(message, now), MessageState::escalated, reason, now);
}

Result<MessageChange> resolve(const Message& message, Resolution resolution, std::string_view who,
                              SystemTime now) {
    const bool for_people = message.state == MessageState::escalated ||
                            message.state == MessageState::failed ||
                            message.state == MessageState::duplicated;
    const bool again = resolution == Resolution::send_again;
    if (!for_people || (again && message.state == MessageState::duplicated)) {
        return fail(Error(ErrorKind::invalid_argument,
                          fmt::format("the message is {}: nothing for a person to say there{}",
                                      to_string(message.state), again ? ", or not that" : ""))
                        .with_detail("state"));
    }
    MessageChange change = carried(message, now);
    auto reason = fmt::format("{} says: {}", who, to_string(resolution));
    if (again) {
        change.sends = 0;
        change.look_ups = 0;
        change.unknown_since.reset();
        return ended(std::move(change), MessageState::pending, reason, now);
    }
    return ended(
        std::move(change),
        resolution == Resolution::applied ? MessageState::reconciled : MessageState::failed,
        std::move(reason), now);
}

}  // namespace apilab::work
