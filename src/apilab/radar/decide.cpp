#include "apilab/radar/decide.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "apilab/radar/internal/candidate.hpp"
#include "apilab/radar/internal/command.hpp"
#include "apilab/radar/internal/exposure.hpp"
#include "apilab/radar/internal/json_fields.hpp"
#include "apilab/radar/internal/notes.hpp"
#include "apilab/radar/internal/score.hpp"
#include "apilab/radar/semver_range.hpp"

namespace apilab::radar {
namespace {

using internal::Candidate;
using internal::Exposure;
using internal::KnownRecord;
using internal::Subject;
using internal::Trouble;
using Copies = std::vector<const InstalledVersion*>;

const PackageFacts& facts_of(const RadarFacts& facts, const std::string& package) {
    static const PackageFacts nothing;
    const auto at = facts.packages.find(package);
    return at != facts.packages.end() ? at->second : nothing;
}

SourceStatus status_of(const RadarFacts& facts, std::string_view source) {
    for (const SourceReport& report : facts.sources) {
        if (report.name == source) {
            return report.status;
        }
    }
    return SourceStatus::ok;
}

/// What is wrong with a package, without advisories.
struct Health {
    Copies deprecated;
    std::string deprecation;
    std::string abandoned;
};

Health health_of(const Subject& subject) {
    Health out;
    const Packument* const packument = subject.packument();
    if (subject.facts.archived) {
        out.abandoned = "its repository is archived";
    }
    if (packument == nullptr) {
        return out;
    }
    if (packument->unpublished && packument->versions.empty()) {
        out.abandoned = "every version was unpublished from npm";
    }
    for (const InstalledVersion& installed : subject.dependency.installed) {
        const PackumentVersion* const entry = packument->find(installed.semver);
        if (entry != nullptr && entry->deprecated) {
            out.deprecated.push_back(&installed);
            out.deprecation = entry->deprecation;
        }
    }
    return out;
}

Confidence confidence_of(const RadarFacts& facts, const Subject& subject) {
    const PackageFacts& package = subject.facts;
    const bool osv_lost =
        package.osv != Answer::known || status_of(facts, "osv") == SourceStatus::failed;
    const bool npm_lost =
        package.registry == Answer::failed || status_of(facts, "npm") == SourceStatus::failed;
    if (osv_lost || npm_lost || !subject.dependency.wanted.empty()) {
        return Confidence::low;
    }
    const bool all_fresh = std::ranges::all_of(
        facts.sources, [](const auto& source) { return source.status == SourceStatus::ok; });
    const bool github_lost =
        package.github_releases == Answer::failed || package.github_advisories == Answer::failed;
    if (!all_fresh || github_lost || package.registry == Answer::unknown || !package.osv_complete) {
        return Confidence::partial;
    }
    return Confidence::full;
}

bool is_young(const Candidate& candidate, const DecideOptions& options) {
    return candidate.entry != nullptr && candidate.entry->published &&
           options.as_of - *candidate.entry->published < options.cool_down;
}

/// May the candidate be recommended without a person's look?
bool is_safe_to_recommend(const Candidate& candidate, const Decision& decision,
                          const Copies& replaced, const DecideOptions& options) {
    const bool compatible =
        candidate.change == Change::in_range ||
        (candidate.change == Change::minor &&
         std::ranges::all_of(replaced, [](const auto* copy) { return copy->direct; }));
    return compatible && decision.command && candidate.entry != nullptr && !candidate.rollback &&
           !is_young(candidate, options);
}

/// Fills in candidate, change, command and the notes about them.
void set_candidate(const Subject& subject, const Copies& replaced,
                   const std::optional<Candidate>& candidate, Decision& out) {
    if (candidate) {
        out.candidate = candidate->text;
        out.change = candidate->change;
        out.command = internal::upgrade_command(out.package, replaced, *candidate);
        if (candidate->change != Change::in_range) {
            internal::note_constraints(replaced, *candidate, subject.packument(), out.notes);
        }
        internal::note_candidate(subject, replaced, *candidate, out.notes);
    }
    for (std::string& finding :
         internal::join_findings(subject, replaced, candidate ? &*candidate : nullptr)) {
        out.notes.push_back(std::move(finding));
    }
}

/// Where several copies are affected, one of them may have a nearer fix of its own.
void note_own_fixes(internal::Search search, const Candidate& candidate, Decision& out) {
    const Copies all = search.replace;
    if (all.size() < 2) {
        return;
    }
    for (const InstalledVersion* copy : all) {
        search.replace = {copy};
        const auto own = find_candidate(search);
        if (own && own->text != candidate.text && own->change < candidate.change) {
            out.notes.push_back(fmt::format("for {} alone, {} would do ({})",
                                            internal::readable(copy->version), own->text,
                                            to_string(own->change)));
        }
    }
}

/// A version that would help but for the project's Node.js.
void note_engines(internal::Search search, const std::optional<Candidate>& candidate,
                  Decision& out) {
    if (!search.node_version) {
        return;
    }
    const std::string node = search.node_version->to_string();
    search.node_version.reset();
    const auto other = find_candidate(search);
    if (other && other->entry != nullptr && (!candidate || other->text != candidate->text)) {
        out.notes.push_back(fmt::format("{} was passed over: it needs node {}, the project has {}",
                                        other->text, internal::readable(other->entry->engines_node),
                                        node));
    }
}

/// The advisories name a fix, and npm does not have it (yet, or at that time).
void note_missing_fix(const internal::Search& search, Decision& out) {
    internal::Search named = search;
    named.packument = nullptr;
    const auto fixed = find_candidate(named);
    if (fixed && search.packument != nullptr && search.packument->find(fixed->version) == nullptr) {
        out.notes.push_back(
            fmt::format("the advisories call {} fixed; npm does not list it", fixed->text));
    }
}

class Judge {
public:
    Judge(const DependencySet& set, const RadarFacts& facts, const DecideOptions& options)
        : facts_(facts), options_(options), node_(options.node_version) {
        if (!node_ && !set.engines_node.empty()) {
            if (const auto range =
                    SemVerRange::parse(set.engines_node, {.mode = SemVerMode::loose})) {
                node_ = range->lowest();
            }
        }
    }

    /// Nothing for a package there is nothing to say about.
    std::optional<Decision> judge(const Dependency& dependency) const {
        const Subject subject{dependency, facts_of(facts_, dependency.name), options_};
        const auto records =
            internal::known_records(dependency.name, subject.facts, options_.as_of);
        const Exposure exposure = internal::find_exposure(dependency, records);
        const Health health = health_of(subject);
        Decision out = start(subject);
        if (!exposure.hits.empty()) {
            exposed(subject, records, exposure, health, out);
        } else if (!health.deprecated.empty()) {
            deprecated(subject, records, health, out);
        } else if (!health.abandoned.empty()) {
            score(Trouble::abandoned, {}, out);
            out.notes.push_back("abandoned: " + health.abandoned);
            internal::note_installed(subject, out.notes);
        } else if (!remarkable(subject, out)) {
            return std::nullopt;
        }
        return out;
    }

private:
    Decision start(const Subject& subject) const {
        const Dependency& dependency = subject.dependency;
        Decision out;
        out.package = dependency.name;
        for (const InstalledVersion& installed : dependency.installed) {
            out.installed.push_back(installed.version);
        }
        out.direct = dependency.direct();
        out.dev = dependency.dev();
        out.confidence = confidence_of(facts_, subject);
        return out;
    }

    static void score(Trouble trouble, const OsvScore& worst, Decision& out) {
        internal::Score result = internal::score({.trouble = trouble,
                                                  .change = out.change,
                                                  .worst = worst,
                                                  .direct = out.direct,
                                                  .dev = out.dev});
        out.score = result.total;
        out.points = std::move(result.points);
    }

    internal::Search search(const Subject& subject, const Copies& replace,
                            const std::vector<KnownRecord>& records) const {
        return {.dependency = &subject.dependency,
                .replace = replace,
                .records = &records,
                .packument = subject.packument(),
                .as_of = options_.as_of,
                .node_version = node_};
    }

    void exposed(const Subject& subject, const std::vector<KnownRecord>& records,
                 const Exposure& exposure, const Health& health, Decision& out) const {
        for (const KnownRecord& known : exposure.hits) {
            out.advisories.push_back(known.record->id);
        }
        out.aliases = internal::aliases_of(exposure.hits, records);
        out.level = exposure.worst.level;
        internal::note_advisories(subject, exposure, out.notes);
        internal::Search wanted = search(subject, exposure.affected, records);
        wanted.allow_rollback = exposure.malicious;
        const auto candidate = find_candidate(wanted);
        set_candidate(subject, exposure.affected, candidate, out);
        if (candidate) {
            note_own_fixes(wanted, *candidate, out);
        }
        note_engines(wanted, candidate, out);
        if (!candidate) {
            note_missing_fix(wanted, out);
            out.action = Action::mitigate;
            if (exposure.malicious && out.direct) {
                out.command = fmt::format("npm uninstall {}{}",
                                          out.package.starts_with('-') ? "-- " : "", out.package);
            }
        } else {
            out.action = is_safe_to_recommend(*candidate, out, exposure.affected, options_)
                             ? Action::upgrade
                             : Action::decide;
        }
        if (!health.deprecated.empty()) {
            out.notes.push_back("deprecated: " + internal::readable(health.deprecation));
        }
        if (!health.abandoned.empty()) {
            out.notes.push_back("abandoned: " + health.abandoned);
        }
        internal::note_installed(subject, out.notes);
        score(exposure.malicious ? Trouble::malicious : Trouble::exposed, exposure.worst, out);
    }

    void deprecated(const Subject& subject, const std::vector<KnownRecord>& records,
                    const Health& health, Decision& out) const {
        out.notes.push_back("deprecated: " + internal::readable(health.deprecation));
        internal::Search wanted = search(subject, health.deprecated, records);
        wanted.allow_deprecated = false;
        const auto candidate = find_candidate(wanted);
        set_candidate(subject, health.deprecated, candidate, out);
        note_engines(wanted, candidate, out);
        const bool near = candidate && candidate->change != Change::major;
        if (near) {
            out.action = is_safe_to_recommend(*candidate, out, health.deprecated, options_)
                             ? Action::upgrade
                             : Action::decide;
        }
        if (!health.abandoned.empty()) {
            out.notes.push_back("abandoned: " + health.abandoned);
        }
        internal::note_installed(subject, out.notes);
        score(Trouble::deprecated, {}, out);
    }

    /// Nothing is wrong; is there still something that must be said?
    bool remarkable(const Subject& subject, Decision& out) const {
        Copies copies;
        for (const InstalledVersion& installed : subject.dependency.installed) {
            copies.push_back(&installed);
        }
        out.notes = internal::join_findings(subject, copies, nullptr);
        // A source that failed as a whole is told once, not for every package.
        const bool npm_silent = subject.facts.registry == Answer::failed &&
                                status_of(facts_, "npm") != SourceStatus::failed;
        const bool osv_silent =
            subject.facts.osv == Answer::failed && status_of(facts_, "osv") != SourceStatus::failed;
        const bool unsettled =
            !subject.dependency.wanted.empty() && status_of(facts_, "npm") != SourceStatus::failed;
        const bool unknown = subject.facts.registry == Answer::unknown;
        if (out.notes.empty() && !npm_silent && !osv_silent && !unsettled && !unknown) {
            return false;
        }
        internal::note_installed(subject, out.notes);
        return true;
    }

    const RadarFacts& facts_;
    const DecideOptions& options_;
    std::optional<SemVer> node_;
};

/// Was any advisory source heard about any installed version?
bool were_advisories_evaluated(const DependencySet& set, const RadarFacts& facts) {
    if (set.dependencies.empty()) {
        return true;
    }
    return std::ranges::any_of(set.dependencies, [&](const Dependency& dependency) {
        const PackageFacts& package = facts_of(facts, dependency.name);
        return !dependency.installed.empty() &&
               (package.osv == Answer::known || package.github_advisories == Answer::known);
    });
}

SourceFailure worst_failure(const RadarFacts& facts) {
    // Advisories are OSV's first: why it failed says more than why another did.
    for (const std::string_view name : {"osv", "npm", "github"}) {
        for (const SourceReport& source : facts.sources) {
            if (source.name == name && source.failure != SourceFailure::none) {
                return source.failure;
            }
        }
    }
    return SourceFailure::unreachable;
}

CallStory add_up(const std::vector<CallStory>& stories) {
    CallStory sum;
    for (const CallStory& story : stories) {
        sum.operations += story.operations;
        sum.attempts += story.attempts;
        sum.not_modified += story.not_modified;
        sum.bytes += story.bytes;
        sum.time_ms += story.time_ms;
        for (const auto& [cause, wait] : story.wait_ms) {
            const auto at = std::ranges::find(sum.wait_ms, cause, &WaitsMs::value_type::first);
            if (at == sum.wait_ms.end()) {
                sum.wait_ms.emplace_back(cause, wait);
            } else {
                at->second += wait;
            }
        }
    }
    return sum;
}

}  // namespace

Report decide(const DependencySet& set, const RadarFacts& facts, const DecideOptions& options,
              std::string input) {
    Report report;
    report.as_of = options.as_of;
    report.input = std::move(input);
    report.packages = set.packages();
    report.sources = facts.sources;
    report.calls = add_up(facts.calls);
    report.calls_by_source = facts.calls;
    report.simulated = facts.simulated;
    report.left_out = set.left_out;
    report.notes = set.notes;
    report.advisories_evaluated = were_advisories_evaluated(set, facts);
    if (!report.advisories_evaluated) {
        report.failure = worst_failure(facts);
    }
    const Judge judge(set, facts, options);
    for (const Dependency& dependency : set.dependencies) {
        if (auto decision = judge.judge(dependency)) {
            report.decisions.push_back(*std::move(decision));
        }
    }
    std::ranges::sort(report.decisions, [](const Decision& a, const Decision& b) {
        return a.score != b.score ? a.score > b.score : a.package < b.package;
    });
    return report;
}

}  // namespace apilab::radar
