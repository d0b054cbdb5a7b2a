#include "apilab/auth/internal/server_clock.hpp"

#include <fmt/format.h>

#include <chrono>
#include <optional>
#include <string>

#include "apilab/http/date.hpp"

namespace apilab::auth::internal {

std::optional<SystemTime> date_of(const http::Headers& headers) {
    const auto field = headers.get("date");
    return field ? http::parse_http_date(*field) : std::nullopt;
}

std::optional<Duration> clock_ahead(const http::Headers& headers, SystemTime now,
                                    Duration tolerance) {
    const auto date = date_of(headers);
    if (!date) {
        return std::nullopt;
    }
    const Duration ahead = now - *date;
    return std::chrono::abs(ahead) > tolerance ? std::optional(ahead) : std::nullopt;
}

std::string tell_clock(Duration ahead) {
    const auto seconds = std::chrono::round<std::chrono::seconds>(std::chrono::abs(ahead)).count();
    return fmt::format("our clock is {} s {} the server's", seconds,
                       ahead > Duration::zero() ? "ahead of" : "behind");
}

}  // namespace apilab::auth::internal
