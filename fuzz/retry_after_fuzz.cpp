// Lines of bytes as the headers that say when to come back: a wait is never negative and never
// above ten years, and what cannot be read asks for none.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "apilab/http/retry_after.hpp"

namespace {

void require(bool holds) {
    if (!holds) {
        std::abort();
    }
}

std::string take_line(std::string_view& rest) {
    const auto line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(line.size() == rest.size() ? rest.size() : line.size() + 1);
    return std::string(line);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using apilab::http::RetryAfter;
    std::string_view rest(reinterpret_cast<const char*>(data), size);
    apilab::http::Headers headers;
    for (const char* name : {"retry-after", "date", "retry-after-ms", "x-ms-retry-after-ms"}) {
        if (!rest.empty()) {
            headers.add(name, take_line(rest));
        }
    }
    const apilab::SystemTime now{std::chrono::seconds(1'795'341'600)};
    const auto result = apilab::http::parse_retry_after(headers, now);
    const bool silent =
        result.source == RetryAfter::Source::none || result.source == RetryAfter::Source::garbage;
    require(result.wait.has_value() != silent);
    require(headers.empty() == (result.source == RetryAfter::Source::none));
    if (result.wait) {
        require(*result.wait >= apilab::Duration::zero());
        require(*result.wait <= std::chrono::hours(24 * 3653));
    }
    return 0;
}
