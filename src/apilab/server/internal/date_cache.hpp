#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "apilab/base/clock.hpp"

namespace apilab::server::internal {

/// The Date field, written anew once per second: formatting it costs as much as the rest of a head.
class DateCache {
public:
    /// The view lives until the next call.
    [[nodiscard]] std::string_view at(SystemTime now);

private:
    std::int64_t second_ = -1;
    std::string text_;
};

}  // namespace apilab::server::internal
