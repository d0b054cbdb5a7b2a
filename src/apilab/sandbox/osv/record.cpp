#include "apilab/sandbox/osv/record.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <cctype>

#include "apilab/sandbox/osv/version_order.hpp"

namespace apilab::sandbox::osv {
namespace {

namespace json = boost::json;

json::array events_of(const VersionRange& range) {
    json::array events{json::object{{"introduced", range.introduced}}};
    if (!range.fixed.empty()) {
        events.emplace_back(json::object{{"fixed", range.fixed}});
    } else if (!range.last_affected.empty()) {
        events.emplace_back(json::object{{"last_affected", range.last_affected}});
    }
    return events;
}

json::object entry_of(const Affected& affected) {
    // In a package URL the `@` of a scope is escaped and its slash is not.
    const std::string purl =
        "pkg:npm/" +
        (affected.package.starts_with('@') ? "%40" + affected.package.substr(1) : affected.package);
    json::object entry{{"package", json::object{{"name", affected.package},
                                                {"ecosystem", affected.ecosystem},
                                                {"purl", purl}}}};
    json::array ranges;
    for (const auto& range : affected.ranges) {
        ranges.emplace_back(json::object{{"type", "SEMVER"}, {"events", events_of(range)}});
    }
    if (!ranges.empty()) {
        entry["ranges"] = std::move(ranges);
    }
    if (!affected.versions.empty()) {
        entry["versions"] = json::array(affected.versions.begin(), affected.versions.end());
    }
    return entry;
}

/// One entry per range, as GitHub's database has it, or one per package.
json::array affected_of(const AdvisoryFacts& facts) {
    json::array out;
    for (const auto& affected : facts.affected) {
        if (facts.joined_ranges || affected.ranges.size() < 2) {
            out.emplace_back(entry_of(affected));
            continue;
        }
        for (const auto& range : affected.ranges) {
            auto one = affected;
            one.ranges = {range};
            out.emplace_back(entry_of(one));
        }
    }
    return out;
}

/// LOW, MODERATE, HIGH, CRITICAL; GitHub's own word for the second is "medium".
std::string database_severity(std::string_view severity) {
    std::string out(severity == "medium" ? "moderate" : severity);
    std::ranges::transform(out, out.begin(), [](unsigned char c) { return std::toupper(c); });
    return out;
}

json::object document_of(const AdvisoryFacts& facts) {
    json::object out{{"id", facts.id},
                     {"summary", facts.summary},
                     {"details", facts.summary + "."},
                     {"modified", facts.modified},
                     {"published", facts.published}};
    if (!facts.withdrawn.empty()) {
        out["withdrawn"] = facts.withdrawn;
    }
    if (!facts.cve.empty()) {
        out["aliases"] = json::array{json::string(facts.cve)};
    }
    json::object own{{"cwe_ids", json::array(facts.cwes.begin(), facts.cwes.end())}};
    if (!facts.severity.empty() && facts.severity != "unknown") {
        own["severity"] = database_severity(facts.severity);
    }
    out["database_specific"] = std::move(own);
    if (facts.id.starts_with("GHSA-")) {
        out["references"] = json::array{json::object{
            {"type", "ADVISORY"}, {"url", "https://github.com/advisories/" + facts.id}}};
    }
    out["affected"] = affected_of(facts);
    out["schema_version"] = "1.7.3";
    if (!facts.cvss.empty()) {
        const bool fourth = facts.cvss.starts_with("CVSS:4");
        out["severity"] = json::array{
            json::object{{"type", fourth ? "CVSS_V4" : "CVSS_V3"}, {"score", facts.cvss}}};
    }
    return out;
}

/// Each `introduced` opens a stretch and the next `fixed` or `last_affected` closes it; `limit`
/// ends nothing here (it belongs to GIT ranges). Events come sorted in every record seen.
void read_events(http::Json range, std::vector<VersionRange>& out) {
    bool open = false;
    for (const http::Json event : range["events"].elements()) {
        if (const auto introduced = event["introduced"].string()) {
            out.push_back({.introduced = std::string(*introduced)});
            open = true;
        } else if (!open) {
            continue;
        } else if (const auto fixed = event["fixed"].string()) {
            out.back().fixed = *fixed;
            open = false;
        } else if (const auto last = event["last_affected"].string()) {
            out.back().last_affected = *last;
            open = false;
        }
    }
}

// A repository is a package of the ecosystem GIT, whose versions are its tags.
void read_commits(http::Json entry, Record& out) {
    for (const http::Json range : entry["ranges"].elements()) {
        if (range["type"].string_or("") != "GIT") {
            continue;
        }
        for (const http::Json event : range["events"].elements()) {
            for (const auto* name : {"introduced", "last_affected"}) {
                if (const auto commit = event[name].string(); commit && *commit != "0") {
                    out.commits.emplace_back(*commit);
                }
            }
        }
        Affected tags{.ecosystem = "GIT",
                      .package = std::string(range["repo"].string_or("")),
                      .ranges = {},
                      .versions = {}};
        for (const http::Json version : entry["versions"].elements()) {
            const auto tag = version.string_or("");
            tags.versions.emplace_back(tag);
            tags.versions.emplace_back(tag.substr(tag.starts_with('v') ? 1 : 0));
        }
        if (tags.package.ends_with(".git")) {
            tags.package.resize(tags.package.size() - 4);
        }
        out.affected.push_back(tags);
        tags.package += ".git";
        out.affected.push_back(std::move(tags));
    }
}

Affected read_affected(http::Json entry) {
    Affected out{.ecosystem = std::string(entry["package"]["ecosystem"].string_or("")),
                 .package = std::string(entry["package"]["name"].string_or(""))};
    for (const http::Json range : entry["ranges"].elements()) {
        if (range["type"].string_or("") != "GIT") {
            read_events(range, out.ranges);
        }
    }
    for (const http::Json version : entry["versions"].elements()) {
        out.versions.emplace_back(version.string_or(""));
    }
    return out;
}

}  // namespace

Database::Database(std::vector<Record> records) {
    for (auto& record : records) {
        if (by_id_.contains(record.id)) {
            continue;
        }
        const auto index = records_.size();
        by_id_[record.id] = index;
        for (const auto& affected : record.affected) {
            for (const auto& ecosystem :
                 {std::string_view(affected.ecosystem), base_ecosystem(affected.ecosystem)}) {
                auto& list = by_package_[{std::string(ecosystem), affected.package}];
                if (list.empty() || list.back() != index) {
                    list.push_back(index);
                }
            }
        }
        records_.push_back(std::move(record));
    }
    for (auto& [package, list] : by_package_) {
        std::ranges::sort(list, {}, [&](std::size_t index) { return records_[index].id; });
    }
}

const Record* Database::find(std::string_view id) const {
    const auto found = by_id_.find(id);
    return found == by_id_.end() ? nullptr : &records_[found->second];
}

std::vector<std::string> Database::ids_with_alias(std::string_view alias) const {
    std::vector<std::string> ids;
    for (const auto& [id, index] : by_id_) {
        const auto& aliases = records_[index].aliases;
        if (std::ranges::find(aliases, alias) != aliases.end()) {
            ids.push_back(id);
        }
    }
    return ids;
}

std::vector<const Record*> Database::match(std::string_view ecosystem, std::string_view package,
                                           std::string_view version) const {
    std::vector<const Record*> hits;
    const auto found = by_package_.find({std::string(ecosystem), std::string(package)});
    if (found == by_package_.end()) {
        return hits;
    }
    const auto holds = [&](const Affected& affected) {
        return (affected.ecosystem == ecosystem ||
                base_ecosystem(affected.ecosystem) == ecosystem) &&
               affected.package == package && (version.empty() || holds_version(affected, version));
    };
    for (const auto index : found->second) {
        const auto& record = records_[index];
        if (!record.withdrawn && std::ranges::any_of(record.affected, holds)) {
            hits.push_back(&record);
        }
    }
    return hits;
}

std::vector<const Record*> Database::match_commit(std::string_view commit) const {
    std::vector<const Record*> hits;
    for (const auto& [id, index] : by_id_) {
        const auto& record = records_[index];
        if (!record.withdrawn &&
            std::ranges::find(record.commits, commit) != record.commits.end()) {
            hits.push_back(&record);
        }
    }
    return hits;
}

Record make_record(const AdvisoryFacts& facts) {
    Record out{.id = facts.id,
               .modified = facts.modified,
               .withdrawn = !facts.withdrawn.empty(),
               .affected = facts.affected,
               .text = json::serialize(document_of(facts))};
    if (!facts.cve.empty()) {
        out.aliases.push_back(facts.cve);
    }
    return out;
}

Result<Record> read_record(http::Json document) {
    const auto id = document["id"].string();
    const auto modified = document["modified"].string();
    if (!id || id->empty() || !modified) {
        return fail(ErrorKind::decode, "/id or /modified missing: not an OSV record");
    }
    const auto affected = document["affected"];
    if (!affected.missing() && !affected.is_array() && !affected.is_null()) {
        return fail(ErrorKind::decode, "/affected: not an array");
    }
    Record out{.id = std::string(*id),
               .modified = std::string(*modified),
               .withdrawn = document["withdrawn"].is_string(),
               .text = document.to_text()};
    for (const http::Json alias : document["aliases"].elements()) {
        out.aliases.emplace_back(alias.string_or(""));
    }
    for (const http::Json entry : affected.elements()) {
        if (entry["package"].is_object()) {
            out.affected.push_back(read_affected(entry));
        }
        read_commits(entry, out);
    }
    return out;
}

std::vector<AuditEntry> audit_entries(http::Json document) {
    std::vector<AuditEntry> out;
    std::string severity(document["database_specific"]["severity"].string_or("HIGH"));
    std::ranges::transform(severity, severity.begin(),
                           [](unsigned char c) { return std::tolower(c); });
    for (const http::Json entry : document["affected"].elements()) {
        if (entry["package"]["ecosystem"].string_or("") != "npm" ||
            document["withdrawn"].is_string()) {
            continue;
        }
        AuditEntry audit{.id = std::string(document["id"].string_or("")),
                         .title = std::string(document["summary"].string_or("")),
                         .severity = severity,
                         .affected = read_affected(entry)};
        for (const http::Json cwe : document["database_specific"]["cwe_ids"].elements()) {
            audit.cwes.emplace_back(cwe.string_or(""));
        }
        for (const http::Json one : document["severity"].elements()) {
            if (one["type"].string_or("") == "CVSS_V3") {
                audit.cvss = one["score"].string_or("");
            }
        }
        out.push_back(std::move(audit));
    }
    return out;
}

}  // namespace apilab::sandbox::osv
