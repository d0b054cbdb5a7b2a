#pragma once

#include <expected>
#include <utility>

#include "apilab/base/error.hpp"

namespace apilab {

/// What every fallible call returns. Exceptions do not cross the public API.
template <class T>
using Result = std::expected<T, Error>;

/// Shorthand for the failing side: `return fail(ErrorKind::io, "cannot open x");`
[[nodiscard]] inline std::unexpected<Error> fail(ErrorKind kind, std::string message) {
    return std::unexpected(Error(kind, std::move(message)));
}
[[nodiscard]] inline std::unexpected<Error> fail(Error error) {
    return std::unexpected(std::move(error));
}

}  // namespace apilab
