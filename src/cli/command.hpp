#pragma once

#include <CLI/App.hpp>
#include <functional>
#include <memory>
#include <string>

#include "exit_code.hpp"
#include "terminal.hpp"

namespace apilab::cli {

/// What every command shares: the flags that mean the same everywhere, and the streams' abilities.
struct Globals {
    std::string color = "auto";
    bool json = false;
    bool quiet = false;
    int verbosity = 0;

    [[nodiscard]] ColorChoice color_choice() const;
    [[nodiscard]] Terminal out() const { return Terminal::of(1, color_choice()); }
    [[nodiscard]] Terminal err() const { return Terminal::of(2, color_choice()); }
};

/// What the parsed command line asks for; run after parsing, so that a usage error costs nothing.
using Action = std::function<ExitCode()>;

/// Each command's file declares its flags on `app` and sets `action` when it was chosen.
void add_explain(CLI::App& app, const Globals& globals, Action& action);
/// `help`, `completion`, `man` and `version`, which show the commands that `app` has.
void add_manual(CLI::App& app, const Globals& globals, Action& action);
void add_run(CLI::App& app, const Globals& globals, Action& action);
void add_radar(CLI::App& app, const Globals& globals, Action& action);
void add_call(CLI::App& app, const Globals& globals, Action& action);
void add_session(CLI::App& app, const Globals& globals, Action& action);
void add_pages(CLI::App& app, const Globals& globals, Action& action);
void add_learn(CLI::App& app, const Globals& globals, Action& action);
void add_checklist(CLI::App& app, const Globals& globals, Action& action);
void add_auth_command(CLI::App& app, const Globals& globals, Action& action);
/// `config explain`.
void add_config(CLI::App& app, const Globals& globals, Action& action);
/// `deploy check`.
void add_deploy(CLI::App& app, const Globals& globals, Action& action);
void add_doctor(CLI::App& app, const Globals& globals, Action& action);
void add_secrets_command(CLI::App& app, const Globals& globals, Action& action);
/// `hook sign` and `hook verify`.
void add_hook(CLI::App& app, const Globals& globals, Action& action);
void add_drift_command(CLI::App& app, const Globals& globals, Action& action);
/// `platform run`.
void add_platform(CLI::App& app, const Globals& globals, Action& action);
void add_sandbox(CLI::App& app, const Globals& globals, Action& action);
void add_trace_command(CLI::App& app, const Globals& globals, Action& action);

/// What `--help` shows first of each command that has no examples of its own; the last to be
/// called.
void add_examples(CLI::App& app);

/// `error: ...` on stderr, in the form every command uses: what happened, what to do.
ExitCode report(const Error& error, const Globals& globals);

}  // namespace apilab::cli
