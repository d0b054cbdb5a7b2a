#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "apilab/base/result.hpp"
#include "apilab/base/secret.hpp"
#include "apilab/http/url.hpp"
#include "settings_file.hpp"

namespace apilab::cli {

/// What the command line says about where the sources are; empty: nothing.
struct SourceFlags {
    std::string registry;
    std::string osv_url;
    std::string github_url;
};

/// Where radar's three sources are, and with what to sign in.
struct SourceUrls {
    http::Url npm;
    http::Url osv;
    http::Url github;
    std::optional<Secret> github_token;
};

/// Option, then environment (`APILAB_NPM_URL`, `APILAB_OSV_URL`, `APILAB_GITHUB_URL`), then project
/// file, then user file (`SettingsFiles`). For the registry, after those, what npm itself is
/// configured for: `npm_config_registry`, the `.npmrc` in `project` and in the home folder, and at
/// last `npm config get registry`, which gets 10 s. OSV and GitHub have well-known addresses; a
/// registry has none here.
///
/// GitHub's token is that of `APILAB_GITHUB_TOKEN`, else `GITHUB_TOKEN`; an address from a project
/// file gets none. Errors: those of `SettingsFiles::read`; `invalid_argument` for a value that is
/// no URL, naming where it came from, and for no registry, naming `--registry`.
[[nodiscard]] Result<SourceUrls> find_sources(const SourceFlags& flags,
                                              const std::filesystem::path& project);

/// The address of one provider, by its key in `[urls]`: `APILAB_<KEY>_URL`, then the project file,
/// then the user file, then `otherwise`, and for the registry what npm is configured for (see
/// `find_sources`, with the working folder as project). Errors: those of `SettingsFiles::read`;
/// `invalid_argument` where there is none, naming the variable.
[[nodiscard]] Result<Setting> provider_url(std::string_view key, std::string_view otherwise);

}  // namespace apilab::cli
