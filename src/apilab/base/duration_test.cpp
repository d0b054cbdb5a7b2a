#include "apilab/base/duration.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace apilab {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

TEST(ParseDuration, reads_every_unit) {
    struct Row {
        std::string_view text;
        Duration duration;
    };
    const Row rows[] = {
        {"0", 0ns},       {"0s", 0ns},       {"10ns", 10ns},
        {"250us", 250us}, {"50ms", 50ms},    {"2s", 2s},
        {"3m", 3min},     {"1h", 1h},        {"2d", 48h},
        {"1.5s", 1500ms}, {"0.25ms", 250us}, {".5h", 30min},
        {"007s", 7s},     {"5.s", 5s},       {"36525d", 24h * 36525},
    };
    for (const auto& row : rows) {
        const auto duration = parse_duration(row.text);
        ASSERT_TRUE(duration.has_value()) << row.text << ": " << duration.error().to_string();
        EXPECT_EQ(*duration, row.duration) << row.text;
    }
}

TEST(ParseDuration, a_fraction_of_a_nanosecond_is_rounded) {
    EXPECT_EQ(parse_duration("0.6ns").value(), 1ns);
    EXPECT_EQ(parse_duration("0.4ns").value(), 0ns);
}

TEST(ParseDuration, refuses_what_is_no_duration_and_names_the_cure) {
    struct Row {
        std::string_view text;
        std::string_view why;
    };
    const Row rows[] = {
        {"", "is not a duration"},
        {"s", "is not a duration"},
        {"soon", "is not a duration"},
        {" 5s", "is not a duration"},
        {"+5s", "is not a duration"},
        {"0x10s", "unknown unit"},
        {"inf", "is not a duration"},
        {"nan s", "is not a duration"},
        {"5", "has no unit"},
        {"1.5", "has no unit"},
        {"-3", "has no unit"},
        {"-", "is not a duration"},
        {".", "is not a duration"},
        {".s", "is not a duration"},
        {"00", "has no unit"},
        {"5 s", "unknown unit"},
        {"5S", "unknown unit"},
        {"5sec", "unknown unit"},
        {"5s ", "unknown unit"},
        {"1e3s", "unknown unit"},
        {"5y", "unknown unit"},
        {"1h30m", "unknown unit"},
        {"1.2.3s", "unknown unit"},
        {std::string_view("5s\0", 3), "unknown unit"},
        {"-5s", "out of range"},
        {"-0s", "out of range"},
        {"36525.1d", "out of range"},
        {"36526d", "out of range"},
        {"5124096h", "out of range"},  // in 64 bits this many nanoseconds look like 25 minutes
        {"99999999999999999999999h", "out of range"},
    };
    for (const auto& row : rows) {
        const auto duration = parse_duration(row.text);
        ASSERT_FALSE(duration.has_value()) << row.text;
        EXPECT_EQ(duration.error().kind(), ErrorKind::invalid_argument) << row.text;
        EXPECT_THAT(duration.error().message(), HasSubstr(std::string(row.why))) << row.text;
        EXPECT_THAT(duration.error().to_string(), HasSubstr("number with its unit")) << row.text;
    }
}

TEST(ParseDuration, echoes_only_the_start_of_a_long_text) {
    const auto duration = parse_duration(std::string(100'000, 'x'));
    ASSERT_FALSE(duration.has_value());
    EXPECT_LT(duration.error().to_string().size(), 200U);
}

TEST(FormatDuration, is_short_and_exact_enough) {
    struct Row {
        Duration duration;
        std::string_view text;
    };
    const Row rows[] = {
        {0ns, "0 us"},
        {1ns, "0 us"},
        {499ns, "0 us"},
        {500ns, "1 us"},
        {250us, "250 us"},
        {999'499ns, "999 us"},
        {999'500ns, "1 ms"},
        {1ms, "1 ms"},
        {1'250us, "1.3 ms"},
        {9'900us, "9.9 ms"},
        {9'949'999ns, "9.9 ms"},
        {9'950us, "10 ms"},
        {182ms, "182 ms"},
        {999'499'999ns, "999 ms"},
        {999'500us, "1 s"},
        {1s, "1 s"},
        {1500ms, "1.5 s"},
        {1234ms, "1.23 s"},
        {20s, "20 s"},
        {59'994'999'999ns, "59.99 s"},
        {59'995ms, "1 m"},
        {60s, "1 m"},
        {125s, "2 m 5 s"},
        {3599s, "59 m 59 s"},
        {3599s + 600ms, "1 h"},
        {3600s, "1 h"},
        {90min, "1 h 30 m"},
        {47h + 59min, "47 h 59 m"},
        {48h, "2 d"},
        {49h, "2 d 1 h"},
        {24h * 3653, "3653 d"},
        {Duration::max(), "106751 d 23 h"},
        {-5ms, "-5 ms"},
        {-90s, "-1 m 30 s"},
        {Duration::min(), "-106751 d 23 h"},
    };
    for (const auto& row : rows) {
        EXPECT_EQ(format_duration(row.duration), row.text) << row.duration.count();
    }
}

RC_GTEST_PROP(ParseDuration, whole_milliseconds_come_back, ()) {
    const auto count = *rc::gen::inRange<std::int64_t>(0, std::int64_t{100} * 365 * 86'400'000);
    const auto duration = parse_duration(std::to_string(count) + "ms");
    RC_ASSERT(duration.has_value());
    RC_ASSERT(duration->count() == count * 1'000'000);
}

RC_GTEST_PROP(ParseDuration, any_text_gives_a_duration_in_range_or_an_error,
              (const std::string& text)) {
    const auto duration = parse_duration(text);
    if (duration) {
        RC_ASSERT(duration->count() >= 0);
        RC_ASSERT(*duration <= 24h * 36525);
    }
}

RC_GTEST_PROP(FormatDuration, has_one_or_two_pairs_of_number_and_unit, (std::int64_t count)) {
    const std::string text = format_duration(Duration(count));
    const auto spaces = std::ranges::count(text, ' ');
    RC_ASSERT(spaces == 1 || spaces == 3);
    RC_ASSERT(text.size() < 24U);
}

}  // namespace
}  // namespace apilab
