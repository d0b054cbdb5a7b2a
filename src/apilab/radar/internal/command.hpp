#pragma once

#include <optional>
#include <string>
#include <vector>

#include "apilab/radar/internal/candidate.hpp"

namespace apilab::radar::internal {

/// What to type so that `candidate` replaces the copies, safe to paste into a shell. Nothing where
/// no command does it (a copy bundled inside another package).
[[nodiscard]] std::optional<std::string> upgrade_command(
    const std::string& package, const std::vector<const InstalledVersion*>& replaced,
    const Candidate& candidate);

}  // namespace apilab::radar::internal
