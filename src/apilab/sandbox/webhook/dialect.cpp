#include "apilab/sandbox/webhook/dialect.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace apilab::sandbox::webhook {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

constexpr std::array<Duration, 3> slack_waits{milliseconds(500), minutes(1), minutes(5)};
constexpr std::array<Duration, 9> stripe_waits{minutes(5), minutes(30), hours(2),
                                               hours(5),   hours(10),   hours(12),
                                               hours(12),  hours(12),   hours(12)};
constexpr std::array<Duration, 3> stripe_test_waits{minutes(10), hours(1), hours(3)};
constexpr std::array<Duration, 7> notion_waits{minutes(1), minutes(5), minutes(15), hours(1),
                                               hours(3),   hours(7),   hours(12)};
constexpr std::array<Duration, 9> standard_waits{seconds(5), minutes(5), minutes(30),
                                                 hours(2),   hours(5),   hours(10),
                                                 hours(14),  hours(20),  hours(24)};

constexpr std::array<Dialect, 5> all{{
    {.name = "github", .patience = seconds(10)},
    {.name = "notion", .patience = seconds(10), .waits = notion_waits},
    {.name = "slack", .patience = seconds(3), .waits = slack_waits, .dated = true},
    {.name = "standard",
     .patience = seconds(15),
     .waits = standard_waits,
     .dated = true,
     .overlaps = true},
    {.name = "stripe",
     .patience = seconds(10),
     .waits = stripe_waits,
     .test_waits = stripe_test_waits,
     .dated = true,
     .overlaps = true},
}};

// What Standard Webhooks advises a sender to do with what it is told.
std::optional<Duration> told(const http::Response& answer, Duration wait) {
    constexpr Duration throttled = minutes(1);
    constexpr Duration longest = hours(24);
    const int status = answer.status();
    if (status == 410) {
        return std::nullopt;
    }
    if (status == 429 || status == 502 || status == 504) {
        wait = std::max(wait, throttled);
    }
    const auto text = answer.headers().value("retry-after");
    std::uint32_t asked = 0;
    const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), asked);
    if (!text.empty() && wrong == std::errc() && end == text.data() + text.size()) {
        wait = std::max(wait, std::min<Duration>(seconds(asked), longest));
    }
    return wait;
}

}  // namespace

std::span<const Dialect> dialects() {
    return all;
}

const Dialect* find_dialect(std::string_view name) {
    const auto* found = std::ranges::find(all, name, &Dialect::name);
    return found == all.end() ? nullptr : found;
}

std::string dialect_names() {
    std::string names;
    for (const Dialect& dialect : all) {
        names.append(names.empty() ? "" : ", ").append(dialect.name);
    }
    return names;
}

std::optional<Duration> next_wait(const Dialect& dialect, std::uint64_t number, bool test,
                                  const Result<http::Response>& answer) {
    const auto waits = test && !dialect.test_waits.empty() ? dialect.test_waits : dialect.waits;
    if (number > waits.size() || (answer && answer->ok())) {
        return std::nullopt;
    }
    const Duration wait = waits[number - 1];
    if (answer && dialect.name == "slack" && answer->headers().value("x-slack-no-retry") == "1") {
        return std::nullopt;
    }
    return answer && dialect.name == "standard" ? told(*answer, wait) : std::optional(wait);
}

std::string reason_of(const Result<http::Response>& answer) {
    if (answer) {
        return answer->status() / 100 == 3 ? "too_many_redirects" : "http_error";
    }
    switch (answer.error().kind()) {
        case ErrorKind::timeout:
            return "http_timeout";
        case ErrorKind::tls:
            return "ssl_error";
        default:
            return "connection_failed";
    }
}

}  // namespace apilab::sandbox::webhook
