#include "apilab/http/retry_after.hpp"

#include "apilab/http/date.hpp"
#include "apilab/http/internal/waits.hpp"

namespace apilab::http {

using internal::clamped_wait;
using internal::decimal;
using internal::trim;
using internal::wait_between;

RetryAfter parse_retry_after(const Headers& headers, SystemTime now) {
    using Source = RetryAfter::Source;
    bool garbage = false;
    for (const char* name : {"retry-after-ms", "x-ms-retry-after-ms"}) {
        if (const auto text = headers.get(name)) {
            if (const auto value = decimal(trim(*text))) {
                return {Source::milliseconds, clamped_wait(*value, 1e6)};
            }
            garbage = true;
        }
    }
    if (const auto field = headers.get("retry-after")) {
        const auto text = trim(*field);
        if (const auto value = decimal(text)) {
            return {Source::seconds, clamped_wait(*value, 1e9)};
        }
        if (const auto date = parse_http_date(text, now)) {
            const auto base = parse_http_date(trim(headers.value("date")), now).value_or(now);
            return {Source::date, wait_between(base, *date)};
        }
        garbage = true;
    }
    return {garbage ? Source::garbage : Source::none, std::nullopt};
}

}  // namespace apilab::http
