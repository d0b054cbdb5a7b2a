#include "apilab/policy/token_life.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace apilab::policy {
namespace {

using namespace std::chrono_literals;

std::optional<Duration> read(const std::string& value) {
    const auto json = http::JsonDocument::parse("{\"expires_in\":" + value + "}");
    return read_expires_in(json->root()["expires_in"]);
}

TEST(TokenLife, a_lifetime_is_read_as_servers_write_it) {
    EXPECT_EQ(read("3600"), Duration(1h));
    EXPECT_EQ(read("\"3600\""), Duration(1h));
    EXPECT_EQ(read("3599.5"), Duration(3599s));
    EXPECT_EQ(read("0"), Duration(0s));
    EXPECT_EQ(read("-5"), Duration(0s));
    EXPECT_EQ(read("99999999999999"), Duration(24h * 3650));
    for (const auto* nothing : {"null", "\"\"", "\"soon\"", "\"3600 \"", "{}", "true"}) {
        EXPECT_FALSE(read(nothing)) << nothing;
    }
    EXPECT_FALSE(read_expires_in({}));
}

using Action = TokenLife::Action;
constexpr SteadyTime start(10h);

TokenLife living(Duration lifetime, double chance = 0, TokenLifeOptions options = {}) {
    TokenLife life(options);
    life.renewed(start, start, lifetime, chance);
    return life;
}

TEST(TokenLife, a_token_is_renewed_beside_its_use_then_first_and_never_used_after_its_end) {
    const auto life = living(1h);
    EXPECT_EQ(life.ask(start), Action::use);
    EXPECT_EQ(life.ask(start + 55min - 1ns), Action::use);
    EXPECT_EQ(life.ask(start + 55min), Action::use_and_renew);
    EXPECT_EQ(life.ask(start + 1h - 10s - 1ns), Action::use_and_renew);
    EXPECT_EQ(life.ask(start + 1h - 10s), Action::renew);
    EXPECT_EQ(life.use_until(), start + 55min);
    EXPECT_TRUE(life.still_good(start + 1h - 1ns));
    EXPECT_FALSE(life.still_good(start + 1h));
}

TEST(TokenLife, a_short_life_is_shared_out_alike) {
    const auto life = living(300s);
    EXPECT_EQ(life.ask(start + 270s - 1ns), Action::use);
    EXPECT_EQ(life.ask(start + 270s), Action::use_and_renew);
    EXPECT_EQ(life.ask(start + 297s), Action::renew);
    EXPECT_EQ(living(0s).ask(start), Action::renew);
    EXPECT_EQ(living(1s).ask(start + 899ms), Action::use);
}

TEST(TokenLife, chance_moves_the_renewal_towards_the_end_by_half_the_span_at_most) {
    for (const double chance : {0.0, 0.25, 0.5, 0.999}) {
        const auto from = living(1h, chance).use_until();
        EXPECT_GE(from, start + 55min);
        EXPECT_LT(from, start + 57min + 30s);
    }
    EXPECT_EQ(living(1h, 0.5).use_until(), start + 56min + 15s);
    EXPECT_EQ(living(1h, 0.5, {.jitter = 0}).use_until(), start + 55min);
}

TEST(TokenLife, the_life_counts_from_the_question_not_from_the_answer) {
    TokenLife life;
    life.renewed(start, start + 20s, 60s, 0);
    EXPECT_EQ(life.expires(), start + 60s);
}

TEST(TokenLife, a_token_without_a_lifetime_is_good_until_it_is_refused) {
    TokenLife life;
    life.renewed(start, start, std::nullopt, 0.5);
    EXPECT_EQ(life.ask(start + 24h * 365), Action::use);
    life.refused(start + 24h * 365);
    EXPECT_EQ(life.ask(start + 24h * 365), Action::renew);
}

TEST(TokenLife, without_a_token_it_is_asked_for_and_after_a_failure_a_second_later) {
    TokenLife life;
    EXPECT_EQ(life.ask(start), Action::renew);
    for (int i = 0; i < 20; ++i) {  // callers fail meanwhile, so it stays a second
        life.failed(start);
        EXPECT_EQ(life.ask(start + 1s - 1ns), Action::refuse);
        EXPECT_EQ(life.ask(start + 1s), Action::renew);
    }
    life.failed(start, 20s);
    EXPECT_EQ(life.ask(start + 20s - 1ns), Action::refuse) << "the server said when";
    life.failed(start, 24h);
    EXPECT_EQ(life.ask(start + 1min), Action::renew) << "nobody is locked out for a day";
}

TEST(TokenLife, while_the_old_token_serves_failed_renewals_come_less_and_less_often) {
    auto life = living(1h);
    SteadyTime now = start + 55min;
    for (const auto pause : {1s, 2s, 4s, 8s, 16s, 32s, 60s, 60s}) {
        EXPECT_EQ(life.ask(now), Action::use_and_renew);
        life.failed(now);
        EXPECT_EQ(life.ask(now + pause - 1ns), Action::use);
        now += pause;
    }
}

TEST(TokenLife, in_its_last_seconds_a_token_serves_where_no_other_can_be_had) {
    auto life = living(1h);
    life.failed(start + 1h - 5s);
    EXPECT_EQ(life.ask(start + 1h - 5s), Action::use);
    EXPECT_EQ(life.ask(start + 1h), Action::renew);
    life.ended();
    EXPECT_EQ(life.ask(start + 1h - 1s), Action::use);
    EXPECT_EQ(life.ask(start + 1h), Action::refuse);
}

TEST(TokenLife, one_refused_token_is_replaced_at_once_young_ones_in_a_row_ever_later) {
    auto life = living(1h);
    life.refused(start + 10min);  // an old one: somebody revoked it
    EXPECT_EQ(life.ask(start + 10min), Action::renew);
    EXPECT_EQ(life.suspects(), 0);
    SteadyTime now = start + 10min;
    for (const auto pause : {0s, 30s, 60s, 120s, 240s, 480s, 480s}) {
        life.renewed(now, now, 1h, 0);
        life.refused(now + 1s);
        now += 1s + pause;
        EXPECT_EQ(life.ask(now), Action::renew) << pause.count();
        if (pause > 0s) {
            EXPECT_EQ(life.ask(now - 1ns), Action::refuse) << pause.count();
        }
    }
    life.renewed(now, now, 1h, 0);
    life.accepted();
    life.refused(now + 1s);  // it was taken once: the storm is over
    EXPECT_EQ(life.suspects(), 0);
    EXPECT_EQ(life.ask(now + 1s), Action::renew);
}

TEST(TokenLife, a_refusal_of_a_token_that_never_was_is_no_storm) {
    TokenLife life;
    life.refused(start);
    EXPECT_EQ(life.suspects(), 0);
    EXPECT_EQ(life.ask(start), Action::renew);
}

TEST(TokenLife, refusals_are_told_apart) {
    EXPECT_EQ(classify_token_error("invalid_grant"), TokenRefusal::consent);
    EXPECT_EQ(classify_token_error("invalid_client"), TokenRefusal::configuration);
    EXPECT_EQ(classify_token_error("temporarily_unavailable"), TokenRefusal::transient);
    EXPECT_EQ(classify_token_error(""), TokenRefusal::transient);
}

TEST(TokenLife, an_option_out_of_range_is_named) {
    EXPECT_TRUE(TokenLifeOptions().validate());
    const std::vector<std::pair<std::string, TokenLifeOptions>> wrong{
        {"early_share", {.early_share = 0.51}},
        {"early_share", {.early_share = -0.1}},
        {"early_max", {.early_max = 61min}},
        {"jitter", {.jitter = 1}},
        {"margin", {.margin = -1s}},
        {"pause", {.pause = 2min}},
        {"pause_max", {.pause_max = 1ms}},
        {"young", {.young = 0s}},
    };
    for (const auto& [name, options] : wrong) {
        EXPECT_EQ(options.validate().error().detail(), name);
    }
}

}  // namespace
}  // namespace apilab::policy
