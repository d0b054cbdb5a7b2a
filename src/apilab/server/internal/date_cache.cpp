#include "apilab/server/internal/date_cache.hpp"

#include "apilab/http/date.hpp"

namespace apilab::server::internal {

std::string_view DateCache::at(SystemTime now) {
    const auto second = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();
    if (second != second_) {
        second_ = second;
        text_ = http::format_http_date(now);
    }
    return text_;
}

}  // namespace apilab::server::internal
