#include "apilab/radar/internal/exposure.hpp"

#include <algorithm>
#include <set>

namespace apilab::radar::internal {
namespace {

bool same_vulnerability(const OsvRecord& a, const OsvRecord& b) {
    const auto lists = [](const OsvRecord& record, const std::string& name) {
        return std::ranges::find(record.aliases, name) != record.aliases.end();
    };
    return a.id == b.id || lists(a, b.id) || lists(b, a.id);
}

bool counts(const OsvRecord& record, const std::string& package, SystemTime as_of) {
    return !record.withdrawn && mentions(record, package) &&
           !(record.published && *record.published > as_of);
}

}  // namespace

std::vector<KnownRecord> known_records(const std::string& package, const PackageFacts& facts,
                                       SystemTime as_of) {
    std::vector<KnownRecord> out;
    for (const OsvRecord& record : facts.osv_records) {
        if (counts(record, package, as_of)) {
            out.push_back({&record, true, false});
        }
    }
    const std::size_t from_osv = out.size();
    for (const OsvRecord& record : facts.github_records) {
        if (!counts(record, package, as_of)) {
            continue;
        }
        bool shared = false;
        for (std::size_t i = 0; i < from_osv; ++i) {
            if (same_vulnerability(*out[i].record, record)) {
                out[i].in_github = true;
                shared = true;
            }
        }
        if (!shared) {
            out.push_back({&record, false, true});
        }
    }
    std::ranges::sort(out, {}, [](const KnownRecord& known) { return known.record->id; });
    return out;
}

Exposure find_exposure(const Dependency& dependency, const std::vector<KnownRecord>& records) {
    Exposure out;
    for (const KnownRecord& known : records) {
        const bool hit =
            std::ranges::any_of(dependency.installed, [&](const InstalledVersion& installed) {
                return affects(*known.record, dependency.name, installed.semver);
            });
        if (!hit) {
            continue;
        }
        out.malicious = out.malicious || known.record->malicious();
        OsvScore score = score_of(*known.record, dependency.name);
        if (known.record->malicious()) {
            score.level = Severity::critical;
        }
        const Severity level =
            out.hits.empty() ? score.level : std::max(out.worst.level, score.level);
        if (out.hits.empty() || score.score > out.worst.score) {
            out.worst = std::move(score);
        }
        out.worst.level = level;
        out.hits.push_back(known);
    }
    for (const InstalledVersion& installed : dependency.installed) {
        if (std::ranges::any_of(out.hits, [&](const KnownRecord& known) {
                return affects(*known.record, dependency.name, installed.semver);
            })) {
            out.affected.push_back(&installed);
        }
    }
    return out;
}

std::vector<std::pair<std::string, std::vector<std::string>>> aliases_of(
    const std::vector<KnownRecord>& hits, const std::vector<KnownRecord>& records) {
    std::vector<OsvRecord> names;
    for (const KnownRecord& known : records) {
        OsvRecord& name = names.emplace_back();
        name.id = known.record->id;
        name.aliases = known.record->aliases;
    }
    const auto groups = group_by_alias(names);
    std::vector<std::pair<std::string, std::vector<std::string>>> out;
    for (const KnownRecord& hit : hits) {
        for (const auto& group : groups) {
            std::set<std::string> all;
            for (const std::size_t i : group) {
                all.insert(names[i].id);
                all.insert(names[i].aliases.begin(), names[i].aliases.end());
            }
            if (all.erase(hit.record->id) > 0 && !all.empty() &&
                std::ranges::any_of(group,
                                    [&](std::size_t i) { return names[i].id == hit.record->id; })) {
                out.emplace_back(hit.record->id, std::vector(all.begin(), all.end()));
            }
        }
    }
    return out;
}

}  // namespace apilab::radar::internal
