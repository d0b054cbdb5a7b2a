#include "apilab/policy/profile.hpp"

#include <gtest/gtest.h>

namespace apilab::policy {
namespace {

const SystemTime wall{std::chrono::seconds(1'700'000'000)};

AttemptOutcome answer(int status, const http::Headers& headers, std::string_view body = {}) {
    return {.status = status, .headers = &headers, .body = body, .system_at = wall};
}

TEST(Profile, an_unknown_provider_gets_the_generic_one) {
    EXPECT_EQ(profile_of("nobody").name, "generic");
    EXPECT_EQ(profile_of("").name, "generic");
    EXPECT_EQ(profile_of("github").name, "github");
}

TEST(Profile, a_retry_after_wins_over_the_reset) {
    const http::Headers headers = {
        {"retry-after", "3"}, {"x-ratelimit-remaining", "0"}, {"x-ratelimit-reset", "1700000900"}};
    EXPECT_EQ(announced_wait(profile_of("github"), answer(403, headers)).wait,
              std::chrono::seconds(3));
}

TEST(Profile, an_epoch_reset_is_rounded_up_and_never_negative) {
    const http::Headers soon = {{"x-ratelimit-remaining", "0"},
                                {"x-ratelimit-reset", "1700000009"}};
    EXPECT_EQ(announced_wait(profile_of("github"), answer(429, soon)).wait,
              std::chrono::seconds(10));
    const http::Headers past = {{"x-ratelimit-remaining", "0"},
                                {"x-ratelimit-reset", "1699990000"}};
    EXPECT_EQ(announced_wait(profile_of("github"), answer(429, past)).wait, Duration::zero());
}

TEST(Profile, a_reset_that_is_no_epoch_falls_back_to_the_minute) {
    for (const char* reset : {"", "soon", "99999999999999999", "17e8"}) {
        const http::Headers headers = {{"x-ratelimit-remaining", "0"},
                                       {"x-ratelimit-reset", reset}};
        EXPECT_EQ(announced_wait(profile_of("github"), answer(403, headers)).wait,
                  std::chrono::seconds(60))
            << reset;
    }
}

TEST(Profile, a_plain_answer_announces_nothing) {
    const http::Headers headers = {{"x-ratelimit-remaining", "0"},
                                   {"x-ratelimit-reset", "1700000009"}};
    EXPECT_FALSE(announced_wait(profile_of("github"), answer(200, headers)).wait);
    EXPECT_FALSE(is_limited(profile_of("github"), answer(200, headers)));
}

TEST(Profile, patterns_match_with_stars_anywhere) {
    for (const auto& [pattern, text, expected] :
         {std::tuple("*/search/*", "/github/search/issues", true),
          std::tuple("*/search/*", "/github/searchers", false), std::tuple("*", "", true),
          std::tuple("", "x", false), std::tuple("a*b*c", "aXbYbZc", true),
          std::tuple("a*b*c", "acb", false), std::tuple("*/query", "/v1/queryx", false)}) {
        EXPECT_EQ(matches_pattern(pattern, text), expected) << pattern << " " << text;
    }
}

// What the providers' pages say of single calls, as far as it changes what we do.
TEST(Profile, rules_know_reads_that_post_and_what_is_counted_apart) {
    using http::Effect;
    struct Row {
        std::string_view provider, method, path;
        std::optional<Effect> effect;
        std::string_view bucket, lane;
        int cost = 1;
    };
    for (const auto& row :
         {Row{"osv", "POST", "/osv/v1/querybatch", Effect::read, "", ""},
          Row{"osv", "POST", "/v1/query", Effect::read, "", ""},
          Row{"notion", "POST", "/v1/data_sources/x/query", Effect::read, "", ""},
          Row{"notion", "POST", "/v1/search", Effect::read, "", ""},
          Row{"slack", "POST", "/api/conversations.list", Effect::read, "", "method"},
          Row{"npm", "POST", "/-/npm/v1/security/advisories/bulk", Effect::read, "", ""},
          Row{"github", "GET", "/search/issues", {}, "search", "search"},
          Row{"github", "POST", "/repos/a/b/issues", {}, "", "writes"},
          Row{"google", "POST", "/gmail/v1/users/me/messages/send", {}, "", "", 100},
          Row{"google", "GET", "/gmail/v1/users/me/history", {}, "", "", 2}}) {
        const auto* rule = rule_of(profile_of(row.provider), row.method, row.path,
                                   http::default_effect(row.method));
        ASSERT_NE(rule, nullptr) << row.provider << row.path;
        EXPECT_EQ(rule->effect, row.effect) << row.path;
        EXPECT_EQ(rule->bucket, row.bucket) << row.path;
        EXPECT_EQ(rule->lane, row.lane) << row.path;
        EXPECT_EQ(rule->cost, row.cost) << row.path;
    }
    EXPECT_EQ(rule_of(profile_of("github"), "GET", "/repos/a/b", Effect::read), nullptr);
    EXPECT_EQ(rule_of(profile_of("notion"), "POST", "/v1/pages", Effect::write), nullptr);
}

TEST(Profile, a_limit_may_come_inside_a_success) {
    EXPECT_TRUE(
        is_limited(profile_of("slack"), answer(200, {}, R"({"ok":false,"error":"rate_limited"})")));
    EXPECT_FALSE(is_limited(profile_of("slack"), answer(200, {}, R"({"ok":true})")));
    EXPECT_FALSE(is_limited(profile_of("npm"), answer(200, {}, R"("rate_limited")")));
}

TEST(Profile, a_reset_is_read_in_every_dialect) {
    for (const auto& [name, value] :
         {std::pair("x-rate-limit-reset", "1700000010"), std::pair("x-ratelimit-reset-after", "10"),
          std::pair("ratelimit-reset", "10")}) {
        const std::string remaining =
            std::string(name).substr(0, std::string(name).find("reset")) + "remaining";
        const http::Headers headers = {{remaining, "0"}, {name, value}};
        const auto wait = announced_wait(profile_of("generic"), answer(429, headers)).wait;
        ASSERT_TRUE(wait) << name;
        EXPECT_GE(*wait, std::chrono::seconds(10)) << name;
        EXPECT_LE(*wait, std::chrono::seconds(11)) << name;
    }
}

TEST(Profile, every_number_of_every_profile_is_in_its_range) {
    for (const auto& profile : all_profiles()) {
        EXPECT_TRUE(profile.quota.validate()) << profile.name;
        for (const auto& rule : profile.rules) {
            EXPECT_TRUE(rule.quota.validate()) << profile.name << rule.path;
            EXPECT_GE(rule.cost, 1) << profile.name << rule.path;
            // A quota of a rule is that of its lane.
            EXPECT_EQ(rule.quota.limits(), !rule.lane.empty()) << profile.name << rule.path;
        }
    }
}

}  // namespace
}  // namespace apilab::policy
