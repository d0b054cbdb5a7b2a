#include "apilab/http/retry_after.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "apilab/http/date.hpp"

namespace apilab::http {
namespace {

using namespace std::chrono_literals;
using Source = RetryAfter::Source;

constexpr Duration ten_years = 24h * 3653;
const SystemTime now = *parse_iso_time("2026-11-22T10:00:00Z");

RetryAfter of(std::string_view text) {
    return parse_retry_after({{"Retry-After", std::string(text)}}, now);
}

TEST(RetryAfter, is_none_where_there_is_no_header) {
    const auto result = parse_retry_after({{"date", "Sun, 22 Nov 2026 10:00:00 GMT"}}, now);
    EXPECT_EQ(result.source, Source::none);
    EXPECT_FALSE(result.wait.has_value());
}

TEST(RetryAfter, is_read_as_seconds) {
    struct Row {
        std::string_view text;
        Duration wait;
    };
    const std::string many_nines(400, '9');
    const std::string tiny = "0." + std::string(400, '0') + "1";
    const std::string many_negative = "-" + many_nines;
    const Row rows[] = {
        {"0", 0s},
        {"1", 1s},
        {"120", 120s},
        {"0030", 30s},
        {" 5\t", 5s},
        {"2.0", 2s},
        {"1.5", 1500ms},
        {"0.001", 1ms},
        {"5.", 5s},
        {"-1", 0s},
        {"-0", 0s},
        {"-1.5", 0s},
        {tiny, 0s},
        {many_negative, 0s},
        {"86400", 24h},
        {"315619199", 315619199s},
        {"315619200", ten_years},
        {"315619201", ten_years},
        {"99999999999", ten_years},
        {"9223372036854775807", ten_years},
        {"18446744073709551616", ten_years},
        {many_nines, ten_years},
    };
    for (const auto& row : rows) {
        const auto result = of(row.text);
        EXPECT_EQ(result.source, Source::seconds) << row.text;
        EXPECT_EQ(result.wait, row.wait) << row.text;
    }
}

TEST(RetryAfter, that_nobody_can_read_is_counted_and_asks_for_no_wait) {
    for (const auto* text :
         {"",    " ",    "soon",  "1e12",     "1E3",         "0x10",
          "inf", "-inf", "nan",   "infinity", "+5",          "--5",
          "-",   ".",    ".5",    "1.2.3",    "1,5",         "120, 60",
          "5s",  "5 s",  "1_000", "\xC2\xB2", "Sun, 06 Nov", "2026-11-22T10:00:05Z",
          "null"}) {
        const auto result = of(text);
        EXPECT_EQ(result.source, Source::garbage) << text;
        EXPECT_FALSE(result.wait.has_value()) << text;
    }
    EXPECT_EQ(of(std::string_view("5\0", 2)).source, Source::garbage);
}

TEST(RetryAfter, a_date_is_measured_against_now_where_there_is_no_other) {
    const auto result = of("Sun, 22 Nov 2026 10:02:00 GMT");
    EXPECT_EQ(result.source, Source::date);
    EXPECT_EQ(result.wait, 120s);
    // Not rounded down: the moment itself must have come.
    EXPECT_EQ(
        parse_retry_after({{"retry-after", "Sun, 22 Nov 2026 10:00:02 GMT"}}, now + 500ms).wait,
        1500ms);
    EXPECT_EQ(of("Sunday, 22-Nov-26 10:02:00 GMT").wait, 120s);
    EXPECT_EQ(of("Sun Nov 22 10:02:00 2026").wait, 120s);
}

TEST(RetryAfter, a_date_is_measured_against_the_peers_own_clock) {
    const std::string peers_now = "Fri, 31 Dec 1999 23:57:59 GMT";
    const std::string then = "Fri, 31 Dec 1999 23:59:59 GMT";
    EXPECT_EQ(parse_retry_after({{"Date", peers_now}, {"Retry-After", then}}, now).wait, 120s);
    // Ahead of us by a day: still two minutes.
    EXPECT_EQ(parse_retry_after({{"date", "Mon, 23 Nov 2026 10:00:00 GMT"},
                                 {"retry-after", "Mon, 23 Nov 2026 10:02:00 GMT"}},
                                now)
                  .wait,
              120s);
    // An unreadable Date does not count.
    EXPECT_EQ(parse_retry_after(
                  {{"date", "today"}, {"retry-after", "Sun, 22 Nov 2026 10:02:00 GMT"}}, now)
                  .wait,
              120s);
}

TEST(RetryAfter, a_past_date_means_now) {
    const auto result = of("Fri, 31 Dec 1999 23:59:59 GMT");
    EXPECT_EQ(result.source, Source::date);
    EXPECT_EQ(result.wait, 0s);
    EXPECT_EQ(of("Sun, 22 Nov 2026 10:00:00 GMT").wait, 0s);
}

TEST(RetryAfter, a_far_date_is_clamped_to_ten_years) {
    EXPECT_EQ(of("Wed, 22 Nov 2226 10:00:00 GMT").wait, ten_years);
    EXPECT_EQ(of("Fri, 31 Dec 9999 23:59:59 GMT").wait, ten_years);
    // Further apart than nanoseconds count.
    EXPECT_EQ(parse_retry_after({{"date", "Sat, 01 Jan 1678 00:00:00 GMT"},
                                 {"retry-after", "Tue, 31 Dec 2261 23:59:59 GMT"}},
                                now)
                  .wait,
              ten_years);
    EXPECT_EQ(parse_retry_after({{"date", "Tue, 31 Dec 2261 23:59:59 GMT"},
                                 {"retry-after", "Sat, 01 Jan 1678 00:00:00 GMT"}},
                                now)
                  .wait,
              0s);
    for (const auto strange_now : {SystemTime::min(), SystemTime::max()}) {
        const auto wait =
            parse_retry_after({{"retry-after", "Sun, 22 Nov 2026 10:02:00 GMT"}}, strange_now).wait;
        ASSERT_TRUE(wait.has_value());
        EXPECT_TRUE(*wait == 0s || *wait == ten_years);
    }
}

TEST(RetryAfter, milliseconds_win) {
    for (const auto* name : {"retry-after-ms", "Retry-After-Ms", "x-ms-retry-after-ms"}) {
        const auto result = parse_retry_after({{"retry-after", "7"}, {name, "1500"}}, now);
        EXPECT_EQ(result.source, Source::milliseconds) << name;
        EXPECT_EQ(result.wait, 1500ms) << name;
    }
    EXPECT_EQ(parse_retry_after({{"retry-after-ms", "0.5"}}, now).wait, 500us);
    EXPECT_EQ(parse_retry_after({{"retry-after-ms", "-3"}}, now).wait, 0s);
    EXPECT_EQ(parse_retry_after({{"retry-after-ms", "1000000000000"}}, now).wait, ten_years);
    EXPECT_EQ(parse_retry_after({{"x-ms-retry-after-ms", "2"}, {"retry-after-ms", "1"}}, now).wait,
              1ms);
}

TEST(RetryAfter, unreadable_milliseconds_leave_the_word_to_the_others) {
    EXPECT_EQ(parse_retry_after({{"retry-after-ms", "soon"}, {"retry-after", "7"}}, now).wait, 7s);
    EXPECT_EQ(
        parse_retry_after({{"retry-after-ms", "soon"}, {"x-ms-retry-after-ms", "9"}}, now).wait,
        9ms);
    EXPECT_EQ(parse_retry_after({{"retry-after-ms", "soon"}}, now).source, Source::garbage);
}

TEST(RetryAfter, of_several_fields_the_first_is_read) {
    EXPECT_EQ(parse_retry_after({{"retry-after", "3"}, {"Retry-After", "5"}}, now).wait, 3s);
}

RC_GTEST_PROP(RetryAfter, is_never_negative_nor_above_ten_years,
              (const std::string& text, const std::string& date, const std::string& milliseconds)) {
    const auto result = parse_retry_after(
        {{"retry-after", text}, {"date", date}, {"retry-after-ms", milliseconds}}, now);
    if (result.wait) {
        RC_ASSERT(*result.wait >= 0s);
        RC_ASSERT(*result.wait <= ten_years);
    } else {
        RC_ASSERT(result.source == Source::garbage);
    }
}

RC_GTEST_PROP(RetryAfter, a_date_is_as_far_away_as_it_says, ()) {
    const auto seconds = *rc::gen::inRange<std::int64_t>(-1'000'000, 400'000'000);
    const auto wait = of(format_http_date(now + std::chrono::seconds(seconds))).wait;
    RC_ASSERT(wait == std::clamp<Duration>(std::chrono::seconds(seconds), 0s, ten_years));
}

}  // namespace
}  // namespace apilab::http
