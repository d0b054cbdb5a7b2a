#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/base/result.hpp"
#include "apilab/http/json.hpp"

namespace apilab::sandbox {

/// One way in which an answer's body departs from what was promised.
struct Drift {
    enum class Op : std::uint8_t {
        /// The member is gone.
        remove,
        /// It is null.
        null,
        /// It has another type: a number becomes a string, everything else a number, or `to`.
        retype,
        /// There is a member that was not there before, with `to`.
        add,
        /// A string has a value that was not there before: `to`.
        enumeration,
        /// The member has another name: `to`, or its own with `_new` behind it.
        rename,
        /// A number has more digits than a double holds: 9007199254740993, or
        /// 0.1234567890123456789012 where it has a fraction; or those of the string `to`, as they
        /// stand (`"1e400"`).
        precision,
    };
    Op op = Op::remove;
    /// RFC 6901, from the root; a step `*` is every element of an array.
    std::string pointer;
    /// The new value as JSON text; empty: the operation's own choice.
    std::string to;
};
/// As written: `remove`, `null`, `retype`, `add`, `enum`, `rename`, `precision`.
[[nodiscard]] std::string_view to_string(Drift::Op op);
/// Does it take something away that a client may need (as opposed to `add`, `enum` and
/// `precision`)?
[[nodiscard]] bool breaks(Drift::Op op);

/// Reads `[{"op", "pointer", "to"}]`, 1 to 100 entries. Errors as of `parse_fault`.
[[nodiscard]] Result<std::vector<Drift>> parse_drift(http::Json json, const std::string& pointer);

/// A body that has drifted, and which of the operations found their place.
struct Drifted {
    std::string body;
    std::vector<Drift::Op> applied;
};
/// Nothing where the body is no JSON or no operation found its place.
[[nodiscard]] std::optional<Drifted> apply_drift(std::string_view body,
                                                 const std::vector<Drift>& drift);

}  // namespace apilab::sandbox
