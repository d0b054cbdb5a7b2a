#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/base/result.hpp"
#include "checklist/manifest.hpp"

namespace apilab::cli::checklist {

/// What stands for `{port}`, `{APILAB_NPM_URL}`, by its name.
using Values = std::map<std::string, std::string, std::less<>>;

/// Replaces `{name}` by its value. Names in small letters that are not known stay (JSON has such
/// braces too); error (`invalid_argument`) for an `{APILAB_...}` that is not known.
[[nodiscard]] Result<std::string> put_in(std::string_view text, const Values& values);

/// What follows a secret of the sandbox when it is replaced; in the form of the secret.
[[nodiscard]] std::string next_secret(std::uint64_t seed, std::string_view name,
                                      std::string_view now);
/// Adds `NAME_NEXT` for every webhook secret and token, `NAME_FORMER` for webhook secrets, and
/// `NAME_FILE` (a path below `secrets`) for both.
void add_rotations(Values& values, std::uint64_t seed, const std::filesystem::path& secrets);
/// The name of what a sender of webhooks signs with: `APILAB_GITHUB_WEBHOOK_SECRET`; empty for an
/// unknown sender.
[[nodiscard]] std::string_view signing_secret_name(std::string_view sender);
/// Is it a secret of the sandbox that has a `_NEXT` and a `_FILE`?
[[nodiscard]] bool is_replaceable(std::string_view name);

/// `{NAME_FILE}` of `text`, by `NAME`: the files that have to be there.
[[nodiscard]] std::vector<std::string> files_named_in(std::string_view text);

/// Replaces values of secrets (6 bytes and more) by `***`; returns the names of those that were
/// there.
[[nodiscard]] std::vector<std::string> mask(std::string& text, const Values& secrets);

}  // namespace apilab::cli::checklist
