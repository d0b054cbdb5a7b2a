// apilab hook: the group, and what its subcommands share. Each of them has a file of its own.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <chrono>

#include "apilab/base/ascii.hpp"
#include "apilab/base/file.hpp"
#include "apilab/base/try.hpp"
#include "call/call.hpp"
#include "hook/hook.hpp"
#include "secret_argument.hpp"

namespace apilab::cli {
namespace {

constexpr std::size_t body_max = std::size_t{64} << 20U;
constexpr std::size_t time_digits_max = 12;

std::vector<std::string> scheme_names() {
    std::vector<std::string> names;
    for (const auto scheme : work::all_signature_schemes()) {
        names.emplace_back(work::to_string(scheme));
    }
    return names;
}

}  // namespace

void add_hook_flags(CLI::App& command, HookFlags& flags) {
    command
        .add_option("--scheme", flags.scheme,
                    fmt::format("Who signs, and so how: {}", fmt::join(scheme_names(), ", ")))
        ->required();
    command
        .add_option("--secret", flags.secrets,
                    "env:NAME, @file or cmd:COMMAND; several while a secret is being changed")
        ->required()
        ->expected(1)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    command.add_option("--at", flags.at, "What the time is: seconds since 1970 (default: now)");
    command.add_option("FILE", flags.file, "The body as it came, byte by byte; -: standard input")
        ->required();
}

Result<work::SignatureScheme> hook_scheme(const HookFlags& flags) {
    const auto scheme = work::find_signature_scheme(flags.scheme);
    if (!scheme) {
        return fail(ErrorKind::invalid_argument,
                    fmt::format("--scheme: expected one of {}", fmt::join(scheme_names(), ", ")));
    }
    return *scheme;
}

Result<std::vector<Secret>> hook_secrets(const HookFlags& flags) {
    std::vector<Secret> secrets;
    for (const auto& text : flags.secrets) {
        auto secret = secret_argument(text);
        if (!secret) {
            return fail(std::move(secret).error().in("--secret"));
        }
        secrets.push_back(*std::move(secret));
    }
    return secrets;
}

Result<SystemTime> hook_time(const HookFlags& flags) {
    if (flags.at.empty()) {
        return RealClock().system_now();
    }
    std::int64_t seconds = 0;
    const auto& text = flags.at;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), seconds);
    constexpr auto seconds_max =
        std::chrono::floor<std::chrono::seconds>(SystemTime::max().time_since_epoch()).count();
    if (!std::ranges::all_of(text, ascii_digit) || text.size() > time_digits_max ||
        read.ec != std::errc() || seconds > seconds_max) {
        return fail(ErrorKind::invalid_argument,
                    "--at: expected a number of seconds since 1970, before the year 2262");
    }
    return SystemTime(std::chrono::seconds(seconds));
}

Result<std::string> hook_body(const HookFlags& flags, const Globals& globals) {
    if (flags.file != "-") {
        return read_file(flags.file, body_max);
    }
    APILAB_TRY(auto body, read_standard_input(true, globals.quiet));
    return std::move(body).value_or("");
}

void add_hook(CLI::App& app, const Globals& globals, Action& action) {
    auto* group = app.add_subcommand("hook", "Webhooks: who signed them, and how to sign them");
    group->require_subcommand(1);
    add_hook_sign(*group, globals, action);
    add_hook_verify(*group, globals, action);
}

}  // namespace apilab::cli
