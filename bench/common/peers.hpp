#pragma once

#include <optional>
#include <string>

#include "common/process.hpp"

namespace apilab::bench {

/// A script of `peers/`, copied beside the programs when they were built.
[[nodiscard]] std::string peer_script(const std::string& name);

/// What a peer is started with, or why it is left out.
struct Interpreter {
    std::optional<std::string> program;
    std::string missing;
    /// What it is to run, where that is no script of `peers/`.
    std::string script = {};
};

/// node with the packages of `peers/package.json`, which npm installs beside the scripts at the
/// first use.
[[nodiscard]] Interpreter node_with_packages();
/// java, and in `script` WireMock's jar of the same packages.
[[nodiscard]] Interpreter java_with_wiremock();
/// Debian's python3 with requests and tenacity.
[[nodiscard]] Interpreter python_with_packages();

}  // namespace apilab::bench
