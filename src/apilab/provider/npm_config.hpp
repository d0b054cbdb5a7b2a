#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace apilab::provider {

/// Looks up an environment variable; nothing where it is not set.
using Lookup = std::function<std::optional<std::string>(std::string_view)>;

/// The registry that an `.npmrc` names, without trailing slash; nothing where it names none.
///
/// The file is npm's ini dialect: `key = value` lines, comments with `;` or `#`, `${NAME}` taken
/// from the environment (left as it stands where unset, as npm does), values perhaps quoted. The
/// last `registry` before any `[section]` counts. Source: docs.npmjs.com, "npmrc".
[[nodiscard]] std::optional<std::string> registry_of_npmrc(std::string_view text,
                                                           const Lookup& environment);

/// The registry that the environment names (`npm_config_registry` in any case), as npm reads it.
[[nodiscard]] std::optional<std::string> registry_of_environment(const Lookup& environment);

/// `value` without surrounding space, quotes and trailing slashes; nothing where that leaves
/// nothing.
[[nodiscard]] std::optional<std::string> clean_registry(std::string_view value);

}  // namespace apilab::provider
