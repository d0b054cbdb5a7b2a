// apilab radar check: which of my dependencies should I upgrade today?

#include <fmt/core.h>

#include <algorithm>
#include <cstdio>

#include "apilab/base/duration.hpp"
#include "apilab/base/rng.hpp"
#include "apilab/base/try.hpp"
#include "apilab/http/date.hpp"
#include "apilab/radar/report_json.hpp"
#include "apilab/radar/report_text.hpp"
#include "apilab/runtime/real_scheduler.hpp"
#include "apilab/sandbox/sandbox.hpp"
#include "apilab/sandbox/world.hpp"
#include "apilab/transport/asio_transport.hpp"
#include "apilab/transport/loopback_transport.hpp"
#include "command.hpp"
#include "environment.hpp"
#include "progress.hpp"
#include "radar/radar.hpp"
#include "radar/radar_session.hpp"

namespace apilab::cli {
namespace {

struct CheckFlags {
    std::vector<std::string> paths;
    SourceFlags sources;
    std::string offline;
    std::string as_of;
    std::string fail_on;
    std::string deadline;
    std::size_t limit = 0;
};

struct Settings {
    radar::DecideOptions decide;
    std::optional<radar::Severity> fail_on;
    Duration deadline = radar::GatherOptions().deadline;
    std::vector<radar::RadarInput> inputs;
};

Result<Duration> read_deadline(const std::string& text) {
    auto duration = parse_duration(text);
    if (!duration) {
        return fail(std::move(duration).error().in("--deadline"));
    }
    if (*duration < std::chrono::milliseconds(1) || *duration > std::chrono::hours(1)) {
        return fail(Error(ErrorKind::invalid_argument, "--deadline '" + text + "' is out of range")
                        .with_remedy("give 1ms to 1h"));
    }
    return duration;
}

Result<Settings> read_settings(const CheckFlags& flags) {
    Settings settings;
    settings.decide.as_of = RealClock().system_now();
    if (!flags.as_of.empty()) {
        const auto time = http::parse_iso_time(flags.as_of);
        if (!time) {
            return fail(
                Error(ErrorKind::invalid_argument, "--as-of '" + flags.as_of + "' is no time")
                    .with_remedy("write 2026-11-22 or 2026-11-22T10:00:00Z"));
        }
        settings.decide.as_of = *time;
    }
    if (!flags.deadline.empty()) {
        APILAB_TRY(settings.deadline, read_deadline(flags.deadline));
    }
    if (!flags.fail_on.empty()) {
        settings.fail_on = radar::parse_severity(flags.fail_on);
    }
    for (const auto& path : flags.paths) {
        APILAB_TRY(auto input, radar::read_input(path));
        settings.inputs.push_back(std::move(input));
    }
    return settings;
}

int print_reports(const std::vector<radar::Report>& reports, const Settings& settings,
                  const CheckFlags& flags, const Globals& globals) {
    const Terminal out = globals.out();
    radar::ReportTextOptions text{.width = out.is_terminal ? out.width : 0, .colour = out.color};
    if (flags.limit > 0) {
        text.limits.decisions_max = flags.limit;
    }
    if (globals.json) {
        fmt::print("{}\n", reports.size() == 1 ? radar::report_json(reports.front(), text.limits)
                                               : radar::report_json(reports, text.limits));
    }
    int code = 0;
    for (const auto& report : reports) {
        if (!globals.json) {
            fmt::print("{}", radar::report_text(report, text));
        }
        code = std::max(code, radar::exit_code(report, settings.fail_on));
    }
    return code;
}

Result<std::vector<radar::Report>> check_all(RadarSession& session, Settings& settings,
                                             bool simulated, const Globals& globals) {
    std::vector<radar::Report> reports;
    for (auto& input : settings.inputs) {
        Progress progress("asking npm, OSV and GitHub", globals.err(), globals.quiet);
        radar::GatherOptions gather{.deadline = settings.deadline};
        gather.progress = [&](std::size_t done, std::size_t known) {
            progress.update(done, known);
        };
        reports.push_back(
            session.check(std::move(input), settings.decide, simulated, std::move(gather)));
    }
    return reports;
}

Result<std::vector<radar::Report>> check_live(const CheckFlags& flags, Settings& settings,
                                              const Globals& globals) {
    const auto project = settings.inputs.front().file.parent_path();
    APILAB_TRY(const auto urls, find_sources(flags.sources, project));
    runtime::RealScheduler scheduler;
    // Where the sources share an origin (the sandbox), the pool must not be narrower than their
    // lanes together.
    const radar::GatherOptions lanes;
    transport::AsioTransport transport(
        scheduler, {.connections_per_origin =
                        lanes.npm_concurrency + lanes.osv_concurrency + lanes.github_concurrency,
                    .ca_file = environment("APILAB_CA_FILE").value_or(std::string())});
    APILAB_TRY(auto session, RadarSession::make(scheduler, transport, urls, fresh_seed()));
    const bool simulated = is_sandbox(scheduler, transport, urls.osv);
    return check_all(*session, settings, simulated, globals);
}

// Recorded data through the same stack, without a socket: the sandbox's npm and OSV over that
// folder. GitHub is not in it, and is reported as failed.
Result<std::vector<radar::Report>> check_offline(const CheckFlags& flags, Settings& settings,
                                                 const Globals& globals) {
    const sandbox::WorldOptions world_options{.data_dir = flags.offline};
    APILAB_TRY(const auto world, sandbox::make_world(world_options));
    for (const auto& warning : world.warnings) {
        fmt::print(stderr, "note: {}\n", warning);
    }
    auto providers = sandbox::make_providers(world, world_options);
    std::erase_if(providers, [](const auto& provider) { return provider->name() == "github"; });
    runtime::RealScheduler scheduler;
    APILAB_TRY(auto box, sandbox::Sandbox::make(scheduler, {.providers = std::move(providers)}));
    transport::LoopbackTransport transport(scheduler, *box);
    APILAB_TRY(const auto origin, http::Url::parse("http://offline.invalid"));
    const SourceUrls urls{
        .npm = origin.with("/npm"), .osv = origin.with("/osv"), .github = origin.with("/github")};
    APILAB_TRY(auto session, RadarSession::make(scheduler, transport, urls, 1));
    return check_all(*session, settings, false, globals);
}

ExitCode check(const CheckFlags& flags, const Globals& globals) {
    auto settings = read_settings(flags);
    if (!settings) {
        return report(settings.error(), globals);
    }
    const auto reports = flags.offline.empty() ? check_live(flags, *settings, globals)
                                               : check_offline(flags, *settings, globals);
    if (!reports) {
        return report(reports.error(), globals);
    }
    return static_cast<ExitCode>(print_reports(*reports, *settings, flags, globals));
}

}  // namespace

void add_radar_check(CLI::App& group, const Globals& globals, Action& action) {
    auto* command =
        group.add_subcommand("check", "Read lockfiles, ask npm, OSV and GitHub, decide");
    const auto flags = std::make_shared<CheckFlags>();
    command
        ->add_option("PATH", flags->paths,
                     "package-lock.json (v1, v2, v3), package.json, or a folder with one")
        ->default_val(std::vector<std::string>{"."});
    command->add_option("--registry", flags->sources.registry,
                        "The npm registry (default: as npm has it)");
    command->add_option("--osv-url", flags->sources.osv_url, "OSV (APILAB_OSV_URL)");
    command->add_option("--github-url", flags->sources.github_url,
                        "GitHub's API (APILAB_GITHUB_URL)");
    command->add_option("--offline", flags->offline,
                        "Send nothing: recorded npm and OSV data in this folder");
    command->add_option("--as-of", flags->as_of, "Decide as of this time (2026-11-22 or RFC 3339)");
    command->add_option("--deadline", flags->deadline,
                        "For each PATH; what was not answered by then failed (default 5m)");
    command->add_option("--limit", flags->limit, "Show at most so many decisions (default all)");
    command
        ->add_option("--fail-on", flags->fail_on, "Exit 6 for an advisory at or above this level")
        ->check(CLI::IsMember({"low", "moderate", "high", "critical"}));
    command->callback([flags, &globals, &action] {
        action = [flags, &globals] { return check(*flags, globals); };
    });
}

}  // namespace apilab::cli
