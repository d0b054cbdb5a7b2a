// apilab secrets check | where | scan

#include <memory>

#include "apilab/base/environment.hpp"
#include "secrets.hpp"

namespace apilab::cli {
namespace {

using Run = Result<ExitCode> (*)(const SecretsFlags&, const Globals&);

void add_source_flags(CLI::App& command, SecretsFlags& flags) {
    command.add_option("--dotenv", flags.dotenv, "The .env file")->capture_default_str();
    command.add_flag("--commands", flags.commands, "Run what NAME_COMMAND says, without a shell");
    command.add_flag("--strict", flags.strict, "A file that others may read is an error");
}

}  // namespace

SecretSources SecretsFlags::sources() const {
    return SecretSources(process_environment(), dotenv, {.strict = strict, .commands = commands});
}

void add_secrets_command(CLI::App& app, const Globals& globals, Action& action) {
    auto* group = app.add_subcommand("secrets", "Where secrets are, and where none may be");
    group->require_subcommand(1);
    const auto flags = std::make_shared<SecretsFlags>();
    const auto act = [&action, &globals, flags](CLI::App* command, Run run) {
        command->callback([&action, &globals, flags, run] {
            action = [&globals, flags, run] {
                const auto code = run(*flags, globals);
                return code ? *code : report(code.error(), globals);
            };
        });
    };
    auto* check = group->add_subcommand("check", "Is every secret there? Source and fingerprint");
    check->add_option("NAMES", flags->names, "Default: those that apilab itself reads");
    check->add_option("--for", flags->names_file,
                      "A file with a name on each line, what it is for behind # (.env.example)");
    add_source_flags(*check, *flags);
    act(check, check_secrets);

    auto* where = group->add_subcommand("where", "Every place of one name; the first one counts");
    where->add_option("NAME", flags->names, "A name")->required()->expected(1);
    add_source_flags(*where, *flags);
    act(where, find_secret);

    auto* scan = group->add_subcommand("scan", "Secrets in files: known shapes, values of .env");
    scan->add_option("PATH", flags->path, "A file or a folder")->capture_default_str();
    scan->add_option("--dotenv", flags->dotenv, "Whose values are looked for, in any encoding")
        ->capture_default_str();
    act(scan, scan_for_secrets);
}

}  // namespace apilab::cli
