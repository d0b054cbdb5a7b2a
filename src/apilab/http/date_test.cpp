#include "apilab/http/date.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <clocale>
#include <locale>

namespace apilab::http {
namespace {

using namespace std::chrono_literals;

SystemTime at(std::int64_t seconds) {
    return SystemTime(std::chrono::seconds(seconds));
}

constexpr std::int64_t example = 784'111'777;  // Sun, 06 Nov 1994 08:49:37 GMT

TEST(HttpDate, is_read_in_its_three_forms) {
    for (const auto* text : {"Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT",
                             "Sun Nov  6 08:49:37 1994"}) {
        EXPECT_EQ(parse_http_date(text), at(example)) << text;
        EXPECT_EQ(parse_http_date(text, at(example)), at(example)) << text;
    }
    EXPECT_EQ(parse_http_date("Wed Nov 16 08:49:37 1994"), at(example + 10 * 86400));
}

TEST(HttpDate, may_be_before_the_epoch_and_far_in_the_future) {
    EXPECT_EQ(parse_http_date("Thu, 01 Jan 1970 00:00:00 GMT"), at(0));
    EXPECT_EQ(parse_http_date("Wed, 31 Dec 1969 23:59:59 GMT"), at(-1));
    EXPECT_EQ(parse_http_date("Sat, 01 Jan 1678 00:00:00 GMT"), at(-9'214'560'000));
    EXPECT_EQ(parse_http_date("Tue, 31 Dec 2261 23:59:59 GMT"), at(9'214'646'399));
    EXPECT_EQ(parse_http_date("Thu, 29 Feb 2024 12:00:00 GMT"), at(1'709'208'000));
}

TEST(HttpDate, outside_the_years_we_can_count_is_the_nearest_second_we_can) {
    for (const auto* text : {"Fri, 31 Dec 1677 23:59:59 GMT", "Mon, 01 Jan 0001 00:00:00 GMT"}) {
        EXPECT_EQ(parse_http_date(text), at(-9'214'560'000)) << text;
    }
    for (const auto* text : {"Wed, 01 Jan 2262 00:00:00 GMT", "Fri, 31 Dec 9999 23:59:59 GMT",
                             "Tue, 31 Dec 2261 23:59:60 GMT", "Fri Dec 31 23:59:59 9999"}) {
        EXPECT_EQ(parse_http_date(text), at(9'214'646'399)) << text;
    }
}

TEST(HttpDate, second_60_is_the_next_minutes_first) {
    EXPECT_EQ(parse_http_date("Sat, 31 Dec 2016 23:59:60 GMT"), at(1'483'228'800));
    EXPECT_EQ(parse_http_date("Saturday, 31-Dec-16 23:59:60 GMT"), at(1'483'228'800));
    EXPECT_EQ(parse_http_date("Sat Dec 31 23:59:60 2016"), at(1'483'228'800));
    EXPECT_FALSE(parse_http_date("Sat, 31 Dec 2016 23:59:61 GMT").has_value());
    EXPECT_FALSE(parse_http_date("Sat, 31 Dec 2016 23:60:00 GMT").has_value());
    EXPECT_FALSE(parse_http_date("Sat, 31 Dec 2016 23:59:600 GMT").has_value());
}

TEST(HttpDate, a_wrong_day_of_the_week_does_not_hurt) {
    EXPECT_EQ(parse_http_date("Mon, 06 Nov 1994 08:49:37 GMT"), at(example));
    EXPECT_EQ(parse_http_date("Friday, 06-Nov-94 08:49:37 GMT"), at(example));
    EXPECT_FALSE(parse_http_date("Day, 06 Nov 1994 08:49:37 GMT").has_value());
    EXPECT_FALSE(parse_http_date("Sunda, 06 Nov 1994 08:49:37 GMT").has_value());
}

TEST(HttpDate, two_digit_years_without_now_are_1969_to_2068) {
    EXPECT_EQ(parse_http_date("Wednesday, 01-Jan-69 00:00:00 GMT"), at(-31'536'000));
    EXPECT_EQ(parse_http_date("Sunday, 01-Jan-68 00:00:00 GMT"), at(3'092'601'600));
}

TEST(HttpDate, two_digit_years_are_at_most_fifty_years_ahead_of_now) {
    const auto now = *parse_iso_time("2026-11-22T10:00:00Z");
    struct Row {
        std::string_view text;
        std::string_view iso;
    };
    const Row rows[] = {
        {"Sunday, 22-Nov-26 10:00:00 GMT", "2026-11-22T10:00:00Z"},
        {"Friday, 01-Jan-27 00:00:00 GMT", "2027-01-01T00:00:00Z"},
        {"Tuesday, 01-Jan-69 00:00:00 GMT", "2069-01-01T00:00:00Z"},
        {"Wednesday, 01-Jan-70 00:00:00 GMT", "2070-01-01T00:00:00Z"},
        {"Sunday, 22-Nov-76 10:00:00 GMT", "2076-11-22T10:00:00Z"},  // fifty years, no more
        {"Monday, 22-Nov-76 10:00:01 GMT", "1976-11-22T10:00:01Z"},
        {"Friday, 31-Dec-76 00:00:00 GMT", "1976-12-31T00:00:00Z"},
        {"Saturday, 01-Jan-77 00:00:00 GMT", "1977-01-01T00:00:00Z"},
        {"Friday, 31-Dec-99 23:59:59 GMT", "1999-12-31T23:59:59Z"},
        {"Tuesday, 29-Feb-00 00:00:00 GMT", "2000-02-29T00:00:00Z"},
    };
    for (const auto& row : rows) {
        const auto time = parse_http_date(row.text, now);
        ASSERT_TRUE(time.has_value()) << row.text;
        EXPECT_EQ(format_iso_time(*time), row.iso) << row.text;
    }
    const auto in_1990 = *parse_iso_time("1990-02-28T00:00:00Z");
    EXPECT_EQ(format_iso_time(*parse_http_date("Sunday, 01-Jan-40 00:00:00 GMT", in_1990)),
              "2040-01-01T00:00:00Z");
    EXPECT_EQ(format_iso_time(*parse_http_date("Sunday, 01-Jan-41 00:00:00 GMT", in_1990)),
              "1941-01-01T00:00:00Z");
    // From a leap day, fifty years on, there is no such day.
    const auto leap_day = *parse_iso_time("2024-02-29T00:00:00Z");
    EXPECT_EQ(format_iso_time(*parse_http_date("Friday, 28-Feb-74 00:00:00 GMT", leap_day)),
              "2074-02-28T00:00:00Z");
    EXPECT_EQ(format_iso_time(*parse_http_date("Friday, 01-Mar-74 00:00:00 GMT", leap_day)),
              "1974-03-01T00:00:00Z");
}

TEST(HttpDate, two_digit_years_work_at_the_ends_of_time) {
    for (const auto now : {SystemTime::min(), SystemTime::max(), at(0)}) {
        const auto time = parse_http_date("Sunday, 06-Nov-94 08:49:37 GMT", now);
        if (time) {
            EXPECT_LE(time->time_since_epoch() / 1s, now.time_since_epoch() / 1s + 1'577'923'200);
        }
    }
}

TEST(HttpDate, anything_else_is_none) {
    for (const auto* text : {
             "",
             "soon",
             "1994",
             "784111777",
             "Sun",
             "Sun, ",
             "06 Nov 1994 08:49:37 GMT",
             "Sun, 06 Nov 1994 08:49:37",
             "Sun, 06 Nov 1994 08:49:37 UTC",
             "Sun, 06 Nov 1994 08:49:37 +0000",
             "Sun, 06 Nov 1994 08:49:37 GMT tomorrow",
             "Sun, 06 Nov84,400 1994 08:49:37 GMT",
             ("Sun, 06 Nov 1994 08:49\xA5"
              "37 GMT"),
             "Sun, 06Nov1994 08:49:37GMT",
             "Sun, 06 Nov 1994 :49:37 GMT",
             "Sunday, 06-Nov-94 08:49 GMT",
             "Sunday, 06-Nov-94",
             "Sun Nov 6 1994 08:49:37",
             "Sun, 06 Nov 1994 08:49:37 GMT, Mon, 07 Nov 1994 08:49:37 GMT",
             "Sun, 06 Nov 1994 24:00:00 GMT",
             "Sun, 06 Nov 1994 08:61:00 GMT",
             "Sun, 06 Nov 1994 08:49 GMT",
             "Sun, 31 Feb 1994 08:49:37 GMT",
             "Sun, 29 Feb 2023 08:49:37 GMT",
             "Sun, 00 Nov 1994 08:49:37 GMT",
             "Sun, 32 Nov 1994 08:49:37 GMT",
             "Sun, 06 Nob 1994 08:49:37 GMT",
             "Sun, 06-Nov-1994 08:49:37 GMT",
             "Sun, 06 Nov -994 08:49:37 GMT",
             "Sun, 06 Nov 94 08:49:37 GMT",
             "Sun, 06 Nov +1994 08:49:37 GMT",
             "Sun, 06 Nov 19994 08:49:37 GMT",
             "Sun, +6 Nov 1994 08:49:37 GMT",
             "Sun, -6 Nov 1994 08:49:37 GMT",
             "Sun, 06 Nov 1994 -8:49:37 GMT",
             "Sunday, 06-Nov--4 08:49:37 GMT",
             "Sunday, -6-Nov-94 08:49:37 GMT",
             "Sunday, 06-Nov-1994 08:49:37 GMT",
             "Sun Nov 31 08:49:37 1994",
             "Sun Nov  6 08:49:37",
             "2026-11-22T10:00:00Z",
         }) {
        EXPECT_FALSE(parse_http_date(text).has_value()) << text;
    }
    EXPECT_FALSE(parse_http_date(std::string(100'000, ' ')).has_value());
    EXPECT_FALSE(
        parse_http_date(std::string_view("Sun, 06 Nov 1994 08:49:37 GMT\0", 30)).has_value());
}

TEST(HttpDate, is_written_as_imf_fixdate) {
    EXPECT_EQ(format_http_date(at(example)), "Sun, 06 Nov 1994 08:49:37 GMT");
    EXPECT_EQ(format_http_date(at(example) + 999ms), "Sun, 06 Nov 1994 08:49:37 GMT");
    EXPECT_EQ(format_http_date(at(0)), "Thu, 01 Jan 1970 00:00:00 GMT");
    EXPECT_EQ(format_http_date(at(0) - 1ns), "Wed, 31 Dec 1969 23:59:59 GMT");
}

RC_GTEST_PROP(HttpDate, comes_back_as_it_was_written, ()) {
    const auto seconds = *rc::gen::inRange<std::int64_t>(-9'214'560'000, 9'214'646'400);
    RC_ASSERT(parse_http_date(format_http_date(at(seconds))) == at(seconds));
    RC_ASSERT(parse_iso_time(format_iso_time(at(seconds))) == at(seconds));
}

RC_GTEST_PROP(HttpDate, any_text_is_a_date_or_none, (const std::string& text)) {
    (void)parse_http_date(text);
    (void)parse_http_date("Sun, " + text, at(0));
    (void)parse_iso_time(text);
}

TEST(HttpDate, does_not_listen_to_the_global_locale) {
    class Decorated : public std::numpunct<char> {
        char do_thousands_sep() const override { return '.'; }
        std::string do_grouping() const override { return "\1"; }
    };
    const auto before = std::locale::global(std::locale(std::locale(), new Decorated));
    const auto text = format_http_date(at(example));
    const auto time = parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT");
    const auto iso = format_iso_time(at(example));
    std::locale::global(before);
    EXPECT_EQ(text, "Sun, 06 Nov 1994 08:49:37 GMT");
    EXPECT_EQ(time, at(example));
    EXPECT_EQ(iso, "1994-11-06T08:49:37Z");
}

TEST(IsoTime, is_read_with_z_or_offset_and_any_fraction) {
    struct Row {
        std::string_view text;
        SystemTime time;
    };
    const auto base = at(1'795'341'600);  // 2026-11-22T10:00:00Z
    const Row rows[] = {
        {"2026-11-22T10:00:00Z", base},
        {"2026-11-22t10:00:00z", base},
        {"2026-11-22T12:00:00+02:00", base},
        {"2026-11-22T04:30:00-05:30", base},
        {"2026-11-22T10:00:00-00:00", base},
        {"2026-11-23T09:59:00+23:59", base},
        {"2026-11-22T10:00:00.5Z", base + 500ms},
        {"2026-11-22T10:00:00.000000001Z", base + 1ns},
        {"2026-11-22T10:00:00.9999999999999Z", base + 999'999'999ns},
        {"2026-11-22T12:00:00.25+02:00", base + 250ms},
        {"2026-11-22", base - 10h},
        {"2016-12-31T23:59:60Z", at(1'483'228'800)},
        {"2017-01-01T00:59:60.5+01:00", at(1'483'228'800) + 500ms},
        {"1969-12-31T23:59:59.75Z", at(-1) + 750ms},
        {"1970-01-01", at(0)},
        {"1678-01-01T00:00:00Z", at(-9'214'560'000)},
        {"2261-12-31T23:59:59.999999999Z", at(9'214'646'400) - 1ns},
    };
    for (const auto& row : rows) {
        EXPECT_EQ(parse_iso_time(row.text), row.time) << row.text;
    }
}

TEST(IsoTime, outside_the_years_we_can_count_is_none) {
    for (const auto* text : {"0001-01-01T00:00:00Z", "1677-12-31T23:59:59.9Z",
                             "2262-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "9999-12-31",
                             "2261-12-31T23:59:59-00:01", "1678-01-01T00:00:00+00:01"}) {
        EXPECT_FALSE(parse_iso_time(text).has_value()) << text;
    }
}

TEST(IsoTime, anything_else_is_none) {
    for (const auto* text : {
             "",
             "now",
             "2026",
             "2026-11",
             "2026-11-2",
             "2026-13-01",
             "2026-02-29",
             "2026-11-31T00:00:00Z",
             "20261122T100000Z",
             "2026-11-22T10:00:00",
             "2026-11-22 10:00:00Z",
             "2026-11-22T10:00Z",
             "2026-11-22T24:00:00Z",
             "2026-11-22T10:60:00Z",
             "2026-11-22T10:00:61Z",
             "2026-11-22T10:00:00.Z",
             "2026-11-22T10:00:00,5Z",
             "2026-11-22T10:00:00ZZ",
             "2026-11-22T10:00:00+0200",
             "2026-11-22T10:00:00+24:00",
             "2026-11-22T10:00:00+01:60",
             "2026-11-22T10:00:00+1:00",
             "2026-11-22T10:00:00 Z",
             "+026-11-22T10:00:00Z",
             "2026-11-22T10:00:-1Z",
             " 2026-11-22",
             "2026-11-22 ",
             "Sun, 06 Nov 1994 08:49:37 GMT",
         }) {
        EXPECT_FALSE(parse_iso_time(text).has_value()) << text;
    }
    EXPECT_FALSE(parse_iso_time("2026-11-22T10:00:00." + std::string(100'000, '1')).has_value());
}

TEST(IsoTime, is_written_in_whole_seconds_of_utc) {
    EXPECT_EQ(format_iso_time(at(1'795'341'600) + 999ms), "2026-11-22T10:00:00Z");
    EXPECT_EQ(format_iso_time(at(-1)), "1969-12-31T23:59:59Z");
}

}  // namespace
}  // namespace apilab::http
