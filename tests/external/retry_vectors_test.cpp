// Retry rules of the AWS SDKs, as data: botocore's declarative policies (APILAB_DATA/retry/
// botocore_retry.json), and the numbers of its standard mode, which are transcribed here from the
// tables of botocore's tests/unit/retries/test_standard_retry_v2_1.py (Apache-2.0) because the
// file does not have them.
//
// Out of scope, by rule, of the file's policies:
// - those that need an error code out of an AWS body (a 4xx with `service_error_code`) or a
// checksum
//   (`crc32body`): the provider profiles have no AWS. A 5xx or 408 with a code is in scope, since
//   its status alone decides for us;
// - statuses that RFC 9110 does not name (509), which we leave to the caller.
// Of the standard mode: rows about services' names and long polling. `x-amz-retry-after` is AWS's
// own; its values are read here under the name `retry-after-ms`, which means the same.

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <utility>

#include "apilab/http/message.hpp"
#include "apilab/policy/backoff.hpp"
#include "apilab/policy/retry.hpp"
#include "apilab/policy/retry_budget.hpp"
#include "external_data.hpp"

namespace apilab::policy {
namespace {

using namespace std::chrono_literals;
using external::data_root;
using external::json_of;
using http::Json;
using http::RetryReason;
using Verdict = http::DecisionRecord::Verdict;

/// Always the same share of every interval.
class FixedRng final : public Rng {
public:
    explicit FixedRng(bool largest) : largest_(largest) {}
    std::uint64_t next() override {
        return largest_ ? std::numeric_limits<std::uint64_t>::max() : 0;
    }

private:
    bool largest_;
};

bool about(Duration a, Duration b) {
    return a > b - 1us && a < b + 1us;
}

// --- delays ------------------------------------------------------------------------------------

/// botocore/retryhandler.py: delay before attempt n + 1 is base * growth_factor ^ (n - 1), where
/// the base `rand` is drawn from 0 to 1 s each time: full jitter by another name.
void check_delays(const Json& policy) {
    const auto delay = policy["delay"];
    const auto attempts = policy["max_attempts"].integer().value_or(0);
    EXPECT_EQ(delay["type"].string_or("?"), "exponential");
    EXPECT_EQ(delay["growth_factor"].integer(), 2);
    EXPECT_TRUE(RetryOptions{.max_attempts = static_cast<int>(attempts)}.validate().has_value());
    const auto number = delay["base"].number();
    const bool random = delay["base"].string_or("") == "rand";
    ASSERT_TRUE(random || number.has_value()) << policy.to_text();
    const double base = number.value_or(1);
    BackoffPolicy backoff(
        {.kind = random ? BackoffKind::full_jitter : BackoffKind::exponential,
         .base = std::chrono::duration_cast<Duration>(std::chrono::duration<double>(base))});
    FixedRng largest(true);
    FixedRng smallest(false);
    for (int retry = 0; retry < attempts - 1; ++retry) {
        const auto expected = std::chrono::duration_cast<Duration>(
            std::chrono::duration<double>(base * std::pow(2, retry)));
        EXPECT_TRUE(about(backoff.delay(retry, largest), expected)) << retry;
        EXPECT_TRUE(about(backoff.delay(retry, smallest), random ? 0s : expected)) << retry;
    }
}

// --- what is retried ---------------------------------------------------------------------------

bool is_retried(const AttemptOutcome& outcome) {
    RetryPolicy retry({}, nullptr);
    FixedRng rng(false);
    return retry.decide(1, {.origin = "https://aws.test", .provider = "generic"}, outcome, rng)
               .verdict == Verdict::retried;
}

struct Tally {
    int delays = 0;
    int policies = 0;
    int out_of_scope = 0;
};

void check_policy(const Json& definition, Tally& tally) {
    const auto when = definition["applies_when"];
    if (!when["socket_errors"].missing()) {
        for (const auto outcome : {Outcome::not_sent, Outcome::unknown}) {
            const auto kind =
                outcome == Outcome::not_sent ? ErrorKind::connect : ErrorKind::connection_lost;
            EXPECT_TRUE(is_retried({.error = kind, .outcome = outcome}));
        }
        ++tally.policies;
        return;
    }
    const auto response = when["response"];
    const auto status = static_cast<int>(response["http_status_code"].integer().value_or(0));
    const bool by_body = !response["service_error_code"].missing() && status < 500 && status != 408;
    if (by_body || !response["crc32body"].missing() || http::reason_phrase(status).empty()) {
        ++tally.out_of_scope;
        return;
    }
    const http::Headers none;
    EXPECT_TRUE(is_retried({.status = status, .headers = &none})) << definition.to_text();
    ++tally.policies;
}

void check_service(const Json& service, const Json& definitions, Tally& tally) {
    const auto rules = service["__default__"];
    if (!rules["delay"].missing()) {
        check_delays(rules);
        ++tally.delays;
    }
    for (const auto& [name, rule] : rules["policies"].members()) {
        const auto reference = rule["$ref"].string_or("");
        check_policy(reference.empty() ? rule : definitions[reference], tally);
    }
}

TEST(RetryVectors, delays_and_policies_of_botocore_are_ours) {
    const auto file = data_root() / "retry" / "botocore_retry.json";
    if (!std::filesystem::exists(file)) {
        GTEST_SKIP() << "no " << file << " (set APILAB_DATA to the folder that holds it)";
    }
    const auto document = json_of(file);
    const auto definitions = document.root()["definitions"];
    Tally tally;
    for (const auto& [name, service] : document.root()["retry"].members()) {
        SCOPED_TRACE(std::string(name));
        if (name == "__default__") {  // the rules of all services stand here without a level more
            check_delays(service);
            ++tally.delays;
            for (const auto& [policy, rule] : service["policies"].members()) {
                check_policy(definitions[rule["$ref"].string_or("")], tally);
            }
        } else {
            check_service(service, definitions, tally);
        }
    }
    RecordProperty("delays", tally.delays);
    RecordProperty("policies", tally.policies);
    RecordProperty("out_of_scope", tally.out_of_scope);
    EXPECT_GT(tally.delays, 0);
    EXPECT_GT(tally.policies, 0);
}

// --- the standard mode's numbers ---------------------------------------------------------------

TEST(AwsStandardMode, delays_double_to_the_cap) {
    const double seconds[] = {0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 20, 20};
    BackoffPolicy backoff({});
    FixedRng largest(true);
    FixedRng smallest(false);
    int retry = 0;
    for (const double delay : seconds) {
        const auto expected =
            std::chrono::duration_cast<Duration>(std::chrono::duration<double>(delay));
        EXPECT_TRUE(about(backoff.delay(retry, largest), expected)) << retry;
        EXPECT_EQ(backoff.delay(retry, smallest), 0s) << retry;
        ++retry;
    }
    BackoffPolicy throttled(RetryOptions{}.throttled);
    EXPECT_TRUE(about(throttled.delay(0, largest), 1s));
    EXPECT_TRUE(about(throttled.delay(5, largest), 20s));
}

/// What each step costs (a failure) or gives back (0: success), and the tokens after it.
struct QuotaStep {
    enum class Kind : std::uint8_t { transient, throttled, success } kind;
    int tokens;
};

void play(RetryBudget& budget, std::initializer_list<QuotaStep> steps) {
    int last_cost = 0;
    for (const auto& step : steps) {
        if (step.kind == QuotaStep::Kind::success) {
            budget.on_success(std::exchange(last_cost, 0));
        } else {
            const int taken =
                budget.acquire(step.kind == QuotaStep::Kind::transient ? RetryReason::transient
                                                                       : RetryReason::throttled);
            last_cost = taken == 0 ? last_cost : taken;
        }
        EXPECT_EQ(budget.tokens(), step.tokens);
    }
}

TEST(AwsStandardMode, a_retry_that_helps_gives_back_what_it_took) {
    using enum QuotaStep::Kind;
    RetryBudget after_transient({});
    play(after_transient, {{transient, 486}, {success, 500}});
    RetryBudget after_throttling({});
    play(after_throttling, {{throttled, 495}, {success, 500}});
}

TEST(AwsStandardMode, retries_that_fail_give_nothing_back) {
    using enum QuotaStep::Kind;
    RetryBudget budget({});
    play(budget, {{transient, 486}, {transient, 472}, {transient, 458}});
}

TEST(AwsStandardMode, a_success_without_retry_gives_one_back) {
    RetryBudget budget({});
    EXPECT_EQ(budget.acquire(RetryReason::transient), 14);
    budget.on_success(0);
    EXPECT_EQ(budget.tokens(), 487);
}

TEST(AwsStandardMode, an_empty_quota_ends_the_retries) {
    using enum QuotaStep::Kind;
    RetryBudget empty({.capacity = 14});
    play(empty, {{transient, 0}, {transient, 0}, {throttled, 0}});
}

TEST(AwsStandardMode, one_call_goes_through_its_attempts_as_dynamodb_does) {
    struct Row {
        int attempt;
        int tokens;
        Duration wait;
    };
    const Row rows[] = {{1, 486, 25ms}, {2, 472, 50ms}, {3, 458, 100ms}};
    RetryBudget budget({});
    RetryPolicy retry(
        {.max_attempts = 4, .transient = {.kind = BackoffKind::exponential, .base = 25ms}},
        &budget);
    const http::Headers none;
    const AttemptOutcome failed{.status = 500, .headers = &none};
    FixedRng rng(false);
    for (const auto& row : rows) {
        const auto decision = retry.decide(row.attempt, {.provider = "generic"}, failed, rng);
        EXPECT_EQ(decision.verdict, Verdict::retried) << row.attempt;
        EXPECT_EQ(decision.wait, row.wait) << row.attempt;
        EXPECT_EQ(budget.tokens(), row.tokens) << row.attempt;
    }
    const auto last = retry.decide(4, {.provider = "generic"}, failed, rng);
    EXPECT_EQ(last.verdict, Verdict::gave_up);
    EXPECT_EQ(last.ending, Ending::attempts);
    EXPECT_EQ(budget.tokens(), 458);
}

TEST(AwsStandardMode, an_announced_wait_is_a_floor_under_the_back_off) {
    struct Row {
        const char* milliseconds;
        Duration wait;
    };
    // botocore waits 5.05 s in the third row: it comes back before it was asked to, we do not.
    const Row rows[] = {
        {"1500", 1500ms}, {"0", 50ms}, {"10000", 10s}, {"invalid", 50ms}, {"-100", 50ms}};
    for (const auto& row : rows) {
        RetryPolicy retry({.transient = {.kind = BackoffKind::exponential}, .spread = 0s}, nullptr);
        const http::Headers headers = {{"retry-after-ms", row.milliseconds}};
        FixedRng rng(false);
        const auto decision =
            retry.decide(1, {.provider = "generic"}, {.status = 500, .headers = &headers}, rng);
        EXPECT_EQ(decision.verdict, Verdict::retried) << row.milliseconds;
        EXPECT_EQ(decision.wait, row.wait) << row.milliseconds;
        EXPECT_EQ(decision.retry_after_garbage, std::string_view(row.milliseconds) == "invalid");
    }
}

}  // namespace
}  // namespace apilab::policy
