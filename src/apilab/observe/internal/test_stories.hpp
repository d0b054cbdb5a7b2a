#pragma once

// Stories made by hand, for tests of what is drawn from them.

#include <rapidcheck.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>

#include "apilab/observe/server_side.hpp"
#include "apilab/observe/story.hpp"

namespace apilab::observe::test {

using Verdict = http::DecisionRecord::Verdict;

inline constexpr SteadyTime epoch{std::chrono::hours(1)};

inline Story call_of(std::string method, std::string path, Duration elapsed) {
    Story story{.started = SystemTime(std::chrono::hours(24 * 20'000))};
    story.record.id = "c-000001";
    story.record.method = std::move(method);
    story.record.url_template = std::move(path);
    story.record.effect = http::default_effect(story.record.method);
    story.record.started = epoch;
    story.record.elapsed = elapsed;
    story.record.deadline = epoch + std::chrono::seconds(30);
    return story;
}

/// 503, a backoff, 201; as the client of a real one records it.
inline Story retried() {
    using namespace std::chrono_literals;
    auto story = call_of("POST", "/orders", 230ms);
    auto& record = story.record;
    record.status = 201;
    record.attempts = {
        {.number = 1,
         .started = epoch,
         .elapsed = 12ms,
         .phases = {.resolve = 1ms, .connect = 2ms, .send = 500us, .first_byte = 8ms},
         .status = 503},
        {.number = 2,
         .started = epoch + 194ms,
         .elapsed = 36ms,
         .phases = {.send = 500us, .first_byte = 35ms, .receive = 500us},
         .reused_connection = true,
         .status = 201}};
    record.waits = {
        {.after_attempt = 1, .started = epoch + 12ms, .planned = 182ms, .elapsed = 182ms}};
    record.decisions = {{.after_attempt = 1,
                         .max_attempts = 3,
                         .verdict = Verdict::retried,
                         .status = 503,
                         .wait = 182ms,
                         .budget_left = 486,
                         .budget_size = 500},
                        {.after_attempt = 2, .max_attempts = 3, .status = 201}};
    return story;
}

/// The other side did it, and its reply was lost; the same key, again, is answered.
inline Story reply_lost() {
    using namespace std::chrono_literals;
    auto story = retried();
    auto& record = story.record;
    record.idempotency_key = "k-1";
    auto& first = record.attempts.front();
    first.status = 0;
    first.error = ErrorKind::connection_lost;
    first.error_message = "the connection was reset";
    first.outcome = Outcome::unknown;
    first.phases.first_byte = {};
    record.decisions.front().status = 0;
    record.decisions.front().error = ErrorKind::connection_lost;
    record.decisions.front().outcome = Outcome::unknown;
    return story;
}

inline ServerSide committed() {
    using namespace std::chrono_literals;
    const SystemTime received(std::chrono::hours(5));  // another clock, far away
    return {.attempt = 0,
            .request_id = "c-000001.1",
            .received = received,
            .answered = received + 7ms,
            .status = 201,
            .reply = ServerSide::Reply::lost,
            .applied = true,
            .fault = "f1: reset"};
}

/// Told to wait 30 s with a deadline of 10 s.
inline Story wait_refused() {
    using namespace std::chrono_literals;
    auto story = call_of("GET", "/v1/query", 40ms);
    auto& record = story.record;
    record.deadline = epoch + 10s;
    record.status = 429;
    record.ending = Ending::deadline;
    record.attempts = {{.number = 1,
                        .started = epoch,
                        .elapsed = 40ms,
                        .phases = {.send = 1ms, .first_byte = 39ms},
                        .status = 429}};
    record.decisions = {{.after_attempt = 1,
                         .max_attempts = 3,
                         .verdict = Verdict::gave_up,
                         .ending = Ending::deadline,
                         .status = 429,
                         .wait = 30s,
                         .wait_cause = http::WaitCause::retry_after}};
    return story;
}

/// A redirect, a limiter before it, and a hedge beside the second attempt, which wins.
inline Story hedged() {
    using namespace std::chrono_literals;
    auto story = call_of("GET", "/repos/{owner}/{repo}", 900ms);
    auto& record = story.record;
    record.status = 200;
    record.waits = {
        {.cause = http::WaitCause::refresh, .started = epoch, .elapsed = 100ms},
        {.cause = http::WaitCause::rate_limit, .started = epoch + 100ms, .elapsed = 200ms}};
    record.attempts = {{.number = 1, .started = epoch + 300ms, .elapsed = 50ms, .status = 302},
                       {.number = 1,
                        .hop = 1,
                        .hedge = true,
                        .started = epoch + 700ms,
                        .elapsed = 200ms,
                        .phases = {.first_byte = 200ms},
                        .status = 200},
                       {.number = 1,
                        .hop = 1,
                        .started = epoch + 350ms,
                        .elapsed = 550ms,
                        .phases = {.first_byte = 540ms},
                        .error = ErrorKind::cancelled,
                        .outcome = Outcome::unknown}};
    record.decisions = {{.after_attempt = 1,
                         .verdict = Verdict::redirected,
                         .status = 302,
                         .target = "http://b.test/x"},
                        {.after_attempt = 1, .verdict = Verdict::hedged, .wait = 350ms},
                        {.after_attempt = 1, .status = 200}};
    return story;
}

/// So many attempts with waits between them, 10 ms each.
inline Story long_story(int attempts) {
    using namespace std::chrono_literals;
    auto story = call_of("GET", "/x", attempts * 20ms - 10ms);
    for (int i = 0; i < attempts; ++i) {
        const SteadyTime at = epoch + i * 20ms;
        story.record.attempts.push_back({.number = i + 1,
                                         .started = at,
                                         .elapsed = 10ms,
                                         .status = i + 1 == attempts ? 200 : 503});
        if (i + 1 < attempts) {
            story.record.waits.push_back(
                {.after_attempt = i + 1, .started = at + 10ms, .elapsed = 10ms});
        }
    }
    story.record.status = 200;
    return story;
}

/// Any duration; now and then one that no call has.
inline Duration any_duration() {
    switch (*rc::gen::inRange(0, 6)) {
        case 0:
            return Duration::zero();
        case 1:
            return Duration(*rc::gen::arbitrary<std::int64_t>());
        case 2:
            return Duration(*rc::gen::inRange(0, 1'000));
        default:
            return Duration(*rc::gen::inRange<std::int64_t>(0, 20'000'000'000));
    }
}

/// Any text, hostile ones among them.
inline std::string any_text() {
    switch (*rc::gen::inRange(0, 5)) {
        case 0:
            return {};
        case 1:
            return R"("'><script>alert(1)</script><!--]]>&amp;<style>)";
        case 2:
            return "\033[31m\x1b]0;x\x07\r\n\t\xC3\xA9\xFF\xE6\xBC\xA2 x";
        case 3:
            return std::string(300, 'w');
        default:
            return *rc::gen::container<std::string>(rc::gen::arbitrary<char>());
    }
}

template <class Enum>
Enum any_of(int last) {
    return static_cast<Enum>(*rc::gen::inRange(0, last + 1));
}

inline http::AttemptRecord any_attempt() {
    http::AttemptRecord attempt{.number = *rc::gen::inRange(-1, 1'000),
                                .hop = *rc::gen::inRange(0, 3),
                                .hedge = *rc::gen::arbitrary<bool>(),
                                .started = epoch + any_duration() / 4,
                                .elapsed = any_duration(),
                                .phases = {.queue = any_duration(),
                                           .resolve = any_duration(),
                                           .connect = any_duration(),
                                           .tls = any_duration(),
                                           .send = any_duration(),
                                           .first_byte = any_duration(),
                                           .receive = any_duration()},
                                .status = *rc::gen::inRange(0, 600),
                                .error_message = any_text()};
    if (*rc::gen::arbitrary<bool>()) {
        attempt.error = any_of<ErrorKind>(static_cast<int>(ErrorKind::internal));
        attempt.outcome = any_of<Outcome>(static_cast<int>(Outcome::answered));
    }
    return attempt;
}

inline http::DecisionRecord any_decision() {
    http::DecisionRecord decision{.after_attempt = *rc::gen::inRange(-1, 1'000),
                                  .verdict = any_of<Verdict>(static_cast<int>(Verdict::cached)),
                                  .ending = any_of<Ending>(static_cast<int>(Ending::redirect)),
                                  .status = *rc::gen::inRange(0, 600),
                                  .wait = any_duration(),
                                  .target = any_text()};
    if (*rc::gen::arbitrary<bool>()) {
        decision.error = any_of<ErrorKind>(static_cast<int>(ErrorKind::internal));
    }
    return decision;
}

inline http::Headers any_headers() {
    http::Headers headers;
    for (int i = *rc::gen::inRange(0, 3); i > 0; --i) {
        headers.add(any_text(), any_text());
    }
    return headers;
}

/// Any story: also one that no client writes, as a file may hold.
inline Story any_story() {
    auto story = call_of(any_text(), any_text(), any_duration());
    auto& record = story.record;
    record.id = any_text();
    record.follows = any_text();
    record.provider = any_text();
    record.idempotency_key = any_text();
    record.effect = any_of<http::Effect>(2);
    record.deadline = epoch + any_duration() / 4;
    record.status = *rc::gen::inRange(0, 600);
    for (int i = *rc::gen::inRange(0, 12); i > 0; --i) {
        record.attempts.push_back(any_attempt());
    }
    for (int i = *rc::gen::inRange(0, 12); i > 0; --i) {
        record.waits.push_back({.after_attempt = *rc::gen::inRange(-1, 1'000),
                                .cause = any_of<http::WaitCause>(5),
                                .started = epoch + any_duration() / 4,
                                .elapsed = any_duration()});
    }
    for (int i = *rc::gen::inRange(0, 6); i > 0; --i) {
        record.decisions.push_back(any_decision());
    }
    for (int i = *rc::gen::inRange(0, 3); i > 0; --i) {
        story.exchanges.push_back({.attempt = *rc::gen::inRange<std::size_t>(0, 4),
                                   .method = any_text(),
                                   .url = any_text(),
                                   .request_headers = any_headers(),
                                   .request_body = any_text(),
                                   .answered = *rc::gen::arbitrary<bool>(),
                                   .reason = any_text(),
                                   .response_headers = any_headers(),
                                   .response_body = any_text()});
    }
    return story;
}

inline ServerSide any_side() {
    ServerSide side{.attempt = *rc::gen::inRange<std::size_t>(0, 12),
                    .request_id = any_text(),
                    .received = SystemTime(any_duration()),
                    .status = *rc::gen::inRange(0, 600),
                    .reply = any_of<ServerSide::Reply>(3),
                    .applied = *rc::gen::arbitrary<bool>(),
                    .fault = any_text(),
                    .held_back = any_duration()};
    if (*rc::gen::arbitrary<bool>()) {
        side.answered = SystemTime(any_duration());
    }
    return side;
}

}  // namespace apilab::observe::test
