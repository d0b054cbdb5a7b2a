#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/base/result.hpp"

namespace apilab::cli {

/// A value and where it was found, for messages.
struct Setting {
    std::string value;
    /// `--registry`, `APILAB_NPM_URL`, `shop/apilab.toml [urls] npm` with the whole path, ...
    std::string origin;
    /// It came with the project, whose author may be somebody else: no secret of the user goes to
    /// an address that was found like this.
    bool of_project = false;
};

/// `[urls]` of the project file and of the user file, in this order of precedence:
///
///     [urls]
///     npm = "http://127.0.0.1:4010/npm"
///
/// The project file is the nearest `apilab.toml` from the working folder up. The user file is
/// `apilab/config.toml` in `$XDG_CONFIG_HOME`, by default in `~/.config`.
class SettingsFiles {
public:
    /// Reads both, as far as they exist (1 MiB each at most). Errors (`invalid_argument`, `io`,
    /// `too_large`) name the file and the line or key: no TOML, an unknown key of `[urls]` (with
    /// the one that was probably meant), a value that is no text.
    [[nodiscard]] static Result<SettingsFiles> read();

    /// By its key in `[urls]`: `npm`, `osv`, `github`, ...
    [[nodiscard]] std::optional<Setting> url(std::string_view key) const;

private:
    std::map<std::string, Setting, std::less<>> urls_;
};

/// One of the two files as it lies there, for whoever looks for what is wrong.
struct SettingsFileState {
    std::filesystem::path path;
    /// `project` or `user`.
    std::string whose;
    /// All of it, not the first alone: those of `SettingsFiles::read`, and words that nothing reads
    /// (with the one that was probably meant).
    std::vector<Error> problems;
};

/// The files that exist.
[[nodiscard]] std::vector<SettingsFileState> inspect_settings_files();

/// The keys of `[urls]`: one for each `APILAB_..._URL`.
[[nodiscard]] const std::vector<std::string>& url_keys();
/// `npm`: `APILAB_NPM_URL`.
[[nodiscard]] std::string url_variable(std::string_view key);

}  // namespace apilab::cli
