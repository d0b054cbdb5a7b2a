// apilab run: the whole thing at work, for somebody who has never seen it.

#include <fmt/core.h>

#include <cstdio>

#include "apilab/base/duration.hpp"
#include "apilab/base/try.hpp"
#include "apilab/http/date.hpp"
#include "apilab/radar/lockfile.hpp"
#include "apilab/radar/report_text.hpp"
#include "apilab/runtime/real_scheduler.hpp"
#include "apilab/sandbox/host.hpp"
#include "apilab/sandbox/judge/judge.hpp"
#include "apilab/sandbox/judge/report.hpp"
#include "apilab/transport/asio_transport.hpp"
#include "command.hpp"
#include "example_project.hpp"
#include "progress.hpp"
#include "radar/radar_session.hpp"
#include "sandbox_setup.hpp"
#include "table.hpp"

namespace apilab::cli {
namespace {

struct RunFlags {
    std::string path;
    std::uint64_t seed = 7;
    SourceFlags sources;
};

// The seed world's clock stands here; a later date would only make everything look old.
constexpr auto example_day = "2026-11-22T10:00:00Z";

std::string milliseconds_text(std::int64_t ms) {
    return ms == 0 ? "-" : format_duration(std::chrono::milliseconds(ms));
}

std::string story_text(const radar::Report& report, const Terminal& out) {
    Table table({"source", ">calls", ">attempts", ">304", ">bytes", ">time", ">backoff",
                 ">told to wait", ">others' limit"});
    for (const auto& story : report.calls_by_source) {
        const auto waited = [&](std::string_view cause) {
            for (const auto& [name, ms] : story.wait_ms) {
                if (name == cause) {
                    return milliseconds_text(ms);
                }
            }
            return std::string("-");
        };
        table.add({story.name, std::to_string(story.operations), std::to_string(story.attempts),
                   std::to_string(story.not_modified), std::to_string(story.bytes),
                   milliseconds_text(story.time_ms), waited("backoff"), waited("retry_after"),
                   waited("rate_limit")});
    }
    return table.to_string(out);
}

Result<radar::RadarInput> example_input() {
    const auto text = [](std::string_view name) {
        for (const auto& file : example_project()) {
            if (file.name == name) {
                return file.bytes;
            }
        }
        return std::string_view();
    };
    APILAB_TRY(auto dependencies,
               radar::read_dependencies(text("package-lock.json"), text("package.json")));
    return radar::RadarInput{"examples/webshop/package-lock.json", std::move(dependencies)};
}

void print_heading(const Terminal& out, int number, std::string_view title) {
    fmt::print("\n{}\n\n", out.bold(fmt::format("{}. {}", number, title)));
}

Result<ExitCode> simulate(const RunFlags& flags, radar::RadarInput input, const Globals& globals) {
    const Terminal out = globals.out();
    runtime::RealScheduler scheduler;
    APILAB_TRY(const auto box, make_sandbox(scheduler, {.scenario = "flaky", .seed = flags.seed}));
    sandbox::SandboxHost host(scheduler, *box, {.port = 0, .admin_port = 0});
    APILAB_CHECK(host.start());
    fmt::print(
        "sandbox on {}: scenario flaky, seed {} (503s, a 429 with Retry-After, a reset, slow "
        "replies)\n",
        host.origin(), flags.seed);

    transport::AsioTransport transport(scheduler);
    APILAB_TRY(const auto origin, http::Url::parse(host.origin()));
    const SourceUrls urls{
        .npm = origin.with("/npm"), .osv = origin.with("/osv"), .github = origin.with("/github")};
    APILAB_TRY(auto session, RadarSession::make(scheduler, transport, urls, flags.seed));
    Progress progress("asking npm, OSV and GitHub", globals.err(), globals.quiet);
    radar::GatherOptions gather;
    gather.progress = [&](std::size_t done, std::size_t known) { progress.update(done, known); };
    const radar::DecideOptions decide{.as_of = *http::parse_iso_time(example_day)};
    auto again = input;
    const auto report = session->check(std::move(input), decide, true, gather);

    print_heading(out, 1, "Which dependencies should this project upgrade today?");
    fmt::print("{}", radar::report_text(
                         report, {.width = out.is_terminal ? out.width : 0, .colour = out.color}));
    print_heading(out, 2, "The story of the calls");
    fmt::print(
        "{}(waits are added up over calls that run side by side)\n"
        "\nthe same question again, a moment later (unchanged documents are not sent twice):\n\n",
        story_text(report, out));
    const auto second = session->check(std::move(again), decide, true, std::move(gather));
    fmt::print("{}", story_text(second, out));

    box->stop_run();
    APILAB_TRY(const auto verdict,
               sandbox::judge_run(*box, {.deadline = std::chrono::seconds(60)}));
    print_heading(out, 3, "The judge's verdict on our own client, from the sandbox's journal");
    fmt::print("{}", sandbox::report_text(verdict, {.colour = out.color, .all_checks = false}));
    runtime::run(scheduler, host.stop(std::chrono::seconds(1)));
    return verdict.verdict == sandbox::Verdict::fail ? ExitCode::verdict_failed : ExitCode::success;
}

void print_next(const Terminal& out) {
    print_heading(out, 4, "What to type next");
    Table table({"", ""});
    table.add({"./lab learn day01_retries --compare",
               "day 1: the tempting retry loop against the right one"});
    table.add(
        {"./lab run path/to/package-lock.json", "the same question about a project of yours"});
    table.add({"build/release/bin/apilab sandbox serve --scenario flaky",
               "the sandbox for a client of yours"});
    table.add({"./lab test", "everything that is claimed, checked"});
    table.hide_heading();
    fmt::print("{}", table.to_string(out));
}

// A stranger's file: the live sources where they can be reached, else the simulation, said plainly.
Result<std::optional<ExitCode>> live(const RunFlags& flags, const radar::RadarInput& input,
                                     const Globals& globals) {
    const auto urls = find_sources(flags.sources, input.file.parent_path());
    if (!urls) {
        fmt::print("The live sources were not asked: {}.\n", urls.error().to_string());
        return std::nullopt;
    }
    runtime::RealScheduler scheduler;
    transport::AsioTransport transport(scheduler);
    APILAB_TRY(auto session, RadarSession::make(scheduler, transport, *urls, fresh_seed()));
    Progress progress("asking npm, OSV and GitHub", globals.err(), globals.quiet);
    radar::GatherOptions gather;
    gather.progress = [&](std::size_t done, std::size_t known) { progress.update(done, known); };
    const auto report =
        session->check(input, {.as_of = RealClock().system_now()}, false, std::move(gather));
    if (!report.advisories_evaluated) {
        fmt::print("The live sources could not be reached:\n");
        for (const auto& source : report.sources) {
            fmt::print("  {}: {}\n", source.name, source.error.value_or("no answer"));
        }
        return std::nullopt;
    }
    const Terminal out = globals.out();
    fmt::print(
        "{}\n{}",
        radar::report_text(report, {.width = out.is_terminal ? out.width : 0, .colour = out.color}),
        story_text(report, out));
    return ExitCode::success;
}

Result<ExitCode> run_all(const RunFlags& flags, const Globals& globals) {
    if (flags.path.empty()) {
        APILAB_TRY(auto input, example_input());
        return simulate(flags, std::move(input), globals);
    }
    APILAB_TRY(auto input, radar::read_input(flags.path));
    APILAB_TRY(const auto code, live(flags, input, globals));
    if (code) {
        return *code;
    }
    fmt::print(
        "What follows is a SIMULATION with the sandbox's built-in records. It says nothing about "
        "the\n"
        "real state of {}: a package that is missing here is not a safe one.\n\n",
        input.file.string());
    return simulate(flags, std::move(input), globals);
}

ExitCode run(const RunFlags& flags, const Globals& globals) {
    if (globals.json) {
        return report(Error(ErrorKind::invalid_argument, "run is shown to people and has no --json")
                          .with_remedy("radar check --json and sandbox run --json have its parts"),
                      globals);
    }
    const auto code = run_all(flags, globals);
    if (!code) {
        return report(code.error(), globals);
    }
    print_next(globals.out());
    return *code;
}

}  // namespace

void add_run(CLI::App& app, const Globals& globals, Action& action) {
    auto* command =
        app.add_subcommand("run", "Show the whole thing at work: sandbox, radar, judge");
    const auto flags = std::make_shared<RunFlags>();
    command->add_option("PATH", flags->path,
                        "A lockfile or folder of yours (default: the example project)");
    command->add_option("--seed", flags->seed, "Same seed, same faults")->capture_default_str();
    command->add_option("--registry", flags->sources.registry, "The npm registry for PATH");
    command->callback([flags, &globals, &action] {
        action = [flags, &globals] { return run(*flags, globals); };
    });
}

}  // namespace apilab::cli
