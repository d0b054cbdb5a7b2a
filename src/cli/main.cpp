// The `apilab` program: flags shared by all commands, then one file per command.

#include <fmt/core.h>

#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <exception>
#include <memory>
#include <span>
#include <system_error>

#include "apilab/base/environment.hpp"
#include "apilab/base/scrubbed_stdio.hpp"
#include "apilab/base/secret_source.hpp"
#include "command.hpp"
#include "manual/formatter.hpp"
#include "usage.hpp"
#include "version.hpp"

namespace apilab::cli {
namespace {

int run(int argc, char** argv) {
    CLI::App app("apilab: HTTP API integrations that behave like production systems", "apilab");
    app.set_version_flag("--version", fmt::format("apilab {}", version));
    app.require_subcommand(1);
    app.fallthrough();
    Globals globals;
    app.formatter(std::make_shared<HelpFormatter>(globals));
    app.set_help_flag("-h,--help", "This text; behind any command, its own");
    app.add_option("--color", globals.color,
                   "When to colour: auto (on a terminal), always or never")
        ->check(CLI::IsMember({"auto", "always", "never"}));
    app.add_flag("--json", globals.json, "One JSON document for machines instead of text");
    app.add_flag("-q,--quiet", globals.quiet, "Results only");
    app.add_flag("-v", globals.verbosity, "More: each attempt; -vv: each header, without secrets");

    Action action;
    add_run(app, globals, action);
    add_radar(app, globals, action);
    add_call(app, globals, action);
    add_session(app, globals, action);
    add_pages(app, globals, action);
    add_learn(app, globals, action);
    add_checklist(app, globals, action);
    add_auth_command(app, globals, action);
    add_config(app, globals, action);
    add_deploy(app, globals, action);
    add_doctor(app, globals, action);
    add_secrets_command(app, globals, action);
    add_drift_command(app, globals, action);
    add_hook(app, globals, action);
    add_platform(app, globals, action);
    add_sandbox(app, globals, action);
    add_trace_command(app, globals, action);
    add_explain(app, globals, action);
    add_manual(app, globals, action);
    add_examples(app);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return static_cast<int>(report_usage(
            app, error, std::span<const char* const>(argv, static_cast<std::size_t>(argc)),
            globals));
    }
    return static_cast<int>(action());
}

}  // namespace

// A reader that went away had enough; anything else is a result that is not there.
static int not_written(int code) {
    if (code == EPIPE) {
        return static_cast<int>(ExitCode::success);
    }
    fmt::print(stderr, "error: the output could not be written: {}\n",
               std::generic_category().message(code));
    return static_cast<int>(ExitCode::failure);
}

ColorChoice Globals::color_choice() const {
    if (color == "always") {
        return ColorChoice::always;
    }
    return color == "never" ? ColorChoice::never : ColorChoice::automatic;
}

ExitCode report(const Error& error, const Globals& globals) {
    const Terminal terminal = globals.err();
    fmt::print(stderr, "{} {}\n", terminal.red("error:"), error.to_string());
    return exit_code_of(error);
}

}  // namespace apilab::cli

int main(int argc, char** argv) {
    // A reader that goes away ends our writing, not us.
    std::signal(SIGPIPE, SIG_IGN);
    apilab::add_secrets(apilab::Scrubber::of_process(), apilab::process_environment());
    const apilab::ScrubbedStdio scrubbed(apilab::Scrubber::of_process());
    try {
        const int code = apilab::cli::run(argc, argv);
        errno = 0;
        return std::fflush(stdout) == 0 || code != 0 ? code : apilab::cli::not_written(errno);
    } catch (const std::system_error& error) {
        if (std::ferror(stdout) != 0) {
            return apilab::cli::not_written(error.code().value());
        }
        fmt::print(stderr, "internal error: {}\n", error.what());
        return static_cast<int>(apilab::cli::ExitCode::internal);
    } catch (const std::exception& error) {
        fmt::print(stderr, "internal error: {}\n", error.what());
        return static_cast<int>(apilab::cli::ExitCode::internal);
    }
}
