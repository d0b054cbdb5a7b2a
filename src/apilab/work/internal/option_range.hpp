#pragma once

#include <fmt/format.h>

#include <expected>
#include <string>
#include <string_view>
#include <type_traits>

#include "apilab/base/duration.hpp"
#include "apilab/base/result.hpp"

namespace apilab::work::internal {

/// What a field should have been. Error `invalid_argument`, whose detail is `field`.
[[nodiscard]] inline std::unexpected<Error> bad_field(std::string_view field,
                                                      std::string_view expected) {
    return fail(Error(ErrorKind::invalid_argument, fmt::format("{}: expected {}", field, expected))
                    .with_detail(std::string(field)));
}

/// Is an option within its range, both ends included? Error `invalid_argument`, whose detail is
/// `field`; its message has `group` before it (`outbox`; empty: none), the value and the range.
template <class T>
[[nodiscard]] Result<void> check_range(std::string_view group, std::string_view field, T value,
                                       T low, T high) {
    if (value >= low && value <= high) {
        return {};
    }
    const auto shown = [](T each) {
        if constexpr (std::is_same_v<T, Duration>) {
            return format_duration(each);
        } else {
            return fmt::format("{}", each);
        }
    };
    return fail(Error(ErrorKind::invalid_argument,
                      fmt::format("{}{}{} is {}, outside {} to {}", group, group.empty() ? "" : ".",
                                  field, shown(value), shown(low), shown(high)))
                    .with_detail(std::string(field)));
}

}  // namespace apilab::work::internal
