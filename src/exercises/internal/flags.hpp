#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "exercise.hpp"

namespace exercise::internal {

enum class Variant : std::uint8_t { production, naive, library };
[[nodiscard]] std::string_view to_string(Variant variant);

struct Flags {
    Variant variant = Variant::production;
    bool compare = false;
    /// The sin committed, or empty.
    std::string sin;
    /// A scenario's name or file; `none` for no faults.
    std::string chaos;
    std::uint64_t seed = 1;
    int runs = 1;
    bool json = false;
    bool show_attempts = false;
    /// Another sandbox (or the real API); `env`: where the environment says; empty: one in this
    /// process.
    std::string base_url;
    /// A file for the attempts as a HAR document; empty: none.
    std::string trace_file;
    /// A file for what came of every variant (matrix.hpp); empty: an ordinary run.
    std::string matrix_file;
    /// Set where there is nothing to run: help was printed, or the words were wrong.
    std::optional<int> exit_code;
};

[[nodiscard]] Flags parse_flags(const Program& program, int argc, char** argv);

}  // namespace exercise::internal
