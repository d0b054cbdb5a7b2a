// apilab platform run --as fly|railway -- COMMAND: what a platform does to a program, here.

#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "apilab/base/duration.hpp"
#include "apilab/base/temporary_folder.hpp"
#include "apilab/base/try.hpp"
#include "apilab/runtime/real_scheduler.hpp"
#include "apilab/runtime/signals.hpp"
#include "command.hpp"
#include "deploy/facts.hpp"
#include "deploy/project.hpp"
#include "platform/supervisor.hpp"

namespace apilab::cli {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;
using platform::Check;
using platform::Observed;
using platform::Verdict;

struct RunFlags {
    std::string as;
    std::string config;
    std::string health;
    std::string signal;
    std::string kill_timeout;
    std::string ready_within;
    std::string auto_stop;
    std::string volume;
    std::string path;
    std::string every = "2s";
    std::string lasts;
    unsigned memory = 256;
    int user = -1;
    int rolls = 0;
    int rate = 0;
    std::uint16_t port = 0;
    std::vector<std::string> command;
};

Result<Duration> duration_of(const std::string& text, std::string_view option) {
    auto parsed = parse_duration(text);
    if (!parsed) {
        return fail(std::move(parsed).error().in(std::string(option)));
    }
    return *parsed;
}

// What the folder's own files say about the platform.
Result<void> take_config(const std::string& folder, platform::Terms& terms) {
    APILAB_TRY(const auto project, deploy::read_project(folder));
    const bool fly = terms.name == "fly";
    const auto& settings = fly ? project.fly : project.railway;
    if (!settings) {
        return fail(ErrorKind::invalid_argument,
                    fmt::format("--config {}: there is no {}", folder,
                                fly ? "fly.toml" : "railway.json or railway.toml"));
    }
    const auto text = [&](std::string_view key) {
        const auto* found = settings->find(key);
        return found == nullptr ? std::string() : found->value;
    };
    if (const auto signal = platform::signal_of(text("kill_signal")); fly && signal) {
        terms.signal = *signal;
    }
    const auto patience = deploy::seconds_of(text(fly ? "kill_timeout" : "deploy.drainingSeconds"));
    terms.kill_timeout = patience.value_or(terms.kill_timeout);
    const auto path = text(fly ? "http_service.checks[0].path" : "deploy.healthcheckPath");
    terms.health_path = path.empty() ? terms.health_path : path;
    terms.volume = settings->has(fly ? "mounts" : "deploy.requiredMountPath");
    const auto stops = text("http_service.auto_stop_machines");
    const auto least = text("http_service.min_machines_running");
    if (fly && !stops.empty() && stops != "off" && stops != "false" &&
        (least.empty() || least == "0")) {
        terms.auto_stop = std::chrono::seconds(5);  // minutes there
    }
    return {};
}

Result<platform::Terms> terms_of(const RunFlags& flags) {
    APILAB_TRY(auto terms, platform::terms_of(flags.as));
    if (!flags.config.empty()) {
        APILAB_CHECK(take_config(flags.config, terms));
    }
    if (!flags.signal.empty()) {
        const auto number = platform::signal_of(flags.signal);
        if (!number) {
            return fail(ErrorKind::invalid_argument,
                        "--signal: expected SIGINT, SIGTERM, SIGQUIT, SIGHUP, SIGUSR1 or SIGUSR2");
        }
        terms.signal = *number;
    }
    if (!flags.kill_timeout.empty()) {
        APILAB_TRY(terms.kill_timeout, duration_of(flags.kill_timeout, "--kill-timeout"));
    }
    if (!flags.ready_within.empty()) {
        APILAB_TRY(terms.ready_within, duration_of(flags.ready_within, "--ready-within"));
    }
    if (!flags.auto_stop.empty()) {
        APILAB_TRY(terms.auto_stop, duration_of(flags.auto_stop, "--auto-stop"));
    }
    if (!flags.health.empty()) {
        terms.health_path = flags.health;
    }
    if (!terms.health_path.starts_with('/')) {
        return fail(ErrorKind::invalid_argument, "--health: a path begins with /");
    }
    terms.memory_max = std::size_t{flags.memory} << 20U;
    terms.volume = terms.volume || !flags.volume.empty();
    return terms;
}

// A program in this folder is meant as one, whatever folder it is started in.
std::string absolute(const std::string& program) {
    std::error_code ignored;
    return program.contains('/') ? fs::absolute(program, ignored).string() : program;
}

Result<platform::Plan> plan_of(const RunFlags& flags, const fs::path& folder) {
    APILAB_TRY(auto terms, terms_of(flags));
    platform::Plan plan{.terms = std::move(terms),
                        .command = flags.command,
                        .folder = folder,
                        .front_port = flags.port,
                        .rolls = flags.rolls,
                        .rate = flags.rate,
                        .path = flags.path};
    plan.command.front() = absolute(plan.command.front());
    plan.path = plan.path.empty() ? plan.terms.health_path : plan.path;
    APILAB_TRY(plan.every, duration_of(flags.every, "--every"));
    if (!flags.lasts.empty()) {
        APILAB_TRY(plan.lasts, duration_of(flags.lasts, "--for"));
    }
    if (flags.user >= 0) {
        if (::geteuid() != 0) {
            return fail(ErrorKind::invalid_argument, "--user: only root can do that");
        }
        plan.user = static_cast<unsigned>(flags.user);
    }
    if (plan.terms.volume) {
        std::error_code failed;
        plan.volume = flags.volume.empty() ? folder / "volume" : fs::absolute(flags.volume, failed);
        fs::create_directories(plan.volume, failed);
        if (failed) {
            return fail(ErrorKind::io,
                        fmt::format("{}: {}", plan.volume.string(), failed.message()));
        }
    }
    return plan;
}

void print_json(const Observed& seen, const std::vector<Check>& checks, Verdict verdict) {
    json::array all;
    for (const auto& [id, title, one, what] : checks) {
        all.push_back({{"id", id}, {"title", title}, {"verdict", to_string(one)}, {"what", what}});
    }
    const auto ms = [](Duration duration) { return duration / std::chrono::milliseconds(1); };
    fmt::print("{}\n",
               json::serialize(json::object{{"version", 1},
                                            {"platform", seen.terms.name},
                                            {"verdict", to_string(verdict)},
                                            {"checks", std::move(all)},
                                            {"instances", seen.lives.size()},
                                            {"rolls", seen.rolls},
                                            {"restarts", seen.restarts},
                                            {"requests",
                                             {{"asked", seen.asked},
                                              {"answered", seen.answered},
                                              {"lost", seen.lost},
                                              {"in_gap", seen.in_gap},
                                              {"gap_longest_ms", ms(seen.gap_longest)}}},
                                            {"sleep",
                                             {{"times", seen.sleeps},
                                              {"slept_ms", ms(seen.slept)},
                                              {"wake_slowest_ms", ms(seen.wake_slowest)}}}}));
}

std::string painted(const Terminal& terminal, Verdict verdict) {
    const auto word = fmt::format("{:<7}", to_string(verdict));
    if (verdict == Verdict::unknown) {
        return terminal.yellow(word);
    }
    return verdict == Verdict::pass ? terminal.green(word) : terminal.red(word);
}

void print_text(const Observed& seen, const std::vector<Check>& checks, const Globals& globals) {
    const auto terminal = globals.out();
    fmt::print("{}: {} within {}, {} MiB, {}\n", seen.terms.name,
               platform::name_of_signal(seen.terms.signal),
               format_duration(seen.terms.kill_timeout), seen.terms.memory_max >> 20U,
               seen.terms.volume ? "a volume" : "a disk that goes with the instance");
    for (const auto& [id, title, verdict, what] : checks) {
        fmt::print("  {}  {:<8}  {}: {}\n", painted(terminal, verdict), id, title, what);
    }
    if (seen.sleeps > 0) {
        fmt::print(
            "  It slept {} times, {} in all; the slowest request that woke it waited {}. "
            "What acts by the clock did not, meanwhile.\n",
            seen.sleeps, format_duration(seen.slept), format_duration(seen.wake_slowest));
    }
    if (seen.restarts > 0) {
        fmt::print("  Started again {} times.\n", seen.restarts);
    }
}

Result<ExitCode> run(const RunFlags& flags, const Globals& globals) {
    APILAB_TRY(const auto folder, TemporaryFolder::make("apilab-platform-"));
    fs::permissions(folder.path(), fs::perms(0711));  // --user has to get through
    APILAB_TRY(auto plan, plan_of(flags, folder.path()));
    runtime::RealScheduler scheduler;
    runtime::Event told;
    platform::Supervisor supervisor(scheduler, std::move(plan));
    APILAB_TRY(const auto port, supervisor.open());
    fmt::print(stderr, "{}: http://127.0.0.1:{} is the program's address\n", flags.as, port);
    const runtime::Signals signals(scheduler, {SIGINT, SIGTERM}, [&](int) { told.set(); });
    APILAB_TRY(const auto seen, runtime::run(scheduler, supervisor.run(told)));
    const auto checks = platform::judge(seen);
    const auto has = [&](Verdict verdict) {
        return std::ranges::find(checks, verdict, &Check::verdict) != checks.end();
    };
    const auto verdict = has(Verdict::fail) ? Verdict::fail : Verdict::pass;
    if (globals.json) {
        print_json(seen, checks, verdict);
    } else {
        print_text(seen, checks, globals);
    }
    return verdict == Verdict::fail ? ExitCode::verdict_failed : ExitCode::success;
}

void add_flags(CLI::App& command, RunFlags& flags) {
    command.add_option("--as", flags.as, "Whose rules: fly or railway")
        ->required()
        ->check(CLI::IsMember({"fly", "railway"}));
    command.add_option("--config", flags.config,
                       "Take signal, timeout, health path and volume from the fly.toml or "
                       "railway.json of this folder");
    command.add_option("--rolls", flags.rolls, "Replace it so often, then end")
        ->check(CLI::Range(0, 1000));
    command.add_option("--every", flags.every, "From one roll to the next")->capture_default_str();
    command.add_option("--for", flags.lasts, "End after so long (default: until Ctrl-C)");
    command.add_option("--rate", flags.rate, "Requests of our own per second")
        ->check(CLI::Range(0, 1000));
    command.add_option("--path", flags.path, "What they ask for (default: the health path)");
    command.add_option("--port", flags.port, "Where traffic comes in (default: a free port)");
    command.add_option("--health", flags.health, "The health check's path (default /readyz)");
    command.add_option("--signal", flags.signal,
                       "What ends it (default: SIGINT as fly, SIGTERM as railway)");
    command.add_option("--kill-timeout", flags.kill_timeout,
                       "Killed so long after that (default: 5s as fly, 3s as railway)");
    command.add_option("--ready-within", flags.ready_within,
                       "Given up when it is not healthy by then (default 5s)");
    command.add_option("--memory", flags.memory, "Killed above so many MiB")
        ->capture_default_str()
        ->check(CLI::Range(1, 1 << 20));
    command.add_option("--volume", flags.volume,
                       "A folder that outlives it; rolls stop the old instance first");
    command.add_option("--auto-stop", flags.auto_stop,
                       "Stop it after so long without a request; the next one starts it");
    command.add_option("--user", flags.user, "Run it as this user (for root)")
        ->check(CLI::Range(0, 1 << 30));
    command
        .add_option("COMMAND", flags.command,
                    "After --: the command; {port} and {volume} in it are replaced")
        ->required();
}

}  // namespace

void add_platform(CLI::App& app, const Globals& globals, Action& action) {
    auto* group = app.add_subcommand("platform", "A platform's manners, on this machine");
    group->require_subcommand(1);
    auto* command =
        group->add_subcommand("run", "Run a program as Fly.io or Railway do, and judge it");
    const auto flags = std::make_shared<RunFlags>();
    add_flags(*command, *flags);
    command->callback([flags, &globals, &action] {
        action = [flags, &globals] {
            const auto code = run(*flags, globals);
            return code ? *code : report(code.error(), globals);
        };
    });
}

}  // namespace apilab::cli
