// apilab sandbox matrix

#include <fmt/core.h>

#include "apilab/sandbox/judge/check.hpp"
#include "apilab/sandbox/judge/trials/trial.hpp"
#include "sandbox/sandbox_commands.hpp"

namespace apilab::cli {
namespace {

ExitCode print_matrix(const std::string& check, const Globals& globals) {
    if (!check.empty() && sandbox::find_check(check) == nullptr) {
        return report(Error(ErrorKind::invalid_argument, fmt::format("no check '{}'", check))
                          .with_remedy("apilab sandbox checks lists them"),
                      globals);
    }
    const auto rows = sandbox::trials::play_matrix(check);
    fmt::print("{}", globals.json ? sandbox::trials::matrix_json(rows) + "\n"
                                  : sandbox::trials::matrix_text(rows));
    for (const auto& row : rows) {
        if (!row.as_expected()) {
            return ExitCode::failure;
        }
    }
    return ExitCode::success;
}

}  // namespace

void add_sandbox_matrix(CLI::App& group, const Globals& globals, Action& action) {
    const auto check = std::make_shared<std::string>();
    auto* command =
        group.add_subcommand("matrix", "Hold each check against clients of known behaviour");
    command->add_option("--check", *check, "Only the clients of this check");
    command->callback([check, &globals, &action] {
        action = [check, &globals] { return print_matrix(*check, globals); };
    });
}

}  // namespace apilab::cli
