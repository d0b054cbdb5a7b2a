// apilab sandbox run

#include <fmt/core.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <utility>

#include "apilab/base/file.hpp"
#include "apilab/base/try.hpp"
#include "apilab/runtime/real_scheduler.hpp"
#include "apilab/runtime/signals.hpp"
#include "apilab/sandbox/host.hpp"
#include "apilab/sandbox/judge/judge.hpp"
#include "apilab/sandbox/judge/report.hpp"
#include "child.hpp"
#include "command.hpp"
#include "sandbox/sandbox_commands.hpp"
#include "sandbox_setup.hpp"

namespace apilab::cli {
namespace {

struct RunFlags {
    SandboxFlags sandbox;
    std::string report_file;
    std::vector<std::string> command;
};

/// A folder of our own beside those of others, gone with the object.
class TemporaryFolder {
public:
    static Result<TemporaryFolder> make(std::string_view prefix) {
        auto name = (std::filesystem::temp_directory_path() / prefix).string() + "XXXXXX";
        if (::mkdtemp(name.data()) == nullptr) {
            return fail(ErrorKind::io, fmt::format("cannot create a folder like {}", name));
        }
        return TemporaryFolder(std::move(name));
    }
    TemporaryFolder(TemporaryFolder&& other) noexcept : path_(std::exchange(other.path_, {})) {}
    TemporaryFolder& operator=(TemporaryFolder&&) = delete;
    ~TemporaryFolder() {
        std::error_code ignored;  // nothing of it is needed any more
        if (!path_.empty()) {
            std::filesystem::remove_all(path_, ignored);
        }
    }
    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

private:
    explicit TemporaryFolder(std::filesystem::path path) : path_(std::move(path)) {}
    std::filesystem::path path_;
};

Result<void> write_report(const sandbox::RunReport& verdict, const std::string& file) {
    if (file.empty()) {
        return {};
    }
    APILAB_TRY(const auto format, sandbox::report_format(file));
    return write_file_atomically(file, sandbox::render_report(verdict, format));
}

Result<ExitCode> run_judged(const RunFlags& flags, const Globals& globals) {
    if (!flags.report_file.empty()) {
        APILAB_CHECK(sandbox::report_format(flags.report_file));  // before anything runs
    }
    runtime::RealScheduler scheduler;
    APILAB_TRY(const auto box, make_sandbox(scheduler, flags.sandbox));
    APILAB_TRY(const auto keys, TemporaryFolder::make("apilab-sandbox-"));
    sandbox::SandboxHost host(
        scheduler, *box, {.port = 0, .admin_port = 0, .foreign_port = 0, .key_dir = keys.path()});
    APILAB_CHECK(host.start());
    std::optional<int> child_code;
    {
        int pid = 0;
        const runtime::Signals signals(scheduler, {SIGCHLD, SIGINT, SIGTERM}, [&](int number) {
            if (number != SIGCHLD) {
                // Ours alone; its end ends us. (0 would be everybody in our process group.)
                if (pid > 0) {
                    ::kill(pid, number);
                }
                return;
            }
            child_code = exit_code_of_child(pid);
            if (child_code) {
                scheduler.stop();
            }
        });
        auto started = start_child(flags.command, sandbox::with_plain_names(host.environment()));
        if (!started) {
            runtime::run(scheduler, host.stop(Duration::zero()));
            return fail(std::move(started).error());
        }
        pid = *started;
        scheduler.run();
    }
    box->stop_run();
    APILAB_TRY(const auto verdict, sandbox::judge_run(*box));
    runtime::run(scheduler, host.stop(std::chrono::seconds(1)));
    APILAB_CHECK(write_report(verdict, flags.report_file));
    fmt::print("{}", globals.json ? sandbox::report_json(verdict) + "\n"
                                  : sandbox::report_text(verdict, {.colour = globals.out().color}));
    const int code = sandbox::exit_code(verdict.verdict);
    if (code == 0 && child_code.value_or(0) != 0) {
        fmt::print(stderr, "the command itself exited with {}\n", *child_code);
        return ExitCode::failure;
    }
    return static_cast<ExitCode>(code);
}

}  // namespace

void add_sandbox_run(CLI::App& group, const Globals& globals, Action& action) {
    auto* command = group.add_subcommand("run", "Run a command against a sandbox and judge it");
    const auto flags = std::make_shared<RunFlags>();
    add_world_flags(*command, flags->sandbox);
    command->add_option("--report", flags->report_file, "Also write FILE.{json,html,md,xml}");
    command->add_option("COMMAND", flags->command, "After --: the command and its arguments")
        ->required();
    command->callback([=, &globals, &action] {
        action = [=, &globals] {
            const auto code = run_judged(*flags, globals);
            return code ? *code : report(code.error(), globals);
        };
    });
}

}  // namespace apilab::cli
