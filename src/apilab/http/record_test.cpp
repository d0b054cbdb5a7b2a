#include "apilab/http/record.hpp"

#include <gtest/gtest.h>

#include <set>

namespace apilab::http {
namespace {

using namespace std::chrono_literals;
using Verdict = DecisionRecord::Verdict;

TEST(Effect, follows_from_the_method_where_nobody_says_otherwise) {
    struct Row {
        std::string_view method;
        Effect effect;
    };
    const Row rows[] = {
        {"GET", Effect::read},   {"HEAD", Effect::read},      {"OPTIONS", Effect::read},
        {"TRACE", Effect::read}, {"PUT", Effect::idempotent}, {"DELETE", Effect::idempotent},
        {"POST", Effect::write}, {"PATCH", Effect::write},    {"CONNECT", Effect::write},
        {"get", Effect::write},  // methods are case-sensitive (RFC 9110 section 9.1)
        {"", Effect::write},
    };
    for (const auto& row : rows) {
        EXPECT_EQ(default_effect(row.method), row.effect) << row.method;
    }
}

TEST(Record, every_enumerator_has_its_name) {
    EXPECT_EQ(to_string(Effect::read), "read");
    EXPECT_EQ(to_string(Effect::idempotent), "idempotent");
    EXPECT_EQ(to_string(Effect::write), "write");
    EXPECT_EQ(to_string(RetryReason::transient), "transient");
    EXPECT_EQ(to_string(RetryReason::throttled), "throttled");
    EXPECT_EQ(to_string(RetryReason::not_sent), "not sent");
    std::set<std::string_view> causes;
    for (int i = 0; i <= static_cast<int>(WaitCause::refresh); ++i) {
        causes.insert(to_string(static_cast<WaitCause>(i)));
    }
    EXPECT_EQ(causes, (std::set<std::string_view>{"backoff", "retry_after", "rate_limit",
                                                  "bulkhead", "breaker", "refresh"}));
}

TEST(Explain, says_what_was_decided_and_why) {
    struct Row {
        DecisionRecord decision;
        std::string_view sentence;
    };
    const Row rows[] = {
        {{.after_attempt = 1, .max_attempts = 3, .status = 200}, "200 -> done"},
        {{.after_attempt = 1,
          .max_attempts = 3,
          .verdict = Verdict::retried,
          .status = 503,
          .wait = 182ms,
          .budget_left = 486,
          .budget_size = 500},
         "503 -> retry in 182 ms (transient, attempt 2 of 3, budget 486/500)"},
        {{.after_attempt = 2,
          .max_attempts = 4,
          .verdict = Verdict::retried,
          .reason = RetryReason::throttled,
          .status = 429,
          .wait = 30s,
          .wait_cause = WaitCause::retry_after},
         "429 -> retry in 30 s (throttled, attempt 3 of 4, Retry-After)"},
        {{.after_attempt = 1,
          .max_attempts = 3,
          .verdict = Verdict::retried,
          .status = 429,
          .wait = 1s,
          .budget_left = 0,
          .budget_size = 10,
          .retry_after_garbage = true},
         "429 -> retry in 1 s (transient, attempt 2 of 3, unreadable Retry-After ignored, budget "
         "0/10)"},
        {{.after_attempt = 1,
          .max_attempts = 3,
          .verdict = Verdict::retried,
          .reason = RetryReason::not_sent,
          .error = ErrorKind::connect,
          .outcome = Outcome::not_sent,
          .wait = 50ms},
         "connect (not_sent) -> retry in 50 ms (not sent, attempt 2 of 3)"},
        {{.after_attempt = 1,
          .max_attempts = 3,
          .verdict = Verdict::gave_up,
          .ending = Ending::non_idempotent,
          .error = ErrorKind::connection_lost,
          .outcome = Outcome::unknown},
         "connection_lost (unknown) -> gave up: it may have been applied and sending it again is "
         "not safe"},
        {{.verdict = Verdict::gave_up, .ending = Ending::permanent, .status = 404},
         "404 -> gave up: trying again would not help"},
        {{.after_attempt = 3,
          .max_attempts = 3,
          .verdict = Verdict::gave_up,
          .ending = Ending::attempts,
          .status = 503},
         "503 -> gave up: all 3 attempts are used"},
        {{.verdict = Verdict::gave_up, .ending = Ending::deadline, .status = 429, .wait = 30s},
         "429 -> gave up: the next wait of 30 s would pass the deadline"},
        {{.verdict = Verdict::gave_up, .ending = Ending::budget, .status = 500},
         "500 -> gave up: the retry budget of this origin is empty"},
        {{.verdict = Verdict::gave_up, .ending = Ending::patience, .status = 429, .wait = 1h},
         "429 -> gave up: the server asks for 1 h, longer than our patience"},
        {{.verdict = Verdict::gave_up,
          .ending = Ending::cancelled,
          .error = ErrorKind::cancelled,
          .outcome = Outcome::unknown},
         "cancelled (unknown) -> gave up: the caller cancelled"},
        {{.verdict = Verdict::gave_up, .ending = Ending::body_not_replayable, .status = 503},
         "503 -> gave up: the body can be read only once"},
        {{.verdict = Verdict::gave_up}, "no attempt -> gave up: no reason was recorded"},
    };
    for (const auto& row : rows) {
        EXPECT_EQ(explain(row.decision), row.sentence);
    }
}

TEST(CacheStatus, is_written_as_rfc_9211_has_it) {
    using How = CacheRecord::How;
    using Use = CacheRecord::Use;
    EXPECT_EQ(cache_status({.how = How::hit, .use = Use::fresh, .ttl = 2500ms}),
              "apilab; hit; ttl=2");
    EXPECT_EQ(cache_status({.how = How::hit, .use = Use::stale_while_revalidate, .ttl = -2500ms}),
              "apilab; hit; ttl=-3; detail=stale-while-revalidate");
    EXPECT_EQ(cache_status({.how = How::uri_miss, .stored = true, .collapsed = true}, "x"),
              "x; fwd=uri-miss; stored; collapsed");
    EXPECT_EQ(cache_status({.how = How::stale,
                            .use = Use::revalidated,
                            .stored = true,
                            .ttl = 30s,
                            .fwd_status = 304}),
              "apilab; fwd=stale; fwd-status=304; ttl=30; stored; detail=revalidated");
    for (const auto& [how, text] :
         std::vector<std::pair<How, std::string>>{{How::bypass, "bypass"},
                                                  {How::method, "method"},
                                                  {How::vary_miss, "vary-miss"},
                                                  {How::request, "request"}}) {
        EXPECT_EQ(cache_status({.how = how}), "apilab; fwd=" + text);
    }
}

TEST(Explain, says_why_a_stored_answer_is_the_answer) {
    using Use = CacheRecord::Use;
    const auto text = [](DecisionRecord decision) {
        decision.verdict = DecisionRecord::Verdict::cached;
        return explain(decision);
    };
    EXPECT_EQ(text({.status = 200, .wait = 30s, .cache = Use::fresh}),
              "200 from the cache, fresh for 30 s");
    EXPECT_EQ(text({.status = 200, .wait = -4s, .cache = Use::max_stale}),
              "200 from the cache, stale for 4 s (max-stale)");
    EXPECT_EQ(text({.status = 200, .wait = -4s, .cache = Use::stale_while_revalidate}),
              "200 from the cache, stale for 4 s (stale-while-revalidate)");
    EXPECT_EQ(text({.status = 503, .wait = -4s, .cache = Use::stale_if_error}),
              "503 -> the stored answer, stale for 4 s (stale-if-error)");
    EXPECT_EQ(text({.error = ErrorKind::timeout,
                    .outcome = Outcome::unknown,
                    .wait = -4s,
                    .cache = Use::stale_if_error}),
              "timeout (unknown) -> the stored answer, stale for 4 s (stale-if-error)");
    EXPECT_EQ(text({.status = 304, .cache = Use::revalidated}),
              "304 -> the stored answer, which still holds");
    EXPECT_EQ(text({.cache = Use::only_if_cached}),
              "nothing stored that does -> 504 (only-if-cached)");
}

TEST(Observer, may_leave_every_method_out) {
    class Silent : public Observer {};
    Silent observer;
    const CallRecord call;
    observer.on_attempt(call, {});
    observer.on_wait(call, {});
    observer.on_decision(call, {});
    observer.on_call(call);
}

}  // namespace
}  // namespace apilab::http
