#include "apilab/observe/internal/test_story_maker.hpp"

#include <type_traits>
#include <utility>
#include <vector>

namespace apilab::observe::internal {

using namespace std::chrono_literals;

Story sample_story() {
    const SteadyTime start(1000s);
    http::CallRecord call{.id = "c-000001",
                          .provider = "npm",
                          .operation = "get_packument",
                          .method = "GET",
                          .url_template = "/npm/{name}",
                          .origin = "http://h.test",
                          .started = start,
                          .elapsed = 300ms};
    call.attempts = {{.number = 1,
                      .started = start,
                      .elapsed = 20ms,
                      .phases = {.connect = 5ms, .send = 1ms, .first_byte = 10ms, .receive = 1ms},
                      .status = 503,
                      .bytes_sent = 120,
                      .bytes_received = 80},
                     {.number = 2,
                      .started = start + 270ms,
                      .elapsed = 30ms,
                      .phases = {.send = 1ms, .first_byte = 25ms, .receive = 4ms},
                      .reused_connection = true,
                      .status = 200,
                      .bytes_sent = 120,
                      .bytes_received = 300}};
    call.waits = {
        {.after_attempt = 1, .started = start + 20ms, .planned = 250ms, .elapsed = 250ms}};
    call.decisions = {{.after_attempt = 1,
                       .max_attempts = 3,
                       .verdict = http::DecisionRecord::Verdict::retried,
                       .status = 503,
                       .wait = 250ms},
                      {.after_attempt = 2, .max_attempts = 3, .status = 200}};
    call.status = 200;
    call.deadline = start + 30s;
    const Exchange first{.method = "GET",
                         .url = "http://h.test/npm/left-pad?page=2&api_key=***",
                         .request_headers = {{"authorization", "***"}, {"accept", "*/*"}},
                         .answered = true,
                         .reason = "Service Unavailable",
                         .response_headers = {{"content-length", "0"}}};
    auto second = first;
    second.attempt = 1;
    second.reason = "OK";
    second.response_headers = {{"content-type", "application/json"}};
    second.response_body = R"({"name":"left-pad"})";
    second.response_body_size = second.response_body.size();
    return {.started = SystemTime(1'764'000'000'123ms),
            .record = std::move(call),
            .exchanges = {first, second}};
}

namespace {

class Maker {
public:
    explicit Maker(Rng& rng) : rng_(rng) {}

    Story story() {
        Story story{.started = SystemTime(Duration(between(0, 7'258'118'399'999'999'999))),
                    .record = call(),
                    .exchanges = {}};
        if (!story.record.attempts.empty()) {
            story.exchanges = list([&] { return exchange(story.record.attempts.size()); });
        }
        return story;
    }

private:
    std::int64_t between(std::int64_t low, std::int64_t high) { return rng_.between(low, high); }
    bool coin() { return between(0, 1) == 1; }
    int small() { return static_cast<int>(coin() ? 0 : between(0, 2'147'483'647)); }
    int status() { return static_cast<int>(coin() ? 0 : between(100, 999)); }
    std::uint64_t any() { return coin() ? 0 : rng_.next(); }
    Duration length() { return Duration(coin() ? 0 : between(0, std::int64_t{1} << 59U)); }
    Duration offset() { return coin() ? length() : -length(); }
    template <class E>
    E one(E last) {
        return static_cast<E>(between(0, static_cast<int>(last)));
    }
    std::string text() {
        static constexpr std::string_view letters("ab\"\\/\n\x01\x7f\0\xc3\xbc\xff{}:", 16);
        std::string made;
        for (auto size = coin() ? 0 : between(0, 20); size > 0; --size) {
            made += letters[static_cast<std::size_t>(between(0, 15))];
        }
        return made;
    }
    std::optional<ErrorKind> error() {
        return coin() ? std::nullopt : std::optional(one(ErrorKind::internal));
    }
    template <class Make>
    std::vector<std::invoke_result_t<Make>> list(Make make) {
        std::vector<std::invoke_result_t<Make>> made;
        for (auto size = between(0, 4); size > 0; --size) {
            made.push_back(make());
        }
        return made;
    }

    http::AttemptRecord attempt(SteadyTime from) {
        return {.number = small(),
                .hop = small(),
                .hedge = coin(),
                .started = from + offset(),
                .elapsed = length(),
                .phases = {.queue = length(),
                           .resolve = length(),
                           .connect = length(),
                           .tls = length(),
                           .send = length(),
                           .first_byte = length(),
                           .receive = length()},
                .reused_connection = coin(),
                .replayed = coin(),
                .tls_resumed = coin(),
                .status = status(),
                .error = error(),
                .error_message = text(),
                .outcome = one(Outcome::answered),
                .bytes_sent = any(),
                .bytes_received = any(),
                .span = any()};
    }
    http::WaitRecord wait(SteadyTime from) {
        return {.after_attempt = small(),
                .cause = one(http::WaitCause::refresh),
                .started = from + offset(),
                .planned = length(),
                .elapsed = length()};
    }
    http::DecisionRecord decision() {
        http::DecisionRecord made{.after_attempt = small(),
                                  .max_attempts = small(),
                                  .verdict = one(http::DecisionRecord::Verdict::cached),
                                  .reason = one(http::RetryReason::not_sent),
                                  .ending = one(Ending::redirect),
                                  .status = status(),
                                  .error = error(),
                                  .outcome = one(Outcome::answered),
                                  .wait = offset(),
                                  .wait_cause = one(http::WaitCause::refresh),
                                  .budget_size = small(),
                                  .retry_after_garbage = coin(),
                                  .applied_before = coin(),
                                  .target = text(),
                                  .credentials_dropped = coin(),
                                  .cache = one(http::CacheRecord::Use::only_if_cached)};
        if (coin()) {
            made.budget_left = small();
        }
        return made;
    }
    http::CacheRecord cache() {
        http::CacheRecord made{.how = one(http::CacheRecord::How::request),
                               .use = one(http::CacheRecord::Use::only_if_cached),
                               .stored = coin(),
                               .collapsed = coin(),
                               .fwd_status = status()};
        if (coin()) {
            made.ttl = offset();
        }
        return made;
    }
    http::CallRecord call() {
        const SteadyTime from(Duration(between(-1'000'000'000'000, std::int64_t{1} << 61U)));
        http::CallRecord made{.id = text(),
                              .provider = text(),
                              .operation = text(),
                              .method = text(),
                              .url_template = text(),
                              .origin = text(),
                              .effect = one(http::Effect::write),
                              .idempotency_key = text(),
                              .started = from,
                              .elapsed = length(),
                              .attempts = list([&] { return attempt(from); }),
                              .waits = list([&] { return wait(from); }),
                              .decisions = list([&] { return decision(); }),
                              .status = status(),
                              .error = error(),
                              .ending = one(Ending::redirect),
                              .parent_span = any(),
                              .follows = text()};
        if (coin()) {
            made.cache = cache();
        }
        if (coin()) {
            made.deadline = from + Duration(between(0, (std::int64_t{1} << 59U) - 1));
        }
        made.trace = {.high = any(), .low = any(), .span = any(), .sampled = coin()};
        return made;
    }
    http::Headers headers() {
        http::Headers made;
        for (auto size = between(0, 4); size > 0; --size) {
            made.add(text(), text());
        }
        return made;
    }
    Exchange exchange(std::size_t attempts) {
        Exchange made{.attempt = static_cast<std::size_t>(
                          between(0, static_cast<std::int64_t>(attempts) - 1)),
                      .method = text(),
                      .url = text(),
                      .request_headers = headers(),
                      .request_body = text(),
                      .request_body_size = any(),
                      .answered = coin()};
        if (made.answered) {
            made.reason = text();
            made.response_headers = headers();
            made.response_body = text();
            made.response_body_size = any();
        }
        return made;
    }

    Rng& rng_;
};

}  // namespace

Story random_story(Rng& rng) {
    return Maker(rng).story();
}

}  // namespace apilab::observe::internal
