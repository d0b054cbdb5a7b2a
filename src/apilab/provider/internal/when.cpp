#include "apilab/provider/internal/when.hpp"

#include <fmt/chrono.h>

#include <chrono>

namespace apilab::provider::internal {
namespace {

std::chrono::sys_seconds seconds_of(SystemTime when) {
    return std::chrono::floor<std::chrono::seconds>(when);
}

}  // namespace

std::string moment(SystemTime when) {
    return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", seconds_of(when));
}

std::string day(SystemTime when) {
    return fmt::format("{:%Y-%m-%d}", seconds_of(when));
}

std::string epoch_seconds(SystemTime when) {
    return fmt::format("{}", seconds_of(when).time_since_epoch().count());
}

}  // namespace apilab::provider::internal
