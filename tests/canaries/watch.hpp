#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include "canary.hpp"
#include "program.hpp"

namespace apilab::canaries {

/// Runs a program and looks for canaries: in what it prints, in the command lines of all processes
/// while it runs, and in every file that is in `folder` afterwards but `.env`, which is where they
/// belong. What does not end in time is ended.
struct Watched {
    int code = -1;
    /// `stdout: APILAB_API_KEY in base64`, ...
    std::vector<std::string> leaks;
};
[[nodiscard]] Watched watch(const cli_test::Words& words, const cli_test::Variables& variables,
                            const std::filesystem::path& folder,
                            const std::vector<Canary>& canaries,
                            std::chrono::milliseconds patience = std::chrono::seconds(30));

}  // namespace apilab::canaries
