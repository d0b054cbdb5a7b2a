#include "secret_argument.hpp"

#include <fmt/format.h>

#include <string_view>
#include <utility>

#include "apilab/base/command.hpp"
#include "apilab/base/environment.hpp"
#include "apilab/base/file.hpp"
#include "apilab/base/scrubber.hpp"
#include "apilab/base/secret_source.hpp"
#include "apilab/base/try.hpp"

namespace apilab::cli {
namespace {

Result<std::string> output_of_command(std::string_view line) {
    APILAB_TRY(auto words, split_command(line));
    APILAB_TRY(auto ran, run_command(std::move(words), environment_lines()));
    if (ran.exit_code != 0 || ran.truncated) {
        return fail(ErrorKind::io, fmt::format("cmd: ended with code {}", ran.exit_code));
    }
    return std::move(ran.text);
}

Result<std::string> text_of(const std::string& argument) {
    constexpr std::string_view variable = "env:";
    constexpr std::string_view command = "cmd:";
    if (argument.starts_with(variable)) {
        const auto environment = process_environment();
        const auto found = environment.find(argument.substr(variable.size()));
        if (found == environment.end()) {
            return fail(ErrorKind::invalid_argument,
                        fmt::format("{}: not set in the environment", argument));
        }
        return found->second;
    }
    if (argument.starts_with('@')) {
        return read_file(argument.substr(1), SecretSources::file_max);
    }
    if (argument.starts_with(command)) {
        return output_of_command(std::string_view(argument).substr(command.size()));
    }
    return fail(Error(ErrorKind::invalid_argument, "a secret may not stand on a command line")
                    .with_remedy("write env:NAME, @file or cmd:COMMAND"));
}

}  // namespace

Result<Secret> secret_argument(const std::string& text) {
    APILAB_TRY(auto value, text_of(text));
    if (value.ends_with('\n')) {
        value.pop_back();
    }
    if (value.ends_with('\r')) {
        value.pop_back();
    }
    if (value.empty()) {
        return fail(ErrorKind::invalid_argument, "the secret is empty there");
    }
    Secret secret(std::move(value));
    (void)Scrubber::of_process().add(secret);
    return secret;
}

}  // namespace apilab::cli
