// Answers of real APIs that carry a quota (APILAB_DATA/ratelimits/header-samples.json), each read
// as the words of its `meaning` say; and GitHub's recorded answers (APILAB_DATA/github/fixtures).
//
// Out of scope, by rule: rows without a quota field (they announce a wait, or say it in their body,
// which is a provider's profile). Those must give no reading. A row with a quota field whose
// meaning holds no word that is known here fails the test, so that it cannot be overlooked. Of the
// recordings those that their authors normalised: their resets are made up (milliseconds), and some
// counts are no text.

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "apilab/base/ascii.hpp"
#include "apilab/http/date.hpp"
#include "apilab/http/rate_limit_headers.hpp"
#include "external_data.hpp"

namespace apilab::http {
namespace {

using external::data_root;
using external::json_of;
using std::chrono::seconds;

// Before every moment that the samples name.
const SystemTime now = *parse_iso_time("2022-07-19T05:00:00Z");

bool names_a_quota(std::string_view name) {
    const std::string lower = ascii_lowered(name);
    return lower.contains("ratelimit") || lower.contains("rate-limit") ||
           lower.contains("call-limit");
}

bool has_quota(const Headers& headers) {
    return std::ranges::any_of(headers,
                               [](const auto& field) { return names_a_quota(field.first); });
}

/// The whole number in the first field whose name ends so.
std::optional<std::int64_t> number(const Headers& headers, std::string_view ending) {
    for (const auto& [name, value] : headers) {
        if (names_a_quota(name) && ascii_lowered(name).ends_with(ending)) {
            return std::stoll(value);
        }
    }
    return std::nullopt;
}

/// Holds the reading against the words; returns how many of them were understood.
int check_words(const RateLimitReading& reading, const Headers& headers, std::string_view meaning) {
    int words = 0;
    const auto says = [&](std::string_view word) {
        const bool found = meaning.contains(word);
        words += found ? 1 : 0;
        return found;
    };
    const auto reset = number(headers, "-reset");
    if (says("seconds from now") || says("delta seconds")) {
        EXPECT_EQ(reading.reset_form, ResetForm::seconds);
        EXPECT_EQ(reading.reset_in, seconds(reset.value_or(30)));
    } else if (says("epoch seconds") || says("wait until reset")) {
        EXPECT_EQ(reading.reset_form, ResetForm::epoch_seconds);
        EXPECT_EQ(reading.reset_in, SystemTime(seconds(reset.value_or(0))) - now);
    }
    if (says("remaining is NOT 0") || says("NOT a rate limit")) {
        EXPECT_GT(reading.remaining.value_or(0), 0);
    }
    if (says("primary limit")) {
        EXPECT_EQ(reading.remaining, 0);
    }
    if (says("structured field list")) {
        EXPECT_EQ(reading.dialect, RateLimitDialect::ietf);
        EXPECT_EQ(reading.bucket, "burst");
        EXPECT_EQ(reading.window, seconds(60));
    }
    if (says("used/size")) {
        EXPECT_EQ(reading.dialect, RateLimitDialect::shopify);
        EXPECT_EQ(*reading.remaining + *reading.used, *reading.limit);
    }
    if (says("x-rate-limit-*")) {
        EXPECT_EQ(reading.dialect, RateLimitDialect::x_rate_limit);
    }
    return words;
}

TEST(RateLimitSamples, every_quota_is_read_as_it_is_meant) {
    const auto file = data_root() / "ratelimits" / "header-samples.json";
    if (!std::filesystem::exists(file)) {
        GTEST_SKIP() << "no " << file << " (set APILAB_DATA to the folder that holds it)";
    }
    const auto document = json_of(file);
    int read = 0;
    int without = 0;
    for (const auto row : document.root().elements()) {
        SCOPED_TRACE(row.to_text());
        Headers headers;
        for (const auto& [name, value] : row["headers"].members()) {
            headers.add(std::string(name), std::string(value.string_or("")));
        }
        const auto result = read_rate_limits(headers, now);
        EXPECT_EQ(result.garbage, 0);
        EXPECT_EQ(result.readings.empty(), !has_quota(headers));
        if (result.readings.empty()) {
            ++without;
            continue;
        }
        ++read;
        const auto& reading = result.readings.front();
        EXPECT_GT(check_words(reading, headers, row["meaning"].string_or("")), 0);
        // Whatever it means, the plain numbers are those of the fields.
        for (const auto& [ending, found] :
             {std::pair("-limit", reading.limit), std::pair("-remaining", reading.remaining),
              std::pair("-used", reading.used)}) {
            const bool plain = reading.dialect != RateLimitDialect::shopify &&
                               reading.dialect != RateLimitDialect::ietf;
            EXPECT_TRUE(!plain || number(headers, ending) == found) << ending;
        }
    }
    RecordProperty("read", read);
    RecordProperty("without_a_quota", without);
    EXPECT_GT(read, 0);
    EXPECT_GT(without, 0);
}

Headers recorded(const Json& exchange) {
    Headers headers;
    std::string name;
    for (const auto item : exchange["rawHeaders"].elements()) {  // names and values in turn
        const std::string text(item.string_or(""));
        if (name.empty()) {
            name = text;
        } else {
            headers.add(std::exchange(name, ""), text);
        }
    }
    return headers;
}

TEST(RateLimitSamples, every_quota_that_github_sent_is_whole) {
    std::error_code missing;
    int read = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(
             data_root() / "github" / "fixtures", missing)) {
        if (entry.path().filename() != "raw-fixture.json") {
            continue;
        }
        const auto document = json_of(entry.path());
        for (const auto exchange : document.root().elements()) {
            const auto headers = recorded(exchange);
            const auto result = read_rate_limits(headers, now);
            SCOPED_TRACE(entry.path());
            EXPECT_EQ(result.garbage, 0);
            EXPECT_EQ(result.readings.empty(), !has_quota(headers));
            for (const auto& reading : result.readings) {
                ++read;
                EXPECT_EQ(reading.dialect, RateLimitDialect::x_ratelimit);
                EXPECT_EQ(reading.reset_form, ResetForm::epoch_seconds);
                // GitHub's windows are an hour at most; its own clock says so.
                EXPECT_LE(*reading.reset_in, std::chrono::hours(1));
                EXPECT_LE(*reading.remaining, *reading.limit);
                if (reading.used) {
                    EXPECT_EQ(*reading.used + *reading.remaining, *reading.limit);
                }
            }
        }
    }
    if (missing) {
        GTEST_SKIP() << "no GitHub recordings under " << data_root();
    }
    RecordProperty("read", read);
    EXPECT_GT(read, 0);
}

}  // namespace
}  // namespace apilab::http
