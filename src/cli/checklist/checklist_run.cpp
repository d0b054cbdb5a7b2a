// apilab checklist run | init

#include <fmt/core.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <mutex>

#include "apilab/base/file.hpp"
#include "apilab/base/try.hpp"
#include "checklist/checklist_commands.hpp"
#include "checklist/episodes.hpp"
#include "checklist/manifest_template.hpp"
#include "checklist/report.hpp"
#include "checklist/selection.hpp"
#include "progress.hpp"

namespace apilab::cli {
namespace {

namespace fs = std::filesystem;

constexpr int jobs_max = 8;

struct RunFlags {
    std::string against = ".";
    checklist::Selection selection;
    std::uint64_t seed = 1;
    int jobs = 2;
    std::string markdown;
    std::string html;
    std::string keep;
};

bool is_url(std::string_view text) {
    return text.starts_with("http://") || text.starts_with("https://");
}

// Before minutes are spent: is there a manifest, and can the reports be written? A service that
// runs already needs none.
Result<void> check_places(const fs::path& folder, const RunFlags& flags) {
    std::error_code ignored;
    const auto file = folder / checklist::manifest_name;
    if (!is_url(flags.against) && !fs::exists(file, ignored)) {
        return fail(Error(ErrorKind::invalid_argument,
                          fmt::format("{} is not there: it says how the service is run and what it "
                                      "talks to",
                                      file.lexically_normal().string()))
                        .with_remedy(fmt::format("apilab checklist init {}",
                                                 folder.lexically_normal().string())));
    }
    for (const auto& [flag, name] :
         {std::pair("--markdown", flags.markdown), std::pair("--html", flags.html)}) {
        const auto parent = fs::absolute(name, ignored).parent_path();
        if (!name.empty() && (!fs::is_directory(parent, ignored) || fs::is_directory(name))) {
            return fail(ErrorKind::invalid_argument,
                        fmt::format("{}: {} is no place for a file", flag, name));
        }
    }
    return {};
}

// Episodes end on several threads.
class EpisodeCount {
public:
    EpisodeCount(std::size_t known, const Globals& globals)
        : known_(known), bar_("episodes", globals.err(), globals.quiet) {
        bar_.update(0, known_);
    }
    void told(bool over) {
        const std::lock_guard lock(mutex_);
        done_ += over ? 1 : 0;
        bar_.update(done_, known_);
    }

private:
    std::mutex mutex_;
    std::size_t done_ = 0;
    std::size_t known_;
    Progress bar_;
};

Result<void> write_reports(const checklist::Report& report, const RunFlags& flags) {
    if (!flags.markdown.empty()) {
        APILAB_CHECK(write_file_atomically(flags.markdown, report_markdown(report)));
    }
    if (!flags.html.empty()) {
        APILAB_CHECK(write_file_atomically(flags.html, report_html(report)));
    }
    return {};
}

Result<ExitCode> run(const RunFlags& flags, const Globals& globals) {
    const bool runs_already = is_url(flags.against);
    const fs::path folder = runs_already ? "." : flags.against;
    APILAB_CHECK(check_places(folder, flags));
    APILAB_TRY(const auto items, sandbox::built_in_checklist());
    std::vector<std::string> known;
    for (const auto& plan : checklist::episode_plans()) {
        known.emplace_back(plan.id);
    }
    APILAB_TRY(const auto plan,
               checklist::plan_of(items, flags.selection, checklist::all_rules(), known));
    checklist::RunOptions options{
        .folder = folder,
        .url = runs_already ? flags.against : "",
        .seed = flags.seed,
        .episodes = plan.episodes,
        .files_only = plan.episodes.empty(),
        .jobs = flags.jobs,
        .keep = flags.keep.empty() ? folder / ".apilab/checklist" : fs::path(flags.keep),
        .progress = {}};
    EpisodeCount episodes(plan.episodes.size(), globals);
    options.progress = [&episodes](std::string_view, bool over) { episodes.told(over); };
    APILAB_TRY(const auto seen, checklist::observe(options));
    const auto report =
        checklist::report_of(seen, checklist::fill_in(plan.items, seen), flags.seed);
    APILAB_CHECK(write_reports(report, flags));
    const auto summary = checklist::summary_of(report.lines);
    if (globals.json) {
        fmt::print("{}\n", checklist::report_json(report));
    } else {
        const auto out = globals.out();
        fmt::print("{}\n{}\n", checklist::report_text(report, out, globals.verbosity > 0),
                   out.bold(checklist::sentence_of(summary)));
        const bool nothing_ran = !runs_already && !plan.episodes.empty() && report.episodes.empty();
        fmt::print("{}", checklist::next_steps(report, flags.against, nothing_ran));
    }
    return checklist::exit_code_of(summary);
}

Result<ExitCode> init(const std::string& folder, const Globals& globals) {
    const auto file = (fs::path(folder) / checklist::manifest_name).lexically_normal();
    std::error_code ignored;
    if (fs::exists(file, ignored)) {
        return fail(
            Error(ErrorKind::invalid_argument, fmt::format("{} is there already", file.string()))
                .with_remedy(fmt::format("apilab checklist run --against {}", folder)));
    }
    if (!fs::is_directory(folder, ignored)) {
        return fail(ErrorKind::invalid_argument, fmt::format("{} is no folder", folder));
    }
    APILAB_CHECK(write_file_atomically(file, checklist::manifest_template()));
    if (globals.json) {
        fmt::print("{}\n", checklist::created_json(file.string()));
    } else if (!globals.quiet) {
        fmt::print(
            "{} is yours to fill in, `command` of [service] first: without it nothing is run\n"
            "then: apilab checklist run --against {}\n",
            file.string(), folder);
    }
    return ExitCode::success;
}

}  // namespace

void add_checklist_run(CLI::App& checklist, const Globals& globals, const ChecklistAct& act) {
    auto flags = std::make_shared<RunFlags>();
    auto* fill = checklist.add_subcommand(
        "run", "Fills it in: runs a service against a sandbox, and reads its folder");
    fill->add_option("--against", flags->against,
                     "The service's folder, with integrations.toml; or the URL of one that runs")
        ->type_name("DIR|URL")
        ->capture_default_str();
    fill->add_option("--group", flags->selection.group, "A to K");
    fill->add_option("--day", flags->selection.day, "What a day teaches")->check(CLI::Range(1, 14));
    fill->add_option("--item", flags->selection.items, "This item; may be given again")
        ->type_name("ID");
    fill->add_option("--episode", flags->selection.episodes,
                     "What this episode shows, and only it is run; may be given again")
        ->type_name("ID");
    fill->add_option("--seed", flags->seed, "What the faults are drawn from")
        ->capture_default_str();
    fill->add_option("--jobs", flags->jobs, "Episodes at a time")
        ->check(CLI::Range(1, jobs_max))
        ->capture_default_str();
    fill->add_option("--markdown", flags->markdown, "Write a report fit for a pull request")
        ->type_name("FILE");
    fill->add_option("--html", flags->html, "Write a report for a browser")->type_name("FILE");
    fill->add_option("--keep", flags->keep,
                     "Where journals and logs are kept [.apilab/checklist in the folder]")
        ->type_name("DIR");
    fill->footer(
        "Examples:\n  apilab checklist run\n"
        "  apilab checklist run --against services/orders --markdown checklist.md\n"
        "  apilab checklist run --item C05 -v\n\n"
        "3: an item fails. 5: none fails, and an automatic one was not tested. 0: neither.");
    act(fill, [flags, &globals] { return run(*flags, globals); });
    auto folder = std::make_shared<std::string>(".");
    auto* begin = checklist.add_subcommand("init", "Writes an integrations.toml to begin with");
    begin->add_option("DIR", *folder, "The service's folder")->capture_default_str();
    begin->footer("Examples:\n  apilab checklist init services/orders");
    act(begin, [folder, &globals] { return init(*folder, globals); });
}

}  // namespace apilab::cli
