#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "apilab/base/clock.hpp"

namespace apilab::observe {

/// What the other side saw of one attempt, and what it did: from its log, or the sandbox's journal.
/// A value.
struct ServerSide {
    /// What became of the answer.
    enum class Reply : std::uint8_t {
        /// All of it left.
        sent,
        /// Some bytes left, then it was cut.
        partial,
        /// No byte left.
        lost,
        /// It is still under way.
        pending,
    };

    /// Which attempt of the record, by its place in `CallRecord::attempts`.
    std::size_t attempt = 0;
    /// Under which it knows the request; may be empty.
    std::string request_id;
    /// When it had the first byte, by its own clock. Only how much later `answered` is counts here:
    /// two clocks are not compared.
    SystemTime received;
    /// When it was done with the answer or gave it up; nothing: still under way.
    std::optional<SystemTime> answered;
    /// Of the answer that was, or would have been, sent; 0: none was prepared.
    int status = 0;
    Reply reply = Reply::pending;
    /// It changed what it was asked to change.
    bool applied = false;
    /// What was done on purpose, as the sandbox names it (`f1: reset`); empty: nothing.
    std::string fault;
    /// For so long the answer was held back on purpose.
    Duration held_back{};
};

/// `committed, reply lost (f1: reset)`, `201, committed`, `503 (f2: status)`, `200, held back
/// 300 ms`.
[[nodiscard]] std::string explain(const ServerSide& side);

}  // namespace apilab::observe
