#pragma once

#include <string>
#include <vector>

#include "apilab/base/error.hpp"
#include "command.hpp"

namespace apilab::cli {

/// A setting as it is in force here and now.
struct ShownSetting {
    /// `urls.npm`, `traces`, `color`, or a secret's name.
    std::string name;
    /// Fit to be shown: of a secret its fingerprint, of an address no query. Empty: it is not set.
    std::string value;
    /// `flag`, `environment`, `project`, `user`, `default`; `none` where it is not set, `error`
    /// where it cannot be told.
    std::string layer;
    /// `APILAB_NPM_URL`, `~/.config/apilab/config.toml [urls] npm`, ...
    std::string origin;
    /// What it is for.
    std::string purpose;
};

/// All that apilab can be told outside of a command's own flags, in a fixed order.
[[nodiscard]] std::vector<ShownSetting> settings_in_force(const Globals& globals);

/// Variables `APILAB_...` that nothing reads and that are close to one that is read.
[[nodiscard]] std::vector<Error> variable_problems();
/// These, and what is wrong with the settings files.
[[nodiscard]] std::vector<Error> settings_problems();

}  // namespace apilab::cli
