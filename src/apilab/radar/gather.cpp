#include "apilab/radar/gather.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "apilab/runtime/semaphore.hpp"
#include "apilab/runtime/task_group.hpp"

namespace apilab::radar {

using runtime::Task;

namespace {

// One source during a run: how many requests may be under way, and whether it is worth asking on.
struct Lane {
    Lane(runtime::Scheduler& scheduler, std::string source, std::size_t concurrency,
         std::size_t most_failures)
        : name(std::move(source)), permits(scheduler, concurrency), failures_max(most_failures) {}

    // A 404 is an answer; so is every other refusal of one item that says nothing of the source.
    static bool is_unknown(const Error& error) { return error.status() == 404; }

    [[nodiscard]] bool given_up() const { return failures_in_a_row >= failures_max; }
    void succeeded() {
        failures_in_a_row = 0;
        ++answers;
    }
    void failed(const Error& error) {
        ++failures_in_a_row;
        ++failures;
        if (!first_error) {
            first_error = error;
        }
    }

    std::string name;
    runtime::Semaphore permits;
    std::size_t failures_max;
    std::size_t failures_in_a_row = 0;
    std::size_t failures = 0;
    std::size_t answers = 0;
    std::optional<Error> first_error;
};

Sources until(const Sources& sources, SteadyTime deadline) {
    return {.npm = sources.npm.until(deadline),
            .osv = sources.osv.until(deadline),
            .github = sources.github.until(deadline)};
}

class Gatherer {
public:
    Gatherer(runtime::Scheduler& scheduler, const Sources& sources, DependencySet& set,
             GatherOptions options)
        : scheduler_(scheduler),
          deadline_(scheduler.now() + options.deadline),
          sources_(until(sources, deadline_)),
          set_(set),
          options_(std::move(options)),
          npm_(scheduler, "npm", options_.npm_concurrency, options_.failures_max),
          osv_(scheduler, "osv", options_.osv_concurrency, options_.failures_max),
          github_(scheduler, "github", options_.github_concurrency, options_.failures_max) {}

    Task<RadarFacts> run();

private:
    Task<void> settle_wanted_ranges();
    Task<void> ask_registry(provider::Npm npm, Dependency& dependency, provider::Npm::Form form);
    Task<void> ask_osv_hits();
    Task<void> ask_osv_records(const Dependency& dependency);
    Task<void> ask_github_advisories();
    Task<void> ask_github_after_its_registry_documents();
    void spawn_registry(runtime::TaskGroup& group, provider::Npm::Form form);
    Task<void> ask_the_rest();
    Task<void> ask_github_releases(std::string package, GithubRepository repository);
    Task<void> ask_github_repository(std::string package, GithubRepository repository);
    Task<void> ask_all_releases();
    [[nodiscard]] PackageFacts& facts_of(const std::string& package) {
        return facts_.packages[package];
    }
    [[nodiscard]] bool is_hit(const std::string& package) const { return hit_.contains(package); }
    // The full document is needed where publish times or the repository matter.
    [[nodiscard]] provider::Npm::Form form_of(const Dependency& dependency) const {
        const bool full = dependency.direct() || is_hit(dependency.name);
        return full ? provider::Npm::Form::full : provider::Npm::Form::abbreviated;
    }
    [[nodiscard]] SourceReport report(const Lane& lane) const;
    // Between now and the deadline, for a question that others wait for.
    [[nodiscard]] SteadyTime halfway() const {
        const auto now = scheduler_.now();
        return now + (std::max(deadline_, now) - now) / 2;
    }
    void unread(std::string_view operation, http::Json json, std::string_view place,
                const Error& error) const;
    void drifted(std::string_view operation, data::Drift drift) const;
    void begun() { ++known_; }
    void ended() {
        ++done_;
        if (options_.progress) {
            options_.progress(done_, known_);
        }
    }

    runtime::Scheduler& scheduler_;
    SteadyTime deadline_;
    Sources sources_;
    DependencySet& set_;
    GatherOptions options_;
    Lane npm_;
    Lane osv_;
    Lane github_;
    RadarFacts facts_;
    // Packages with an installed version that an OSV record hits.
    std::set<std::string, std::less<>> hit_;
    std::size_t done_ = 0;
    std::size_t known_ = 0;
};

void Gatherer::drifted(std::string_view operation, data::Drift drift) const {
    if (options_.on_drift) {
        data::DriftReport report;
        report.counts.at(static_cast<std::size_t>(drift.kind)) = drift.times;
        report.entries.push_back(std::move(drift));
        options_.on_drift(operation, report);
    }
}

// Our own readers say what they cannot do without, and where it should have been: below `place`.
void Gatherer::unread(std::string_view operation, http::Json json, std::string_view place,
                      const Error& error) const {
    if (error.kind() != ErrorKind::decode) {
        return;
    }
    const auto there = json.at_pointer(error.detail());
    const auto kind = there.missing()   ? data::DriftKind::missing
                      : there.is_null() ? data::DriftKind::null
                                        : data::DriftKind::wrong_type;
    const std::string pattern = std::string(place) + error.detail();
    drifted(operation,
            {.kind = kind, .pointer = pattern, .pattern = pattern, .expected = error.message()});
}

Task<void> Gatherer::ask_registry(provider::Npm npm, Dependency& dependency,
                                  provider::Npm::Form form) {
    begun();
    PackageFacts& facts = facts_of(dependency.name);
    facts.registry = Answer::failed;
    const auto permit = co_await npm_.permits.acquire();
    if (permit && !npm_.given_up()) {
        auto document = co_await npm.packument(dependency.name, form);
        auto packument = document ? parse_packument(document->root())
                                  : Result<Packument>(fail(std::move(document).error()));
        if (document && !packument) {
            unread("npm get_packument", document->root(), "", packument.error());
        }
        if (packument) {
            npm_.succeeded();
            if (packument->unreadable_versions > 0) {
                drifted("npm get_packument", {.kind = data::DriftKind::wrong_type,
                                              .pointer = "/versions/*",
                                              .pattern = "/versions/*",
                                              .expected = "a version of SemVer and its manifest",
                                              .times = packument->unreadable_versions});
            }
            facts.registry = Answer::known;
            facts.packument = std::move(*packument);
            settle_wanted(dependency, *facts.packument, options_.as_of);
        } else if (Lane::is_unknown(packument.error())) {
            npm_.succeeded();
            facts.registry = Answer::unknown;
        } else {
            npm_.failed(packument.error());
        }
    }
    ended();
}

// Ranges of a package.json become versions only by what the registry has: asked before the rest.
Task<void> Gatherer::settle_wanted_ranges() {
    const auto npm = sources_.npm.until(halfway());
    runtime::TaskGroup group(scheduler_);
    for (auto& dependency : set_.dependencies) {
        if (!dependency.wanted.empty()) {
            group.spawn(ask_registry(npm, dependency, provider::Npm::Form::full));
        }
    }
    co_await group.join_or_cancel();
}

// Those that were not asked before and need this form.
void Gatherer::spawn_registry(runtime::TaskGroup& group, provider::Npm::Form form) {
    for (auto& dependency : set_.dependencies) {
        if (form_of(dependency) == form &&
            facts_of(dependency.name).registry == Answer::not_asked) {
            group.spawn(ask_registry(sources_.npm, dependency, form));
        }
    }
}

Task<void> Gatherer::ask_osv_hits() {
    begun();
    std::vector<provider::Osv::Package> packages;
    std::vector<const Dependency*> owners;
    for (const auto& dependency : set_.dependencies) {
        for (const auto& installed : dependency.installed) {
            packages.push_back({.name = dependency.name, .version = installed.version});
            owners.push_back(&dependency);
        }
    }
    if (packages.empty()) {
        ended();
        co_return;
    }
    const auto osv = sources_.osv.until(halfway());
    const auto hits = co_await osv.query_batch(std::move(packages));
    for (const auto* owner : owners) {
        facts_of(owner->name).osv = hits ? Answer::known : Answer::failed;
    }
    ended();
    if (!hits) {
        osv_.failed(hits.error());
        co_return;
    }
    osv_.succeeded();
    for (std::size_t i = 0; i < owners.size(); ++i) {
        if (!(*hits)[i].empty()) {
            hit_.insert(owners[i]->name);
        }
    }
}

Task<void> Gatherer::ask_osv_records(const Dependency& dependency) {
    begun();
    PackageFacts& facts = facts_of(dependency.name);
    facts.osv = Answer::failed;
    const auto permit = co_await osv_.permits.acquire();
    if (permit && !osv_.given_up()) {
        const auto pages = co_await sources_.osv.query({.name = dependency.name});
        if (pages) {
            osv_.succeeded();
            facts.osv = Answer::known;
            for (const auto& page : *pages) {
                for (const auto& vuln : page.root()["vulns"].elements()) {
                    if (auto record = parse_osv(vuln)) {
                        facts.osv_records.push_back(std::move(*record));
                    } else {
                        facts.osv = Answer::failed;  // a record we cannot read is not "no record"
                        osv_.failed(record.error());
                        unread("osv query", vuln, "/vulns/*", record.error());
                    }
                }
            }
        } else {
            osv_.failed(pages.error());
        }
    }
    ended();
}

Task<void> Gatherer::ask_github_advisories() {
    begun();
    std::vector<std::string> affects;
    for (const auto& dependency : set_.dependencies) {
        for (const auto& installed : dependency.installed) {
            affects.push_back(dependency.name + "@" + installed.version);
        }
    }
    if (affects.empty()) {
        ended();
        co_return;
    }
    const auto permit = co_await github_.permits.acquire();
    const auto pages = co_await sources_.github.npm_advisories(std::move(affects));
    auto answer = pages ? Answer::known : Answer::failed;
    std::vector<OsvRecord> records;
    if (pages) {
        github_.succeeded();
        for (const auto& page : *pages) {
            for (const auto& advisory : page.root().elements()) {
                if (auto record = parse_github_advisory(advisory)) {
                    records.push_back(std::move(*record));
                } else {
                    answer = Answer::failed;
                    github_.failed(record.error());
                    unread("github list_advisories", advisory, "/*", record.error());
                }
            }
        }
    } else {
        github_.failed(pages.error());
    }
    for (const auto& dependency : set_.dependencies) {
        PackageFacts& facts = facts_of(dependency.name);
        facts.github_advisories = answer;
        std::ranges::copy_if(
            records, std::back_inserter(facts.github_records),
            [&](const OsvRecord& record) { return mentions(record, dependency.name); });
    }
    ended();
}

Task<void> Gatherer::ask_github_releases(std::string package, GithubRepository repository) {
    begun();
    PackageFacts& facts = facts_of(package);
    facts.github_releases = Answer::failed;
    const auto permit = co_await github_.permits.acquire();
    if (permit && !github_.given_up()) {
        const auto pages = co_await sources_.github.releases(repository.owner, repository.name);
        if (pages) {
            github_.succeeded();
            facts.github_releases = Answer::known;
            for (const auto& page : *pages) {
                facts.releases_complete = page.root().size() < 100;
                for (const auto& value : page.root().elements()) {
                    if (auto release = parse_github_release(value)) {
                        facts.releases.push_back(std::move(*release));
                    } else {
                        facts.releases_complete = false;
                        unread("github list_releases", value, "/*", release.error());
                    }
                }
            }
        } else if (Lane::is_unknown(pages.error())) {
            github_.succeeded();
            facts.github_releases = Answer::unknown;
        } else {
            github_.failed(pages.error());
        }
        if (pages && options_.repository_facts) {
            co_await ask_github_repository(std::move(package), std::move(repository));
        }
    }
    ended();
}

// Within the permit of its releases.
Task<void> Gatherer::ask_github_repository(std::string package, GithubRepository repository) {
    const auto said = co_await sources_.github.repository(repository.owner, repository.name);
    if (said) {
        github_.succeeded();
        if (options_.on_drift && !said->drift.none()) {
            options_.on_drift("github get_repository", said->drift);
        }
        PackageFacts& facts = facts_of(package);
        facts.archived = said->repository.archived.value_or(false);
        facts.repository_now = said->renamed ? said->repository.full_name : "";
    } else if (!Lane::is_unknown(said.error())) {
        github_.failed(said.error());
    }
}

// Hit packages first: where only so many may be asked, those are worth it.
Task<void> Gatherer::ask_all_releases() {
    std::vector<const Dependency*> order;
    for (const auto& dependency : set_.dependencies) {
        const auto& facts = facts_of(dependency.name);
        const bool hit = is_hit(dependency.name) || !facts.github_records.empty();
        if (facts.packument && facts.packument->repository && (hit || dependency.direct())) {
            order.insert(hit ? order.begin() : order.end(), &dependency);
        }
    }
    order.resize(std::min(order.size(), options_.repositories_max));
    runtime::TaskGroup group(scheduler_);
    for (const auto* dependency : order) {
        group.spawn(ask_github_releases(dependency->name,
                                        *facts_of(dependency->name).packument->repository));
    }
    co_await group.join_or_cancel();
}

// Which repositories are worth asking stands in the advisories and the full documents; the short
// ones, by far the most, need not be waited for.
Task<void> Gatherer::ask_github_after_its_registry_documents() {
    runtime::TaskGroup group(scheduler_);
    group.spawn(ask_github_advisories());
    spawn_registry(group, provider::Npm::Form::full);
    co_await group.join_or_cancel();
    if (!co_await runtime::cancelled()) {
        co_await ask_all_releases();
    }
}

SourceReport Gatherer::report(const Lane& lane) const {
    SourceReport report{.name = lane.name, .as_of = options_.as_of};
    if (lane.failures > 0) {
        report.status = SourceStatus::failed;
        report.error = lane.first_error->to_string();
        report.failure = failure_of(*lane.first_error);
        if (lane.answers == 0) {
            report.as_of.reset();
        }
    }
    return report;
}

Task<void> Gatherer::ask_the_rest() {
    runtime::TaskGroup group(scheduler_);
    group.spawn(ask_github_after_its_registry_documents());
    for (const auto& dependency : set_.dependencies) {
        if (is_hit(dependency.name)) {
            group.spawn(ask_osv_records(dependency));
        }
    }
    spawn_registry(group, provider::Npm::Form::abbreviated);
    co_await group.join_or_cancel();
}

Task<RadarFacts> Gatherer::run() {
    for (const auto& dependency : set_.dependencies) {
        facts_.packages[dependency.name];  // the map grows no more: references into it stay good
    }
    co_await settle_wanted_ranges();
    // What would be begun after a cancellation would not hear of it.
    if (!co_await runtime::cancelled()) {
        // First what is hit: it decides which documents are needed.
        co_await ask_osv_hits();
    }
    if (!co_await runtime::cancelled()) {
        co_await ask_the_rest();
    }
    facts_.sources = {report(npm_), report(osv_), report(github_)};
    co_return std::move(facts_);
}

}  // namespace

Task<RadarFacts> gather(runtime::Scheduler& scheduler, const Sources& sources, DependencySet& set,
                        GatherOptions options) {
    Gatherer gatherer(scheduler, sources, set, std::move(options));
    co_return co_await gatherer.run();
}

std::vector<CallStory> call_stories(const client::CallStats& stats) {
    std::vector<CallStory> stories;
    for (const char* name : {"npm", "osv", "github"}) {
        const auto found = stats.by_provider().find(name);
        if (found == stats.by_provider().end()) {
            continue;
        }
        const auto& totals = found->second;
        using std::chrono::milliseconds;
        CallStory story{.name = name,
                        .operations = totals.calls,
                        .attempts = totals.attempts,
                        .not_modified = totals.not_modified,
                        .bytes = totals.bytes_received,
                        .time_ms = totals.span() / milliseconds(1)};
        for (const auto& [cause, wait] : totals.waits) {
            story.wait_ms.emplace_back(to_string(cause), wait.total / milliseconds(1));
        }
        stories.push_back(std::move(story));
    }
    return stories;
}

}  // namespace apilab::radar
