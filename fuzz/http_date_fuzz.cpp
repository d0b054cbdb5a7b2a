// Bytes as a date of HTTP and of RFC 3339: what is read can be written, and then says the same.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "apilab/http/date.hpp"

namespace {

void require(bool holds) {
    if (!holds) {
        std::abort();
    }
}

void check(apilab::SystemTime time) {
    using namespace apilab::http;
    const apilab::SystemTime whole = std::chrono::floor<std::chrono::seconds>(time);
    require(parse_http_date(format_http_date(time)) == whole);
    require(parse_iso_time(format_iso_time(time)) == whole);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const apilab::SystemTime now{std::chrono::seconds(1'795'341'600)};
    const auto plain = apilab::http::parse_http_date(text);
    const auto against_now = apilab::http::parse_http_date(text, now);
    if (plain) {
        check(*plain);
    }
    if (against_now) {
        require(plain.has_value() || text.contains('-'));  // 29 February of another century
        check(*against_now);
    }
    for (const auto end : {apilab::SystemTime::min(), apilab::SystemTime::max()}) {
        (void)apilab::http::parse_http_date(text, end);
    }
    if (const auto time = apilab::http::parse_iso_time(text)) {
        check(*time);
    }
    return 0;
}
