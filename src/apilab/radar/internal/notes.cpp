#include "apilab/radar/internal/notes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "apilab/http/date.hpp"
#include "apilab/radar/internal/json_fields.hpp"

namespace apilab::radar::internal {
namespace {

const PackumentVersion* entry_of(const Subject& subject, const SemVer& version) {
    return subject.packument() != nullptr ? subject.packument()->find(version) : nullptr;
}

std::string date_of(SystemTime time) {
    return http::format_iso_time(time).substr(0, 10);
}

bool has_tag(const Subject& subject, const SemVer& version) {
    return find_release(subject.facts.releases, subject.dependency.name, version) != nullptr;
}

/// Do this package's releases have tags as a rule? Only then does a missing one mean something:
/// four of five releases around `version`, and at least four.
bool tags_are_the_rule(const Subject& subject, const SemVer& version) {
    constexpr std::ptrdiff_t around = 5;
    const auto& versions = subject.packument()->versions;
    const auto at = std::ranges::lower_bound(versions, version, {}, &PackumentVersion::semver);
    const auto first = at - std::min<std::ptrdiff_t>(around, at - versions.begin());
    const auto last = at + std::min<std::ptrdiff_t>(around + 1, versions.end() - at);
    int tagged = 0;
    int others = 0;
    for (auto it = first; it != last; ++it) {
        if (it->semver != version) {
            ++others;
            tagged += has_tag(subject, it->semver) ? 1 : 0;
        }
    }
    return others >= 4 && tagged * 5 >= others * 4;
}

bool is_untagged(const Subject& subject, const SemVer& version) {
    return subject.facts.github_releases == Answer::known && subject.facts.releases_complete &&
           entry_of(subject, version) != nullptr && !has_tag(subject, version) &&
           tags_are_the_rule(subject, version);
}

std::string quoted(std::string_view text) {
    return readable(text);
}

}  // namespace

std::string age_in_words(Duration age) {
    const auto days = std::chrono::duration_cast<std::chrono::days>(age).count();
    const auto counted = [](long count, std::string_view unit) {
        return fmt::format("{} {}{}", count, unit, count == 1 ? "" : "s");
    };
    if (days < 1) {
        return counted(
            std::max<long>(std::chrono::duration_cast<std::chrono::hours>(age).count(), 0), "hour");
    }
    if (days < 60) {
        return counted(days, "day");
    }
    return days < 730 ? counted(days / 30, "month") : counted(days / 365, "year");
}

void note_installed(const Subject& subject, std::vector<std::string>& notes) {
    const Dependency& dependency = subject.dependency;
    for (const std::string& alias : dependency.aliases) {
        notes.push_back(fmt::format("installed under the name {} (npm alias)", quoted(alias)));
    }
    for (const InstalledVersion& installed : dependency.installed) {
        if (installed.bundled) {
            notes.push_back(fmt::format("{} is bundled inside another package: upgrade that one",
                                        quoted(installed.version)));
        }
        if (subject.packument() != nullptr && !subject.packument()->versions.empty() &&
            entry_of(subject, installed.semver) == nullptr) {
            notes.push_back(fmt::format("npm does not list the installed version {}",
                                        quoted(installed.version)));
        }
    }
    for (const WantedVersion& wanted : dependency.wanted) {
        notes.push_back(
            fmt::format("which version {} means is not known: no installed version was "
                        "checked for it",
                        quoted(wanted.spec.text)));
    }
    if (subject.facts.registry == Answer::unknown) {
        notes.emplace_back("unknown to npm");
    } else if (subject.facts.registry == Answer::failed) {
        notes.emplace_back("npm did not answer for it: candidates are not verified");
    }
    if (!subject.facts.repository_now.empty()) {
        notes.push_back(
            fmt::format("its repository is called {} now", quoted(subject.facts.repository_now)));
    }
    if (subject.facts.osv == Answer::failed) {
        notes.emplace_back("OSV did not answer for it: advisories may be missing");
    } else if (subject.facts.osv == Answer::known && !subject.facts.osv_complete) {
        notes.emplace_back(
            "only advisories about the installed versions were asked for: the candidate may have "
            "others");
    }
}

void note_candidate(const Subject& subject, const std::vector<const InstalledVersion*>& replaced,
                    const Candidate& candidate, std::vector<std::string>& notes) {
    if (candidate.rollback) {
        notes.emplace_back("no higher version is clean: this goes back to the last that was");
    }
    if (candidate.entry == nullptr) {
        notes.push_back(fmt::format("{} is what the advisories call fixed; not checked against npm",
                                    candidate.text));
        return;
    }
    const PackumentVersion& entry = *candidate.entry;
    if (entry.published) {
        const Duration age = subject.options.as_of - *entry.published;
        const bool young = age < subject.options.cool_down;
        notes.push_back(fmt::format("{} was published {} ({} ago){}", entry.text,
                                    date_of(*entry.published), age_in_words(age),
                                    young ? ", inside the cool-down" : ""));
    } else {
        notes.push_back(fmt::format("when {} was published is not known", entry.text));
    }
    if (entry.deprecated) {
        notes.push_back(fmt::format("{} is deprecated itself", entry.text));
    }
    const PackumentVersion* const now = entry_of(subject, replaced.back()->semver);
    if (!entry.engines_node.empty() &&
        (now == nullptr || now->engines_node != entry.engines_node)) {
        const std::string before =
            now == nullptr || now->engines_node.empty() ? "any" : quoted(now->engines_node);
        notes.push_back(
            fmt::format("needs node {} (installed: {})", quoted(entry.engines_node), before));
    }
    const GithubRelease* const release =
        find_release(subject.facts.releases, subject.dependency.name, entry.semver);
    if (release != nullptr && !release->url.empty()) {
        notes.push_back("release notes: " + release->url);
    }
}

void note_constraints(const std::vector<const InstalledVersion*>& replaced,
                      const Candidate& candidate, const Packument* packument,
                      std::vector<std::string>& notes) {
    constexpr int shown_max = 5;
    int shown = 0;
    int hidden = 0;
    for (const InstalledVersion* copy : replaced) {
        for (const Demand& demand : copy->demands) {
            InstalledVersion alone = *copy;
            alone.demands = {demand};
            if (change_for(alone, candidate.version, packument) == Change::in_range) {
                continue;
            }
            if (++shown > shown_max) {
                ++hidden;
                continue;
            }
            const std::string who = demand.by.empty() ? "package.json" : quoted(demand.by);
            notes.push_back(fmt::format("{} asks for {}, which leaves {} out", who,
                                        quoted(demand.range), candidate.text));
        }
        if (copy->demands.empty()) {
            notes.push_back(
                fmt::format("which range {} must satisfy is not known", quoted(copy->version)));
        }
    }
    if (hidden > 0) {
        notes.push_back(fmt::format("{} more ranges leave {} out", hidden, candidate.text));
    }
}

void note_advisories(const Subject& subject, const Exposure& exposure,
                     std::vector<std::string>& notes) {
    const bool both =
        subject.facts.osv == Answer::known && subject.facts.github_advisories == Answer::known;
    for (const KnownRecord& known : exposure.hits) {
        const OsvRecord& record = *known.record;
        if (!record.summary.empty()) {
            notes.push_back(fmt::format("{}: {}", record.id, quoted(record.summary)));
        }
        if (both && known.in_osv != known.in_github && record.id.starts_with("GHSA-")) {
            notes.push_back(
                fmt::format("{} is known to {} only", record.id, known.in_osv ? "OSV" : "GitHub"));
        }
    }
    if (exposure.affected.size() < subject.dependency.installed.size()) {
        std::string list;
        for (const InstalledVersion* copy : exposure.affected) {
            list += list.empty() ? "" : ", ";
            list += quoted(copy->version);
        }
        notes.push_back("affected of the installed versions: " + list);
    }
    if (exposure.malicious) {
        notes.emplace_back(
            "malicious code may have run when it was installed: treat the machine and its secrets "
            "as compromised");
    }
}

std::vector<std::string> join_findings(const Subject& subject,
                                       const std::vector<const InstalledVersion*>& copies,
                                       const Candidate* candidate) {
    std::vector<std::string> notes;
    const Packument* const packument = subject.packument();
    if (packument == nullptr) {
        return notes;
    }
    if (const PackumentVersion* const latest = packument->tagged("latest")) {
        const GithubRelease* const release =
            find_release(subject.facts.releases, subject.dependency.name, latest->semver);
        if (release != nullptr && release->prerelease && !latest->semver.is_prerelease()) {
            notes.push_back(
                fmt::format("npm calls {} latest, GitHub marks it as a pre-release", latest->text));
        }
    }
    std::vector<SemVer> versions;
    versions.reserve(copies.size());
    for (const InstalledVersion* copy : copies) {
        versions.push_back(copy->semver);
    }
    if (candidate != nullptr) {
        versions.push_back(candidate->version);
    }
    for (const SemVer& version : versions) {
        if (is_untagged(subject, version)) {
            notes.push_back(fmt::format(
                "{} was published to npm without a tag on GitHub, unlike the versions around it",
                version.to_string()));
        }
    }
    if (candidate != nullptr && candidate->entry != nullptr && candidate->entry->install_script &&
        std::ranges::none_of(copies, [&](const InstalledVersion* copy) {
            const PackumentVersion* const entry = entry_of(subject, copy->semver);
            return entry == nullptr || entry->install_script;
        })) {
        notes.push_back(fmt::format("{} runs a script when it is installed; {} does not",
                                    candidate->text, quoted(copies.back()->version)));
    }
    return notes;
}

}  // namespace apilab::radar::internal
