#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/base/result.hpp"

namespace exercise::internal {

/// Runs a program that lies beside this one and returns its runs as JSON (`APILAB_RUNS`); its text
/// goes nowhere. `folder` is for what it writes. Waits at most half a minute. Errors:
/// `invalid_argument` where it is not there or wrote nothing, `timeout`.
[[nodiscard]] apilab::Result<std::string> run_program(const std::string& name,
                                                      std::vector<std::string> arguments,
                                                      const std::filesystem::path& folder);

/// The same, once in this process for the same arguments (virtual time: the next run would be
/// equal);
/// `{}` where it fails.
[[nodiscard]] std::string run_once(const std::string& name, std::vector<std::string> arguments,
                                   const std::filesystem::path& folder);

/// What the first of those runs says about a check: `pass`, `fail` or `unknown`.
[[nodiscard]] std::string status_in(const std::string& runs_json, std::string_view check);

}  // namespace exercise::internal
