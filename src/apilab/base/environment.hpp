#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace apilab {

/// Variables by name.
using Environment = std::map<std::string, std::string, std::less<>>;

/// A copy of this process's environment. Of a name that stands there twice the first counts, as
/// with `getenv`; a line without `=` is left out. For programs and for functions that say in their
/// name that they look there (`from_environment`): the rest of the library is given its values. Not
/// safe beside a thread that calls `setenv`.
[[nodiscard]] Environment process_environment();

/// The lines `NAME=value` of this process's environment for a child (`posix_spawn`), in which
/// `additions` replace or add names.
[[nodiscard]] std::vector<std::string> environment_lines(
    const std::vector<std::pair<std::string, std::string>>& additions = {});

}  // namespace apilab
