#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "apilab/observe/har.hpp"
#include "apilab/sandbox/judge/judge.hpp"
#include "internal/flags.hpp"
#include "internal/rows.hpp"

namespace exercise::internal {

/// One request of a run, as the program's own side saw it.
struct Sent {
    SteadyTime at;
    Duration elapsed{};
    std::string method;
    std::string path;
    /// 0: no complete answer.
    int status = 0;
    std::string error;
    /// Nobody was there to send it to.
    bool unreached = false;
};

/// What came of one run.
struct Outcome {
    Variant variant = Variant::production;
    std::string sin;
    std::uint64_t seed = 1;
    std::string scenario;
    std::vector<Sent> sent;
    /// Where --show-attempts asks for them.
    std::optional<std::vector<Row>> rows;
    SteadyTime started;
    Duration elapsed{};
    /// The sum of the program's own waits.
    Duration waited{};
    /// Operations that ended with their answer, with a refusal for good (4xx), and without either.
    std::size_t answered = 0;
    std::size_t refused = 0;
    std::size_t lost = 0;
    /// What the sandbox and the program counted.
    std::map<std::string, std::int64_t> numbers;
    /// Nothing where the journal is not ours to read.
    std::optional<apilab::sandbox::RunReport> report;
    /// What the program wants to be shown.
    std::string shown;
    /// Every attempt with its headers and bodies, redacted; where --trace asks for it.
    std::optional<apilab::observe::Har> trace;

    /// `pass`, `fail` or `unknown`.
    [[nodiscard]] std::string_view verdict() const;
    /// The most requests in any tenth of a second; those of the very first instant do not count.
    [[nodiscard]] std::size_t peak() const;
};

/// Sets the stage, runs one variant on one seed and lets the journal judge. Errors: a scenario that
/// there is none of, an address that is none.
[[nodiscard]] Result<Outcome> perform(const Program& program, const Flags& flags, Variant variant,
                                      std::uint64_t seed);

}  // namespace exercise::internal
