#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "apilab/base/clock.hpp"
#include "apilab/sandbox/journal.hpp"

namespace exercise::internal {

struct Sent;

/// A line of `--show-attempts`.
struct Row {
    /// In the journal: what a check's `rows` name. 0: it is not there, it never arrived.
    std::uint64_t number = 0;
    apilab::SteadyTime at;
    /// Who asked: empty for the program itself, else `visitor`, `slack`, `kill`, ...
    std::string from;
    std::string method;
    std::string path;
    /// 0: no complete answer.
    int status = 0;
    std::string error;
};

/// What a program sent and what the world asked of it meanwhile, in the journal's order and under
/// its numbers. What was sent and arrived nowhere stands where its time is.
[[nodiscard]] std::vector<Row> rows_of(const std::vector<Sent>& sent,
                                       const apilab::sandbox::Journal& journal);
/// The same where the journal is elsewhere: what was sent, counted from 1.
[[nodiscard]] std::vector<Row> rows_of(const std::vector<Sent>& sent);

}  // namespace exercise::internal
