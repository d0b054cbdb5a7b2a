// apilab sandbox run -- COMMAND: a client in any language before the judge.

#include <fmt/core.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "apilab/base/duration.hpp"
#include "apilab/base/file.hpp"
#include "apilab/base/temporary_folder.hpp"
#include "apilab/base/try.hpp"
#include "apilab/runtime/real_scheduler.hpp"
#include "apilab/runtime/signals.hpp"
#include "apilab/runtime/task_group.hpp"
#include "apilab/sandbox/host.hpp"
#include "apilab/sandbox/journal_export.hpp"
#include "apilab/sandbox/journal_har.hpp"
#include "apilab/sandbox/judge/judge.hpp"
#include "apilab/sandbox/judge/report.hpp"
#include "child.hpp"
#include "sandbox/sandbox_commands.hpp"
#include "sandbox_setup.hpp"

namespace apilab::cli {
namespace {

/// After the command was asked to end.
constexpr auto grace = std::chrono::seconds(2);

struct RunFlags {
    SandboxFlags sandbox;
    std::vector<std::string> report_files;
    std::vector<std::string> checks;
    std::string known_file;
    std::string timeout;
    bool strict = false;
    std::vector<std::string> command;
};

Result<void> can_write(const std::string& file) {
    if (file.ends_with(".har") || file.ends_with(".ndjson")) {
        return {};
    }
    auto format = sandbox::report_format(file);
    if (format) {
        return {};
    }
    return fail(
        Error(ErrorKind::invalid_argument, format.error().message())
            .with_remedy("end it in .json, .html, .md, .xml (JUnit), .txt, .har or .ndjson (the "
                         "journal)"));
}

Result<void> write_report(const sandbox::Sandbox& box, const sandbox::RunReport& verdict,
                          const std::string& file) {
    if (file.ends_with(".har")) {
        return write_file_atomically(
            file, sandbox::journal_har(box.journal(), fmt::format("{}, seed {}", box.run().scenario,
                                                                  box.run().seed)));
    }
    if (file.ends_with(".ndjson")) {
        return write_file_atomically(file, sandbox::journal_ndjson(box.journal()));
    }
    APILAB_TRY(const auto format, sandbox::report_format(file));
    return write_file_atomically(file, sandbox::render_report(verdict, format));
}

// One id a line, `#` begins a comment.
Result<std::vector<std::string>> read_known(const std::string& file) {
    std::vector<std::string> known;
    if (file.empty()) {
        return known;
    }
    APILAB_TRY(const auto text, read_file(file, std::size_t{1} << 20U));
    std::string_view rest = text;
    for (int number = 1; !rest.empty(); ++number) {
        auto line = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(std::min(line.size() + 1, rest.size()));
        line = line.substr(0, line.find_first_of(" \t\r#"));
        if (line.empty()) {
            continue;
        }
        if (sandbox::find_check(line) == nullptr) {
            return fail(ErrorKind::invalid_argument,
                        fmt::format("{}:{}: no check '{}'", file, number, line));
        }
        known.emplace_back(line);
    }
    return known;
}

struct Ended {
    /// Nothing: it was stopped because its time was over.
    std::optional<int> code;
};

// Ours alone; its end ends us. (0 would be everybody in our process group.)
void tell(int pid, int number) {
    if (pid > 0) {
        ::kill(pid, number);
    }
}

runtime::Task<void> end_after(runtime::RealScheduler& scheduler, Duration timeout, const int* pid,
                              bool* timed_out) {
    if (auto slept = co_await scheduler.sleep_for(timeout); !slept) {
        co_return;
    }
    *timed_out = true;
    tell(*pid, SIGTERM);
    if (auto slept = co_await scheduler.sleep_for(grace); slept) {
        tell(*pid, SIGKILL);
    }
}

Result<Ended> run_child(runtime::RealScheduler& scheduler, const sandbox::SandboxHost& host,
                        const std::vector<std::string>& command, std::optional<Duration> timeout) {
    std::optional<int> code;
    bool timed_out = false;
    int pid = 0;
    const runtime::Signals signals(scheduler, {SIGCHLD, SIGINT, SIGTERM}, [&](int number) {
        if (number != SIGCHLD) {
            tell(pid, number);
            return;
        }
        code = exit_code_of_child(pid);
        if (code) {
            scheduler.stop();
        }
    });
    APILAB_TRY(pid, start_child(command, sandbox::with_plain_names(host.environment())));
    runtime::TaskGroup watch(scheduler);
    if (timeout) {
        watch.spawn(end_after(scheduler, *timeout, &pid, &timed_out));
    }
    scheduler.run();
    watch.cancel();
    runtime::run(scheduler, watch.join());
    return Ended{.code = timed_out ? std::nullopt : code};
}

void tell_of_known(const sandbox::RunReport& verdict, const std::vector<std::string>& known) {
    for (const auto& result : verdict.checks) {
        const bool listed = std::ranges::find(known, result.card.id) != known.end();
        if (listed && result.finding.verdict == sandbox::Verdict::pass) {
            fmt::print(stderr, "{} passes now: take it off the list of known failures\n",
                       result.card.id);
        }
    }
}

ExitCode code_of(const sandbox::RunReport& verdict, const Ended& ended, const RunFlags& flags) {
    const int code = sandbox::exit_code(verdict.verdict);
    if (!ended.code) {
        fmt::print(stderr, "the command did not end within {} and was stopped\n", flags.timeout);
        return verdict.verdict == sandbox::Verdict::fail ? static_cast<ExitCode>(code)
                                                         : ExitCode::failure;
    }
    if (code == 0 && *ended.code != 0) {
        fmt::print(stderr, "the command itself exited with {}\n", *ended.code);
        return ExitCode::failure;
    }
    return static_cast<ExitCode>(code);
}

Result<ExitCode> run_judged(const RunFlags& flags, const Globals& globals) {
    for (const auto& file : flags.report_files) {
        APILAB_CHECK(can_write(file));  // before anything runs
    }
    std::optional<Duration> timeout;
    if (!flags.timeout.empty()) {
        APILAB_TRY(timeout, parse_duration(flags.timeout));
    }
    sandbox::JudgeOptions options{.strict = flags.strict, .checks = flags.checks};
    APILAB_TRY(options.known_failures, read_known(flags.known_file));
    runtime::RealScheduler scheduler;
    APILAB_TRY(const auto box, make_sandbox(scheduler, flags.sandbox));
    APILAB_CHECK(sandbox::judge_run(*box, options));  // a check that there is none of
    APILAB_TRY(const auto keys, TemporaryFolder::make("apilab-sandbox-"));
    sandbox::SandboxHost host(
        scheduler, *box,
        {.port = 0, .admin_port = 0, .foreign_port = 0, .tls_port = 0, .key_dir = keys.path()});
    APILAB_CHECK(host.start());
    auto ended = run_child(scheduler, host, flags.command, timeout);
    if (!ended) {
        runtime::run(scheduler, host.stop(Duration::zero()));
        return fail(std::move(ended).error());
    }
    box->stop_run();
    APILAB_TRY(const auto verdict, sandbox::judge_run(*box, options));
    runtime::run(scheduler, host.stop(std::chrono::seconds(1)));
    for (const auto& file : flags.report_files) {
        APILAB_CHECK(write_report(*box, verdict, file));
    }
    fmt::print("{}", globals.json ? sandbox::report_json(verdict) + "\n"
                                  : sandbox::report_text(verdict, {.colour = globals.out().color}));
    tell_of_known(verdict, options.known_failures);
    return code_of(verdict, *ended, flags);
}

}  // namespace

void add_sandbox_run(CLI::App& group, const Globals& globals, Action& action) {
    const auto flags = std::make_shared<RunFlags>();
    auto* command = group.add_subcommand("run", "Run a command against a sandbox and judge it");
    add_world_flags(*command, flags->sandbox);
    command
        ->add_option("--report", flags->report_files,
                     "Also write FILE.{json,html,md,xml,txt,har,ndjson}; may be repeated")
        ->allow_extra_args(false)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    command
        ->add_option("--check", flags->checks,
                     "Judge by this check only, and let it decide; may be repeated")
        ->allow_extra_args(false)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    command->add_flag("--strict", flags->strict, "What is only reported decides as well");
    command->add_option("--timeout", flags->timeout,
                        "Stop the command after so long (30s, 5m) and judge what it did");
    command->add_option("--known", flags->known_file,
                        "A file of check ids that may fail, one a line");
    command->add_option("COMMAND", flags->command, "After --: the command and its arguments")
        ->required();
    command->callback([flags, &globals, &action] {
        action = [flags, &globals] {
            const auto code = run_judged(*flags, globals);
            return code ? *code : report(code.error(), globals);
        };
    });
}

}  // namespace apilab::cli
