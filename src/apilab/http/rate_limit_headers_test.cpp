#include "apilab/http/rate_limit_headers.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "apilab/http/date.hpp"

namespace apilab::http {
namespace {

using namespace std::chrono_literals;
using testing::IsEmpty;
using testing::SizeIs;
using Dialect = RateLimitDialect;

constexpr Duration ten_years = 24h * 3653;
const SystemTime now = *parse_iso_time("2026-11-22T10:00:00Z");
constexpr std::int64_t epoch_now = 1'795'341'600;

/// The only reading of headers in which everything can be read.
RateLimitReading only(const Headers& headers) {
    const auto result = read_rate_limits(headers, now);
    EXPECT_EQ(result.garbage, 0);
    EXPECT_THAT(result.readings, SizeIs(1));
    return result.readings.empty() ? RateLimitReading() : result.readings.front();
}

TEST(RateLimitHeaders, say_nothing_where_there_are_none) {
    const auto result = read_rate_limits(
        {{"content-type", "text/plain"}, {"retry-after", "5"}, {"x-request-id", "1"}}, now);
    EXPECT_THAT(result.readings, IsEmpty());
    EXPECT_EQ(result.garbage, 0);
}

TEST(RateLimitHeaders, of_github_name_a_resource_and_a_moment) {
    const auto reading = only({{"x-ratelimit-limit", "5000"},
                               {"X-RateLimit-Remaining", "4971"},
                               {"x-ratelimit-used", "29"},
                               {"x-ratelimit-reset", std::to_string(epoch_now + 60)},
                               {"x-ratelimit-resource", "core"}});
    EXPECT_EQ(reading, (RateLimitReading{.dialect = Dialect::x_ratelimit,
                                         .bucket = "core",
                                         .limit = 5000,
                                         .remaining = 4971,
                                         .used = 29,
                                         .reset_in = 60s,
                                         .reset_form = ResetForm::epoch_seconds}));
}

TEST(RateLimitHeaders, a_reset_is_told_by_its_size_and_its_form) {
    struct Row {
        std::string text;
        Duration in;
        ResetForm form;
    };
    const Row rows[] = {
        {"0", 0s, ResetForm::seconds},
        {"27", 27s, ResetForm::seconds},
        {"0.25", 250ms, ResetForm::seconds},
        {"-5", 0s, ResetForm::seconds},
        {"9999999", 9'999'999s, ResetForm::seconds},
        {"1000000000", 0s, ResetForm::epoch_seconds},
        {std::to_string(epoch_now), 0s, ResetForm::epoch_seconds},
        {std::to_string(epoch_now + 1), 1s, ResetForm::epoch_seconds},
        {std::to_string(epoch_now - 1), 0s, ResetForm::epoch_seconds},
        {std::to_string(epoch_now) + ".5", 500ms, ResetForm::epoch_seconds},
        {"99999999999", ten_years, ResetForm::epoch_seconds},
        {"1000000000000", 0s, ResetForm::epoch_milliseconds},
        {std::to_string(epoch_now) + "250", 250ms, ResetForm::epoch_milliseconds},
        {"99999999999999", ten_years, ResetForm::epoch_milliseconds},
        {"2026-11-22T10:00:30Z", 30s, ResetForm::date},
        {"2026-11-22T11:00:30+01:00", 30s, ResetForm::date},
        {"2026-11-22T09:00:00Z", 0s, ResetForm::date},
        {"2026-11-23", 14h, ResetForm::date},
        {"2226-11-23T00:00:00Z", ten_years, ResetForm::date},
        {"Sun, 22 Nov 2026 10:00:30 GMT", 30s, ResetForm::date},
    };
    for (const auto* name : {"x-ratelimit-reset", "x-rate-limit-reset", "ratelimit-reset"}) {
        for (const auto& row : rows) {
            const auto reading = only({{name, " " + row.text + "\t"}});
            EXPECT_EQ(reading.reset_in, row.in) << name << ": " << row.text;
            EXPECT_EQ(reading.reset_form, row.form) << name << ": " << row.text;
        }
    }
}

TEST(RateLimitHeaders, a_reset_that_is_no_time_is_counted_and_the_rest_is_read) {
    for (const std::string text :
         {"", "soon", "1e9", "0x10", "10000000", "999999999", "100000000000", "999999999999",
          "100000000000000", "18446744073709551616", "1, 2", "inf", "2026-13-01T00:00:00Z"}) {
        const auto result =
            read_rate_limits({{"x-ratelimit-reset", text}, {"x-ratelimit-remaining", "0"}}, now);
        EXPECT_EQ(result.garbage, 1) << text;
        ASSERT_THAT(result.readings, SizeIs(1)) << text;
        EXPECT_EQ(result.readings[0].remaining, 0);
        EXPECT_FALSE(result.readings[0].reset_in.has_value()) << text;
        EXPECT_EQ(result.readings[0].reset_form, ResetForm::none);
    }
}

TEST(RateLimitHeaders, a_moment_is_measured_against_the_peers_own_clock) {
    const Headers answer = {{"Date", "Fri, 31 Dec 1999 23:57:59 GMT"},
                            {"x-ratelimit-reset", "1999-12-31T23:59:59Z"}};
    EXPECT_EQ(only(answer).reset_in, 120s);
    EXPECT_EQ(only({{"date", "Sun, 09 Sep 2001 01:46:40 GMT"}, {"x-ratelimit-reset", "1000000009"}})
                  .reset_in,
              9s);
    EXPECT_EQ(
        only({{"date", "Sun, 09 Sep 2001 01:46:40 GMT"}, {"x-ratelimit-reset", "1000000009500"}})
            .reset_in,
        9500ms);
    // What counts from now needs no clock, and an unreadable Date is none.
    EXPECT_EQ(
        only({{"date", "Sun, 09 Sep 2001 01:46:40 GMT"}, {"x-ratelimit-reset", "9"}}).reset_in, 9s);
    EXPECT_EQ(
        only({{"date", "today"}, {"x-ratelimit-reset", std::to_string(epoch_now + 9)}}).reset_in,
        9s);
}

TEST(RateLimitHeaders, a_moment_survives_any_clock) {
    for (const auto strange : {SystemTime::min(), SystemTime::max(), SystemTime()}) {
        for (const auto* text : {"1000000000", "99999999999999", "2026-11-22T10:00:30Z"}) {
            const auto result = read_rate_limits({{"x-ratelimit-reset", text}}, strange);
            ASSERT_THAT(result.readings, SizeIs(1));
            EXPECT_GE(*result.readings[0].reset_in, 0s);
            EXPECT_LE(*result.readings[0].reset_in, ten_years);
        }
    }
    const auto fraction =
        read_rate_limits({{"x-ratelimit-reset", std::to_string(epoch_now + 2)}}, now + 500ms);
    EXPECT_EQ(fraction.readings.at(0).reset_in, 1500ms);
}

TEST(RateLimitHeaders, of_x_have_one_more_hyphen) {
    EXPECT_EQ(only({{"x-rate-limit-limit", "900"},
                    {"x-rate-limit-remaining", "0"},
                    {"x-rate-limit-reset", std::to_string(epoch_now + 900)}}),
              (RateLimitReading{.dialect = Dialect::x_rate_limit,
                                .limit = 900,
                                .remaining = 0,
                                .reset_in = 900s,
                                .reset_form = ResetForm::epoch_seconds}));
}

TEST(RateLimitHeaders, of_discord_count_from_now_in_fractions) {
    EXPECT_EQ(only({{"X-RateLimit-Limit", "10"},
                    {"X-RateLimit-Remaining", "0"},
                    {"X-RateLimit-Reset", std::to_string(epoch_now + 100) + ".123"},
                    {"X-RateLimit-Reset-After", "64.57"},
                    {"X-RateLimit-Bucket", "abcd1234"},
                    {"X-RateLimit-Scope", "shared"}}),
              (RateLimitReading{.dialect = Dialect::discord,
                                .bucket = "abcd1234",
                                .scope = "shared",
                                .limit = 10,
                                .remaining = 0,
                                .reset_in = 64'570ms,
                                .reset_form = ResetForm::seconds}));
    EXPECT_EQ(only({{"x-ratelimit-global", "true"}, {"x-ratelimit-reset-after", "1"}}).scope,
              "global");
    EXPECT_EQ(only({{"x-ratelimit-global", "false"}, {"x-ratelimit-reset-after", "1"}}).scope, "");
    // An unreadable Reset-After leaves the word to Reset.
    const auto result =
        read_rate_limits({{"x-ratelimit-reset-after", "soon"}, {"x-ratelimit-reset", "7"}}, now);
    EXPECT_EQ(result.garbage, 1);
    EXPECT_EQ(result.readings.at(0).reset_in, 7s);
    // Seconds from now, however many.
    EXPECT_EQ(only({{"x-ratelimit-reset-after", "1700000000"}}).reset_in, ten_years);
}

TEST(RateLimitHeaders, of_hubspot_are_two_quotas) {
    const auto result = read_rate_limits({{"X-HubSpot-RateLimit-Max", "190"},
                                          {"X-HubSpot-RateLimit-Remaining", "188"},
                                          {"X-HubSpot-RateLimit-Interval-Milliseconds", "10000"},
                                          {"X-HubSpot-RateLimit-Daily", "500000"},
                                          {"X-HubSpot-RateLimit-Daily-Remaining", "499000"},
                                          {"X-HubSpot-RateLimit-Secondly", "19"},
                                          {"X-HubSpot-RateLimit-Secondly-Remaining", "18"}},
                                         now);
    EXPECT_EQ(result.garbage, 0);
    ASSERT_THAT(result.readings, SizeIs(3));
    EXPECT_EQ(result.readings[0],
              (RateLimitReading{
                  .dialect = Dialect::hubspot, .limit = 190, .remaining = 188, .window = 10s}));
    EXPECT_EQ(result.readings[1], (RateLimitReading{.dialect = Dialect::hubspot,
                                                    .bucket = "secondly",
                                                    .limit = 19,
                                                    .remaining = 18,
                                                    .window = 1s}));
    EXPECT_EQ(result.readings[2], (RateLimitReading{.dialect = Dialect::hubspot,
                                                    .bucket = "daily",
                                                    .limit = 500'000,
                                                    .remaining = 499'000,
                                                    .window = 24h}));
    EXPECT_THAT(
        read_rate_limits({{"X-HubSpot-RateLimit-Interval-Milliseconds", "10000"}}, now).readings,
        IsEmpty());
}

TEST(RateLimitHeaders, of_shopify_are_a_fraction) {
    for (const auto* text : {"32/40", " 32 / 40 ", "32.0/40"}) {
        EXPECT_EQ(only({{"X-Shopify-Shop-Api-Call-Limit", text}}),
                  (RateLimitReading{
                      .dialect = Dialect::shopify, .limit = 40, .remaining = 8, .used = 32}))
            << text;
    }
    EXPECT_EQ(only({{"X-Shopify-Shop-Api-Call-Limit", "41/40"}}).remaining, 0);
    for (const auto* text : {"", "/", "32", "32/", "/40", "-1/40", "a/b", "1/2/3", "32:40"}) {
        const auto result = read_rate_limits({{"X-Shopify-Shop-Api-Call-Limit", text}}, now);
        EXPECT_THAT(result.readings, IsEmpty()) << text;
        EXPECT_EQ(result.garbage, 1) << text;
    }
}

TEST(RateLimitHeaders, of_the_ietf_are_policies_by_name) {
    const auto result = read_rate_limits(
        {{"RateLimit-Policy", R"("burst";q=100;w=60,"daily";q=1000;w=86400;pk=:Zm9v:)"},
         {"RateLimit", R"("burst";r=50;t=30;comment="x")"}},
        now);
    EXPECT_EQ(result.garbage, 0);
    ASSERT_THAT(result.readings, SizeIs(2));
    EXPECT_EQ(result.readings[0], (RateLimitReading{.dialect = Dialect::ietf,
                                                    .bucket = "burst",
                                                    .limit = 100,
                                                    .remaining = 50,
                                                    .reset_in = 30s,
                                                    .reset_form = ResetForm::seconds,
                                                    .window = 60s}));
    EXPECT_EQ(result.readings[1], (RateLimitReading{.dialect = Dialect::ietf,
                                                    .bucket = "daily",
                                                    .partition = "foo",
                                                    .limit = 1000,
                                                    .window = 24h}));
}

TEST(RateLimitHeaders, examples_of_the_ietf_draft_are_read) {
    for (const auto* text :
         {R"("default";q=100;w=10)", R"("permin";q=50;w=60,"perhr";q=1000;w=3600)",
          R"("peruser";q=100;w=60;pk=:cHsdsRa894==:)",
          R"("peruser";q=65535;qu="content-bytes";w=10;pk=:sdfjLJUOUH==:)"}) {
        const auto result = read_rate_limits({{"ratelimit-policy", text}}, now);
        EXPECT_EQ(result.garbage, 0) << text;
        EXPECT_THAT(result.readings, testing::Not(IsEmpty())) << text;
    }
    for (const auto* text :
         {R"("default";r=50;t=30)", R"("default";r=999;pk=:dHJpYWwxMjEzMjM=:)",
          R"("default";r=300000000;t=60;pk=:QXBwLTk5OQ==:)", R"("problemPolicy";r=0;t=10)"}) {
        EXPECT_EQ(only({{"ratelimit", text}}).dialect, Dialect::ietf) << text;
    }
}

TEST(RateLimitHeaders, of_the_ietf_are_lists_over_several_lines) {
    const auto result = read_rate_limits(
        {{"ratelimit", R"("a";r=1)"}, {"x-other", "y"}, {"RateLimit", R"("b";r=2;t=0, c;r=3)"}},
        now);
    EXPECT_EQ(result.garbage, 0);
    ASSERT_THAT(result.readings, SizeIs(3));
    EXPECT_EQ(result.readings[0].bucket, "a");
    EXPECT_FALSE(result.readings[0].reset_in.has_value());
    EXPECT_EQ(result.readings[1].reset_in, 0s);
    EXPECT_EQ(result.readings[2].bucket, "c");
    EXPECT_EQ(result.readings[2].remaining, 3);
}

TEST(RateLimitHeaders, of_the_ietf_say_what_is_counted) {
    const auto unit = [](std::string_view qu) {
        return only({{"ratelimit-policy", "\"p\";q=1;qu=\"" + std::string(qu) + "\""}}).unit;
    };
    EXPECT_EQ(unit("requests"), RateLimitUnit::requests);
    EXPECT_EQ(unit("content-bytes"), RateLimitUnit::content_bytes);
    EXPECT_EQ(unit("concurrent-requests"), RateLimitUnit::concurrent_requests);
    EXPECT_EQ(unit("elephants"), RateLimitUnit::other);
}

TEST(RateLimitHeaders, the_same_policy_for_two_partitions_is_two_quotas) {
    const auto result = read_rate_limits(
        {{"ratelimit-policy", R"("p";q=10;pk=:YQ==:, "p";q=20;pk=:Yg==:)"},
         {"ratelimit", R"("p";r=2;pk=:Yg==:, "p";r=1;pk=:YQ==:, "p";r=9;pk=:eg==:)"}},
        now);
    ASSERT_THAT(result.readings, SizeIs(3));
    EXPECT_EQ(result.readings[0].limit, 20);
    EXPECT_EQ(result.readings[0].partition, "b");
    EXPECT_EQ(result.readings[1].limit, 10);
    EXPECT_FALSE(result.readings[2].limit.has_value());
}

TEST(RateLimitHeaders, one_mistake_makes_a_list_of_the_ietf_garbage) {
    for (const auto* text :
         {R"("a";r=1, "b")", R"("a";r=1,)", R"("a";r="1")", R"("a";r=-1)", R"("a";r=1.0)",
          R"("a";r=1;t=-1)", R"("a";r=1;t=soon)", R"("a";r=1;pk="x")", R"(("a";r=1))", "5;r=1",
          R"("a";R=1)", R"("a" r=1)", "limit=ten, reset=1", "other=1", "limit=1.5", "limit=-1",
          "limit=(1 2)", "?1", "\xFF"}) {
        const auto result = read_rate_limits({{"ratelimit", text}}, now);
        EXPECT_THAT(result.readings, IsEmpty()) << text;
        EXPECT_EQ(result.garbage, 1) << text;
    }
    for (const auto* text : {R"("a";q=1, "b";w=1)", R"("a";q=-1)", R"("a";q=1;w=0)",
                             R"("a";q=1;w=1.5)", R"("a";q=1;qu=1)", R"("a";q=1;pk=foo)",
                             R"("a";q=1, 100;w=60)", "100;w=0", "-1;w=1", "100;w=60,", "(1 2)"}) {
        const auto result = read_rate_limits({{"ratelimit-policy", text}}, now);
        EXPECT_THAT(result.readings, IsEmpty()) << text;
        EXPECT_EQ(result.garbage, 1) << text;
    }
    // The other field is read all the same.
    const auto result =
        read_rate_limits({{"ratelimit", R"("a";r=1)"}, {"ratelimit-policy", "\"a\";q=x;w"}}, now);
    EXPECT_EQ(result.garbage, 1);
    ASSERT_THAT(result.readings, SizeIs(1));
    EXPECT_EQ(result.readings[0].remaining, 1);
}

TEST(RateLimitHeaders, of_older_drafts_are_three_fields_with_all_policies_in_the_first) {
    const auto result =
        read_rate_limits({{"RateLimit-Limit", "100, 10;w=1, 100;w=60;comment=\"x\""},
                          {"RateLimit-Remaining", "50"},
                          {"RateLimit-Reset", "30"}},
                         now);
    EXPECT_EQ(result.garbage, 0);
    ASSERT_THAT(result.readings, SizeIs(2));
    EXPECT_EQ(result.readings[0], (RateLimitReading{.dialect = Dialect::ietf_draft,
                                                    .limit = 100,
                                                    .remaining = 50,
                                                    .reset_in = 30s,
                                                    .reset_form = ResetForm::seconds,
                                                    .window = 60s}));
    EXPECT_EQ(result.readings[1],
              (RateLimitReading{.dialect = Dialect::ietf_draft, .limit = 10, .window = 1s}));
}

TEST(RateLimitHeaders, of_draft_07_are_one_field_and_policies_without_names) {
    const auto result = read_rate_limits({{"RateLimit-Policy", "10;w=1, 100;w=60"},
                                          {"RateLimit", "limit=100, remaining=50, reset=5"}},
                                         now);
    EXPECT_EQ(result.garbage, 0);
    ASSERT_THAT(result.readings, SizeIs(2));
    EXPECT_EQ(result.readings[0], (RateLimitReading{.dialect = Dialect::ietf_draft,
                                                    .limit = 100,
                                                    .remaining = 50,
                                                    .reset_in = 5s,
                                                    .reset_form = ResetForm::seconds,
                                                    .window = 60s}));
    EXPECT_EQ(result.readings[1].limit, 10);
    EXPECT_EQ(result.readings[1].window, 1s);
    EXPECT_EQ(only({{"RateLimit", "reset=99999999999, other=x, limit=1;p"}}).reset_in, ten_years);
}

TEST(RateLimitHeaders, of_gitlab_are_the_old_drafts_names_with_a_moment) {
    EXPECT_EQ(only({{"RateLimit-Limit", "600"},
                    {"RateLimit-Observed", "6"},
                    {"RateLimit-Name", "throttle_authenticated_web"},
                    {"RateLimit-Reset", std::to_string(epoch_now + 42)},
                    {"RateLimit-ResetTime", "Sun, 22 Nov 2026 10:00:42 GMT"}}),
              (RateLimitReading{.dialect = Dialect::ietf_draft,
                                .bucket = "throttle_authenticated_web",
                                .limit = 600,
                                .remaining = 594,
                                .used = 6,
                                .reset_in = 42s,
                                .reset_form = ResetForm::epoch_seconds}));
}

TEST(RateLimitHeaders, counts_are_whole_and_never_negative) {
    EXPECT_EQ(only({{"x-ratelimit-remaining", "598.0"}}).remaining, 598);
    EXPECT_EQ(only({{"x-ratelimit-remaining", "0.9"}}).remaining, 0);
    EXPECT_EQ(only({{"x-ratelimit-remaining", "999999999999999"}}).remaining, 999'999'999'999'999);
    for (const std::string text : {"", "-1", "1000000000000000", "1e3", "many", "1 2", "0x1"}) {
        for (const auto* name :
             {"x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-used", "ratelimit-limit",
              "x-rate-limit-limit", "x-hubspot-ratelimit-max"}) {
            const auto result = read_rate_limits({{name, text}}, now);
            EXPECT_THAT(result.readings, IsEmpty()) << name << ": " << text;
            EXPECT_EQ(result.garbage, 1) << name << ": " << text;
        }
    }
}

TEST(RateLimitHeaders, a_name_alone_says_nothing) {
    const auto result = read_rate_limits({{"x-ratelimit-resource", "core"},
                                          {"x-ratelimit-scope", "user"},
                                          {"x-ratelimit", "5"},
                                          {"x-ratelimit-new-thing", "5"},
                                          {"ratelimiter", "5"}},
                                         now);
    EXPECT_THAT(result.readings, IsEmpty());
    EXPECT_EQ(result.garbage, 0);
}

TEST(RateLimitHeaders, several_dialects_in_one_answer_are_all_read) {
    const auto result = read_rate_limits({{"x-shopify-shop-api-call-limit", "1/2"},
                                          {"x-rate-limit-remaining", "3"},
                                          {"x-ratelimit-remaining", "4"},
                                          {"ratelimit-remaining", "5"},
                                          {"ratelimit", "\"p\";r=6"},
                                          {"x-hubspot-ratelimit-remaining", "7"}},
                                         now);
    std::vector<Dialect> order;
    order.reserve(result.readings.size());
    for (const auto& reading : result.readings) {
        order.push_back(reading.dialect);
    }
    EXPECT_THAT(order,
                testing::ElementsAre(Dialect::ietf, Dialect::ietf_draft, Dialect::x_ratelimit,
                                     Dialect::x_rate_limit, Dialect::hubspot, Dialect::shopify));
}

TEST(RateLimitHeaders, of_an_answer_out_of_a_cache_are_not_learnt) {
    const auto result =
        read_rate_limits({{"age", "3"}, {"x-ratelimit-remaining", "0"}, {"ratelimit", "?"}}, now);
    EXPECT_THAT(result.readings, IsEmpty());
    EXPECT_EQ(result.garbage, 0);
    EXPECT_EQ(only({{"age", "0"}, {"x-ratelimit-remaining", "0"}}).remaining, 0);
    EXPECT_EQ(only({{"age", "old"}, {"x-ratelimit-remaining", "0"}}).remaining, 0);
}

TEST(RateLimitHeaders, above_the_limits_are_garbage) {
    const std::string zeros(256, '0');
    EXPECT_EQ(only({{"x-ratelimit-remaining", zeros}}).remaining, 0);
    for (const auto* name : {"x-ratelimit-remaining", "x-ratelimit-reset",
                             "x-ratelimit-reset-after", "x-shopify-shop-api-call-limit"}) {
        const std::string text = "0" + zeros + (name[2] == 's' ? "/1" : "");
        EXPECT_EQ(read_rate_limits({{name, text}}, now).garbage, 1) << name;
    }
    const auto named = read_rate_limits(
        {{"x-ratelimit-remaining", "1"}, {"x-ratelimit-resource", std::string(257, 'r')}}, now);
    EXPECT_EQ(named.garbage, 1);
    EXPECT_EQ(named.readings.at(0).bucket, "");

    std::string many = "\"p\";r=1";
    for (int i = 1; i < 16; ++i) {
        many += ",\"p\";r=1";
    }
    EXPECT_THAT(read_rate_limits({{"ratelimit", many}}, now).readings, SizeIs(16));
    EXPECT_EQ(read_rate_limits({{"ratelimit", many + ",\"p\";r=1"}}, now).garbage, 1);
    const std::string large = "\"" + std::string(4096, 'p') + "\";r=1";
    EXPECT_EQ(read_rate_limits({{"ratelimit", large}}, now).garbage, 1);
}

TEST(RateLimitHeaders, are_at_most_32_readings) {
    std::string named = "\"p0\";q=1";
    std::string states = "\"s0\";r=1";
    for (int i = 1; i < 16; ++i) {
        named += ",\"p" + std::to_string(i) + "\";q=1";
        states += ",\"s" + std::to_string(i) + "\";r=1";
    }
    const auto result = read_rate_limits(
        {{"ratelimit-policy", named}, {"ratelimit", states}, {"x-ratelimit-remaining", "1"}}, now);
    EXPECT_THAT(result.readings, SizeIs(32));
}

RC_GTEST_PROP(RateLimitHeaders, a_wait_is_never_negative_nor_above_ten_years_whatever_comes,
              (const std::string& text, const std::string& date)) {
    Headers headers = {{"date", date}};
    for (const auto* name : {"x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset",
                             "ratelimit-limit", "ratelimit", "ratelimit-policy"}) {
        headers.add(name, text);
    }
    const auto result = read_rate_limits(headers, now);
    RC_ASSERT(result.garbage <= 6);
    for (const auto& reading : result.readings) {
        RC_ASSERT(reading.reset_in.value_or(0s) >= 0s);
        RC_ASSERT(reading.reset_in.value_or(0s) <= ten_years);
        RC_ASSERT(reading.remaining.value_or(0) >= 0);
    }
}

RC_GTEST_PROP(RateLimitHeaders, one_moment_is_the_same_in_every_form, ()) {
    const auto ahead = *rc::gen::inRange<std::int64_t>(0, 9'999'999);
    const auto moment = now + std::chrono::seconds(ahead);
    const auto epoch = std::to_string(epoch_now + ahead);
    for (const auto& text : {std::to_string(ahead), epoch, epoch + "000", format_iso_time(moment),
                             format_http_date(moment)}) {
        const auto result = read_rate_limits({{"x-ratelimit-reset", text}}, now);
        RC_ASSERT(result.readings.at(0).reset_in == std::chrono::seconds(ahead));
    }
}

}  // namespace
}  // namespace apilab::http
