#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/base/clock.hpp"
#include "apilab/base/result.hpp"
#include "apilab/base/secret.hpp"
#include "apilab/work/signature.hpp"
#include "command.hpp"

namespace apilab::cli {

/// The subcommands of `apilab hook`, each with its flags in a file of its own.
void add_hook_sign(CLI::App& group, const Globals& globals, Action& action);
void add_hook_verify(CLI::App& group, const Globals& globals, Action& action);

/// What `hook sign` and `hook verify` are both told. Texts are checked where they are used, with
/// the flag in the message.
struct HookFlags {
    std::string scheme;
    /// As `secret_argument`; more than one while a secret is being changed.
    std::vector<std::string> secrets;
    /// `name:value`
    std::vector<std::string> headers;
    std::string id;
    /// Seconds since 1970; empty: now.
    std::string at;
    /// `-`: the standard input.
    std::string file;
};

/// `--scheme`, `--secret`, `--at` and FILE.
void add_hook_flags(CLI::App& command, HookFlags& flags);

/// Error (`invalid_argument`): none of the schemes; the message lists them.
[[nodiscard]] Result<work::SignatureScheme> hook_scheme(const HookFlags& flags);
/// Errors: those of `secret_argument`.
[[nodiscard]] Result<std::vector<Secret>> hook_secrets(const HookFlags& flags);
/// Error (`invalid_argument`): not 1 to 12 digits, or beyond the year 2262.
[[nodiscard]] Result<SystemTime> hook_time(const HookFlags& flags);
/// Byte by byte; it may be empty. Errors: those of `read_file`; `too_large` (64 MiB).
[[nodiscard]] Result<std::string> hook_body(const HookFlags& flags, const Globals& globals);

}  // namespace apilab::cli
