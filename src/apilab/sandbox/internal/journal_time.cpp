#include "apilab/sandbox/internal/journal_time.hpp"

#include <fmt/format.h>

#include "apilab/http/date.hpp"

namespace apilab::sandbox::internal {

double milliseconds(Duration duration) {
    return static_cast<double>(duration.count() / 1000) / 1000.0;
}

std::string iso_time(SystemTime time) {
    auto text = http::format_iso_time(time);
    const auto fraction =
        std::chrono::floor<std::chrono::milliseconds>(time.time_since_epoch()).count() % 1000;
    text.pop_back();
    return fmt::format("{}.{:03}Z", text, fraction);
}

}  // namespace apilab::sandbox::internal
