#pragma once

#include <map>
#include <string>

namespace apilab::radar_weeks {

/// What a project has installed directly: name and version.
using Installed = std::map<std::string, std::string>;

/// Its package.json, each range a caret's.
[[nodiscard]] std::string manifest(const Installed& installed);
/// Its package-lock.json (version 3).
[[nodiscard]] std::string lockfile(const Installed& installed);

}  // namespace apilab::radar_weeks
