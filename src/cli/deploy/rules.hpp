#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/base/clock.hpp"
#include "deploy/project.hpp"

namespace apilab::cli::deploy {

/// What it costs: an advice, a bad day, lost requests or data, a secret in the open.
enum class Severity : unsigned char { low, moderate, high, critical };
[[nodiscard]] std::string_view to_string(Severity severity);
/// Nothing for another word than `low`, `moderate`, `high`, `critical`.
[[nodiscard]] std::optional<Severity> severity_of(std::string_view word);

/// A rule: `DKR` Dockerfile, `FLY` fly.toml, `RLW` railway.json, `UNT` systemd unit, `DPL` all.
struct RuleCard {
    std::string_view id;
    Severity severity;
    std::string_view title;
    /// What would be right.
    std::string_view right;
    std::string_view source;
};
/// In the order of their ids.
[[nodiscard]] std::span<const RuleCard> rule_cards();

struct Finding {
    const RuleCard* rule = nullptr;
    std::string file;
    /// 1-based; of what is missing, where it belongs.
    std::size_t line = 1;
    /// What is there, in a sentence without its end.
    std::string what;
};

struct CheckOptions {
    /// How long the program needs to end. Nothing: what its files say (`RADAR_GRACE`, `--grace`).
    std::optional<Duration> grace;
};

/// All findings, the worst first, then by file and line. No disk, no network: two calls with the
/// same project find the same.
[[nodiscard]] std::vector<Finding> check_project(const Project& project,
                                                 const CheckOptions& options = {});

}  // namespace apilab::cli::deploy
