// Lines `name: value` as the headers of an answer: whatever they say about quotas is within its
// limits, is said by one of them, and is read the same a second time.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "apilab/http/rate_limit_headers.hpp"

namespace {

using namespace apilab;

void require(bool holds) {
    if (!holds) {
        std::abort();
    }
}

http::Headers headers_of(std::string_view text) {
    http::Headers headers;
    while (!text.empty()) {
        const auto line = text.substr(0, text.find('\n'));
        text.remove_prefix(line.size() == text.size() ? text.size() : line.size() + 1);
        const auto colon = line.find(':');
        if (colon != line.npos) {
            headers.add(std::string(line.substr(0, colon)), std::string(line.substr(colon + 1)));
        }
    }
    return headers;
}

void check_wait(const std::optional<Duration>& wait) {
    require(!wait || (*wait >= Duration::zero() && *wait <= std::chrono::hours(24 * 3653)));
}

void check_count(const std::optional<std::int64_t>& count) {
    require(!count || (*count >= 0 && *count < 1'000'000'000'000'000));
}

void check(const http::RateLimitReading& reading) {
    check_wait(reading.reset_in);
    check_wait(reading.window);
    check_count(reading.limit);
    check_count(reading.remaining);
    check_count(reading.used);
    require(reading.limit || reading.remaining || reading.used || reading.reset_in);
    require(reading.reset_in.has_value() == (reading.reset_form != http::ResetForm::none));
    require(http::to_string(reading.dialect) != "unknown");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const http::Headers headers = headers_of({reinterpret_cast<const char*>(data), size});
    const SystemTime now{std::chrono::seconds(1'795'341'600)};
    const auto result = http::read_rate_limits(headers, now);
    require(result.readings.size() <= 32);
    require(result.garbage >= 0 && static_cast<std::size_t>(result.garbage) <= headers.size());
    require(!headers.empty() || result.readings.empty());
    for (const auto& reading : result.readings) {
        check(reading);
    }
    require(http::read_rate_limits(headers, now).readings == result.readings);
    for (const auto strange : {SystemTime::min(), SystemTime::max()}) {
        for (const auto& reading : http::read_rate_limits(headers, strange).readings) {
            check(reading);
        }
    }
    return 0;
}
