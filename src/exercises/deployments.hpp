#pragma once

// What day 13's rules are tried on: folders as people deploy from, most of them with a fault that
// would show on the platform only. Made from the seed, so that no two runs have the same lines.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "exercise.hpp"

namespace exercise {

/// Something that stands in a file: an instruction's or a setting's value.
struct Said {
    std::string value;
    std::string file;
    /// 1-based.
    std::size_t line = 0;
};

/// A folder with a `Dockerfile` and a `fly.toml`, as lines.
struct Deployment {
    std::string name;
    std::vector<std::string> docker;
    std::vector<std::string> fly;

    /// Every instruction of that name in the Dockerfile, with what stands behind it.
    [[nodiscard]] std::vector<Said> instructions(std::string_view keyword) const;
    /// A setting of fly.toml (`kill_timeout`, `http_service.internal_port`) without its quotes, or
    /// the header of a table (`[mounts]`, `[[http_service.checks]]`).
    [[nodiscard]] std::optional<Said> setting(std::string_view key) const;
};

/// Where something is wrong; nothing: it is right.
using Finds = std::optional<Said> (*)(const Deployment&);
struct DeployRule {
    std::string what;
    Finds finds = nullptr;
};

/// Tries the rules on twelve folders without a fault and on three for each of eight faults. A fault
/// is found by the rule that names its file and line, and by no other; a rule that finds anything
/// in one of the twelve raises a false alarm. Handed in for TST-01 and TST-02. Without a scenario
/// no folder has a fault.
[[nodiscard]] Task<void> try_on_deployments(Lab& lab, std::vector<DeployRule> rules);

}  // namespace exercise
