// The run of a checklist: what is read of the folder, and the episodes, some at a time.

#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <optional>
#include <span>
#include <system_error>
#include <utility>

#include "apilab/base/file.hpp"
#include "apilab/base/suggestion.hpp"
#include "apilab/base/temporary_folder.hpp"
#include "apilab/base/try.hpp"
#include "apilab/runtime/real_scheduler.hpp"
#include "apilab/runtime/signals.hpp"
#include "apilab/runtime/task_group.hpp"
#include "apilab/sandbox/world.hpp"
#include "checklist/episode_run.hpp"
#include "checklist/episodes.hpp"
#include "checklist/folder_files.hpp"
#include "checklist/live_service.hpp"
#include "checklist/run.hpp"

namespace apilab::cli::checklist {

using runtime::Task;

namespace {

namespace fs = std::filesystem;

constexpr int jobs_max = 16;

Result<std::vector<const EpisodePlan*>> chosen_plans(const std::vector<std::string>& wanted) {
    std::vector<std::string> known;
    std::vector<const EpisodePlan*> plans;
    for (const auto& plan : episode_plans()) {
        known.emplace_back(plan.id);
        if (wanted.empty() || std::ranges::find(wanted, plan.id) != wanted.end()) {
            plans.push_back(&plan);
        }
    }
    for (const auto& id : wanted) {
        if (std::ranges::find(known, id) == known.end()) {
            const auto meant = closest(id, known);
            return fail(Error(ErrorKind::invalid_argument, fmt::format("no episode '{}'", id))
                            .with_remedy(meant.empty()
                                             ? fmt::format("there are {}", fmt::join(known, ", "))
                                             : fmt::format("did you mean {}?", meant)));
        }
    }
    return plans;
}

/// The episodes under way; `jobs` tasks take one after another.
struct Work {
    Ground& ground;
    std::vector<const EpisodePlan*> plans;
    const RunOptions& options;
    std::size_t next = 0;
    bool interrupted = false;
    std::map<std::string, Episode> done = {};
};

void tell(const RunOptions& options, std::string_view episode, bool over) {
    if (options.progress) {
        options.progress(episode, over);
    }
}

Task<void> work_through(Work& work) {
    while (work.next < work.plans.size() && !work.interrupted) {
        const auto& plan = *work.plans[work.next++];
        tell(work.options, plan.id, false);
        auto episode = co_await run_episode(work.ground, plan);
        work.done[std::string(plan.id)] = std::move(episode);
        tell(work.options, plan.id, true);
    }
}

Task<void> work_together(Work& work, runtime::TaskGroup& group) {
    const int jobs = std::clamp(work.options.jobs, 1, jobs_max);
    for (int i = 0; i < jobs; ++i) {
        group.spawn(work_through(work));
    }
    co_await group.join();
}

Result<Manifest> read_manifest(const RunOptions& options, std::string& text) {
    const auto file = options.folder / manifest_name;
    std::error_code failed;
    if (!fs::exists(file, failed)) {
        if (!options.url.empty()) {
            Manifest manifest;  // what can be asked of everybody
            manifest.name = options.url;
            return manifest;
        }
        return fail(Error(ErrorKind::invalid_argument,
                          fmt::format("{}: there is no {}", options.folder.string(), manifest_name))
                        .with_remedy("it says how the service is run and whom it talks to: "
                                     "apilab checklist init writes one to begin with"));
    }
    APILAB_TRY(text, read_file(file, manifest_bytes_max));
    return parse_manifest(text);
}

Result<void> read_around(const RunOptions& options, Observed& seen) {
    APILAB_TRY(seen.manifest, read_manifest(options, seen.manifest_text));
    if (seen.manifest_text.empty()) {
        return {};  // only a URL is known
    }
    const auto root = options.folder / seen.manifest.root;
    APILAB_TRY(seen.files, read_folder(root, seen.manifest.parts));
    APILAB_TRY(const auto project, deploy::read_project(root));
    seen.deployment = deploy::check_project(project);
    return {};
}

std::map<std::string, Episode> cannot_be_run(std::span<const EpisodePlan* const> plans) {
    std::map<std::string, Episode> all;
    for (const auto* plan : plans) {
        Episode episode;
        episode.id = plan->id;
        episode.trouble =
            "a service that runs already is not started, stopped or given providers: run the "
            "checklist against its folder";
        all.emplace(plan->id, std::move(episode));
    }
    return all;
}

Result<void> run_episodes(const RunOptions& options, std::vector<const EpisodePlan*> plans,
                          Observed& seen) {
    APILAB_TRY(const auto world, sandbox::make_world({.seed = options.seed}));
    runtime::RealScheduler scheduler;
    if (!options.url.empty()) {
        APILAB_TRY(const auto base, http::Url::parse(options.url));
        seen.episodes = cannot_be_run(plans);
        tell(options, "live", false);
        seen.episodes["live"] =
            runtime::run(scheduler, ask_live(scheduler, seen.manifest, base, world, options.seed));
        tell(options, "live", true);
        return {};
    }
    if (seen.manifest.service.command.empty()) {
        return {};
    }
    APILAB_TRY(const auto folder, TemporaryFolder::make("apilab-checklist-"));
    std::error_code ignored;
    Ground ground{.scheduler = scheduler,
                  .manifest = seen.manifest,
                  .folder = fs::absolute(options.folder, ignored).lexically_normal(),
                  .work = folder.path(),
                  .keep = options.keep,
                  .seed = options.seed,
                  .world = world,
                  .ports = {}};
    Work work{.ground = ground, .plans = std::move(plans), .options = options};
    runtime::TaskGroup group(scheduler);
    // Who is interrupted leaves no process behind either.
    const runtime::Signals signals(scheduler, {SIGINT, SIGTERM}, [&](int /*number*/) {
        work.interrupted = true;
        group.cancel();
    });
    runtime::run(scheduler, work_together(work, group));
    if (work.interrupted) {
        return fail(ErrorKind::cancelled, "the run was interrupted; all that it started has ended");
    }
    seen.episodes = std::move(work.done);
    return {};
}

}  // namespace

Result<Observed> observe(const RunOptions& options) {
    APILAB_TRY(auto plans, chosen_plans(options.episodes));
    Observed seen;
    APILAB_CHECK(read_around(options, seen));
    if (!options.files_only) {
        APILAB_CHECK(run_episodes(options, std::move(plans), seen));
    }
    return seen;
}

}  // namespace apilab::cli::checklist
