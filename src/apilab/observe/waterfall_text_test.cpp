// Regenerate the golden file after a wanted change, and look at it:
// APILAB_UPDATE_GOLDEN=1 build/dev/bin/test_observe --gtest_filter='*golden*'

#include "apilab/observe/waterfall_text.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/base/duration.hpp"
#include "apilab/base/file.hpp"
#include "apilab/observe/internal/test_stories.hpp"
#include "apilab/observe/internal/waterfall_words.hpp"

namespace apilab::observe {
namespace {

using namespace std::chrono_literals;

std::vector<std::string> lines_in(std::string_view text) {
    std::vector<std::string> lines;
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        lines.emplace_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return lines;
}

// What a terminal shows of it: without colours, one for each character.
std::size_t columns(std::string_view line) {
    std::size_t count = 0;
    for (std::size_t i = 0; i < line.size(); ++i) {
        if (line[i] == '\033') {
            i = line.find('m', i);
            continue;
        }
        count += (static_cast<unsigned char>(line[i]) & 0xC0U) != 0x80U ? 1 : 0;
    }
    return count;
}

std::string without_color(std::string_view text) {
    std::string plain;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\033') {
            i = text.find('m', i);
        } else {
            plain += text[i];
        }
    }
    return plain;
}

Waterfall lost() {
    return waterfall_of(test::reply_lost(), std::vector{test::committed()});
}

Waterfall from_cache() {
    auto story = test::call_of("GET", "/x", 0ms);
    story.record.status = 200;
    story.record.decisions = {{.verdict = test::Verdict::cached,
                               .status = 200,
                               .wait = 30s,
                               .cache = http::CacheRecord::Use::fresh}};
    return waterfall_of(story);
}

TEST(WaterfallText, is_as_in_the_golden_file) {
    struct Shown {
        std::string_view name;
        Waterfall waterfall;
    };
    const std::vector<Shown> shown = {
        {"a retry", waterfall_of(test::retried())},
        {"a reply that was lost", lost()},
        {"a wait that was refused", waterfall_of(test::wait_refused())},
        {"a redirect and a hedge", waterfall_of(test::hedged())},
        {"a hundred attempts", waterfall_of(test::long_story(100))},
        {"from the cache", from_cache()}};
    std::string text =
        "# APILAB_UPDATE_GOLDEN=1 build/dev/bin/test_observe --gtest_filter='*golden*'\n";
    for (const auto& [name, waterfall] : shown) {
        for (const std::size_t width : {40, 80, 120, 200}) {
            text += "\n# " + std::string(name) + ", " + std::to_string(width) + " columns\n" +
                    waterfall_text(waterfall, {.width = width});
        }
        text += "\n# " + std::string(name) + ", ASCII\n" +
                waterfall_text(waterfall, {.width = 80, .unicode = false});
    }
    const std::string file = APILAB_SOURCE_DIR "/src/apilab/observe/waterfall_golden.txt";
    if (std::getenv("APILAB_UPDATE_GOLDEN") != nullptr) {
        ASSERT_TRUE(write_file_atomically(file, text));
    }
    const auto golden = read_file(file, std::size_t{1} << 20U);
    ASSERT_TRUE(golden) << golden.error().to_string();
    EXPECT_EQ(text, *golden);
}

TEST(WaterfallText, colours_are_the_only_difference_that_colour_makes) {
    const auto colored = waterfall_text(lost(), {.width = 80, .color = true});
    EXPECT_EQ(without_color(colored), waterfall_text(lost(), {.width = 80}));
    EXPECT_TRUE(colored.contains("\033[33m░"));  // backoff: own wait, amber
    EXPECT_TRUE(colored.contains("\033[32m█"));  // the other side at work, green
    EXPECT_TRUE(colored.contains("\033[31m×"));  // where it failed, red
    EXPECT_FALSE(waterfall_text(lost()).contains('\033'));
}

TEST(WaterfallText, each_meaning_has_its_colour) {
    const auto refused =
        waterfall_text(waterfall_of(test::wait_refused()), {.width = 80, .color = true});
    EXPECT_TRUE(refused.contains("\033[35m═")) << "told to wait, violet";
    const auto token = waterfall_text(waterfall_of(test::hedged()), {.width = 80, .color = true});
    EXPECT_TRUE(token.contains("\033[36m▚")) << "auth, teal";
    const auto network = waterfall_text(waterfall_of(test::retried()), {.color = true});
    EXPECT_TRUE(network.contains("\033[34m▒")) << "network, blue";
}

TEST(WaterfallText, a_call_of_no_time_at_all_still_has_its_attempt) {
    auto story = test::call_of("GET", "/x", 0ns);
    story.record.status = 200;
    story.record.attempts = {{.number = 1, .started = test::epoch, .status = 200}};
    const auto text = waterfall_text(waterfall_of(story));
    EXPECT_TRUE(text.contains("\n1 200 0 us ─\n")) << text;
}

TEST(WaterfallText, a_call_without_rows_is_told_in_a_line) {
    EXPECT_EQ(waterfall_text(waterfall_of(test::call_of("GET", "/x", 0ns))),
              "GET /x\nno answer in 0 us, deadline 30 s\n");
}

TEST(WaterfallText, an_attempt_beside_a_wait_ten_thousand_times_as_long_is_seen) {
    auto story = test::retried();
    story.record.waits[0].elapsed = 360s;
    story.record.attempts[1].started = test::epoch + 12ms + 360s;
    story.record.elapsed = 360s + 48ms;
    const auto lines = lines_in(waterfall_text(waterfall_of(story), {.width = 40}));
    ASSERT_GE(lines.size(), 7U);
    for (const std::size_t i : {3U, 5U}) {
        EXPECT_TRUE(lines[i].contains("█") || lines[i].contains("▒") || lines[i].contains("─"))
            << lines[i];
    }
    EXPECT_TRUE(lines[4].contains("░░░░░░░░░░"));
}

TEST(WaterfallText, a_long_call_is_folded_and_says_so) {
    const auto text = waterfall_text(waterfall_of(test::long_story(100)), {.width = 80});
    EXPECT_TRUE(text.contains("... 94 more attempts, 95 waits\n"));
    EXPECT_EQ(std::ranges::count(text, '\n'), 2 + 1 + 10 + 2 + 1);
}

TEST(WaterfallText, in_ascii_there_is_nothing_else) {
    for (const auto& waterfall : {lost(), waterfall_of(test::hedged()), from_cache()}) {
        for (const char c : waterfall_text(waterfall, {.width = 40, .unicode = false})) {
            EXPECT_TRUE(c == '\n' || (c >= ' ' && c <= '~')) << static_cast<int>(c);
        }
    }
}

TEST(WaterfallText, control_characters_and_wide_ones_do_not_get_through) {
    auto story = test::call_of("GET", "/\033[2J\r\xE6\xBC\xA2\xC3\xA9\xE2\x80\xAE/x", 1ms);
    const auto text = waterfall_text(waterfall_of(story));
    EXPECT_TRUE(text.starts_with(std::string("GET /?[2J") + std::string(4, '?') + "/x\n")) << text;
}

RC_GTEST_PROP(WaterfallText, no_line_is_wider_than_asked_for, ()) {
    const auto story = test::any_story();
    const std::vector sides{test::any_side()};
    const auto waterfall = waterfall_of(story, sides);
    const auto width = *rc::gen::inRange<std::size_t>(40, 201);
    const auto rows = *rc::gen::inRange<std::size_t>(0, 50);
    for (const bool unicode : {true, false}) {
        const auto text = waterfall_text(
            waterfall, {.width = width, .color = true, .unicode = unicode, .rows_max = rows});
        for (const auto& line : lines_in(text)) {
            RC_ASSERT(columns(line) <= width);
        }
    }
}

RC_GTEST_PROP(WaterfallText, every_attempt_and_every_wait_has_its_row, ()) {
    auto story = test::any_story();
    for (std::size_t i = 0; i < story.record.attempts.size(); ++i) {
        story.record.attempts[i].number = 10'000 + static_cast<int>(i);
    }
    const auto waterfall = waterfall_of(story);
    const auto text = waterfall_text(waterfall, {.width = 200, .rows_max = 1'000});
    const auto lines = lines_in(text);
    for (const auto& attempt : story.record.attempts) {
        const auto name = std::to_string(attempt.number) + " ";
        RC_ASSERT(std::ranges::count_if(
                      lines, [&](const auto& line) { return line.starts_with(name); }) == 1);
    }
    std::size_t waits = 0;
    for (const auto& row : waterfall.rows) {
        waits += row.kind == WaterfallRow::Kind::wait ? 1 : 0;
        if (row.sent() || row.kind == WaterfallRow::Kind::wait) {
            RC_ASSERT(text.contains(format_duration(row.length)));
        }
    }
    RC_ASSERT(waits == story.record.waits.size());
    const auto named_as_waits = std::ranges::count_if(lines, [](const auto& line) {
        return line.starts_with("backoff ") || line.starts_with("retry-after ") ||
               line.starts_with("rate limit ") || line.starts_with("bulkhead ") ||
               line.starts_with("breaker ") || line.starts_with("refresh ");
    });
    RC_ASSERT(static_cast<std::size_t>(named_as_waits) >= waits);
}

}  // namespace
}  // namespace apilab::observe
