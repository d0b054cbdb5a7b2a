#include "apilab/radar/osv.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <numeric>
#include <unordered_map>
#include <utility>

#include "apilab/http/date.hpp"
#include "apilab/radar/internal/semver_text.hpp"

namespace apilab::radar {
namespace {

using http::Json;
using Kind = OsvEvent::Kind;

constexpr std::string_view npm = "npm";
constexpr std::size_t id_size_max = 256;

std::optional<SystemTime> time_field(Json object, std::string_view key) {
    const auto text = object[key].string();
    return text ? http::parse_iso_time(*text) : std::nullopt;
}

std::vector<std::string> strings(Json list) {
    std::vector<std::string> out;
    for (const Json element : list.elements()) {
        if (const auto text = element.string()) {
            out.emplace_back(*text);
        }
    }
    return out;
}

std::vector<OsvSeverity> severities(Json list) {
    std::vector<OsvSeverity> out;
    for (const Json element : list.elements()) {
        if (const auto score = element["score"].string()) {
            out.push_back({std::string(element["type"].string_or("")), std::string(*score)});
        }
    }
    return out;
}

OsvRange parse_range(Json value) {
    static constexpr std::array<std::pair<std::string_view, Kind>, 4> kinds = {
        {{"introduced", Kind::introduced},
         {"fixed", Kind::fixed},
         {"last_affected", Kind::last_affected},
         {"limit", Kind::limit}}};
    OsvRange range;
    const std::string_view type = value["type"].string_or("");
    if (type == "GIT") {
        range.type = OsvRange::Type::git;
    } else if (type == "ECOSYSTEM") {
        range.type = OsvRange::Type::ecosystem;
    } else if (type != "SEMVER") {
        range.type = OsvRange::Type::other;
    }
    for (const Json event : value["events"].elements()) {
        for (const auto& [key, kind] : kinds) {
            if (const auto version = event[key].string()) {
                range.events.push_back({kind, std::string(*version), coerce_version(*version)});
            }
        }
    }
    return range;
}

OsvAffected parse_affected(Json value) {
    OsvAffected affected;
    affected.ecosystem = value["package"]["ecosystem"].string_or("");
    affected.package = value["package"]["name"].string_or("");
    for (const Json range : value["ranges"].elements()) {
        affected.ranges.push_back(parse_range(range));
    }
    affected.versions = strings(value["versions"]);
    affected.severities = severities(value["severity"]);
    return affected;
}

bool is_id(std::string_view id) {
    return !id.empty() && id.size() <= id_size_max &&
           std::ranges::all_of(id, [](char c) { return c > ' ' && c <= '~'; });
}

Error refuse(const std::string& pointer, std::string message) {
    return Error(ErrorKind::decode, std::move(message))
        .with_detail(pointer)
        .in("OSV record: " + (pointer.empty() ? "top level" : pointer));
}

/// Before every version; an `introduced` that cannot be read counts as that.
bool is_start(const OsvEvent& event) {
    return event.version == "0" || !event.semver;
}

bool is_inside(const OsvRange& range, const SemVer& version) {
    if (range.type != OsvRange::Type::semver && range.type != OsvRange::Type::ecosystem) {
        return false;
    }
    std::vector<const OsvEvent*> events;
    bool limited = false;
    bool below_a_limit = false;
    for (const OsvEvent& event : range.events) {
        if (event.kind == Kind::limit) {
            limited = true;
            below_a_limit =
                below_a_limit || event.version == "*" || !event.semver || version < *event.semver;
        } else if (event.kind == Kind::introduced || event.semver) {
            events.push_back(&event);
        }
    }
    if (limited && !below_a_limit) {
        return false;
    }
    std::ranges::sort(events, [](const OsvEvent* a, const OsvEvent* b) {
        if (is_start(*a) != is_start(*b)) {
            return is_start(*a);
        }
        if (!is_start(*a) && *a->semver != *b->semver) {
            return *a->semver < *b->semver;
        }
        return a < b;  // at the same version the record's own order decides
    });
    bool inside = false;
    for (const OsvEvent* event : events) {
        if (event->kind == Kind::introduced) {
            inside = inside || is_start(*event) || version >= *event->semver;
        } else if (event->kind == Kind::fixed) {
            inside = inside && version < *event->semver;
        } else {
            inside = inside && version <= *event->semver;
        }
    }
    return inside;
}

bool is_named(const std::vector<std::string>& versions, const SemVer& version) {
    return std::ranges::any_of(versions, [&](const std::string& text) {
        const auto named = SemVer::parse(text, SemVerMode::loose);
        return named && *named == version;
    });
}

bool is_about(const OsvAffected& affected, std::string_view package) {
    return affected.ecosystem == npm && affected.package == package;
}

std::optional<OsvScore> computed_score(const std::vector<OsvSeverity>& list) {
    for (const std::string_view type : {"CVSS_V3", "CVSS_V2"}) {
        for (const OsvSeverity& severity : list) {
            if (severity.type != type) {
                continue;
            }
            if (const auto score = cvss_base_score(severity.score)) {
                return OsvScore{*score, score->severity().value_or(Severity::low),
                                fmt::format("CVSS {}.{}", score->tenths / 10, score->tenths % 10)};
            }
        }
    }
    return std::nullopt;
}

}  // namespace

bool OsvRecord::malicious() const {
    const auto is_mal = [](const std::string& name) { return name.starts_with("MAL-"); };
    return malware || is_mal(id) || std::ranges::any_of(aliases, is_mal);
}

Result<OsvRecord> parse_osv(Json value) {
    if (!value.is_object()) {
        return fail(refuse("", "not an object"));
    }
    OsvRecord record;
    record.id = value["id"].string_or("");
    if (!is_id(record.id)) {
        return fail(refuse("/id", "not an id of 1 to 256 printable characters"));
    }
    const auto modified = time_field(value, "modified");
    if (!modified) {
        return fail(refuse("/modified", "not an RFC 3339 time"));
    }
    record.modified = *modified;
    record.published = time_field(value, "published");
    record.withdrawn = time_field(value, "withdrawn");
    record.aliases = strings(value["aliases"]);
    std::erase_if(record.aliases, [](const std::string& alias) { return !is_id(alias); });
    record.summary = value["summary"].string_or("");
    record.severities = severities(value["severity"]);
    record.word = parse_severity(value["database_specific"]["severity"].string_or(""));
    for (const Json affected : value["affected"].elements()) {
        record.affected.push_back(parse_affected(affected));
    }
    return record;
}

bool affects(const OsvRecord& record, std::string_view package, const SemVer& version) {
    if (record.withdrawn) {
        return false;
    }
    return std::ranges::any_of(record.affected, [&](const OsvAffected& affected) {
        return is_about(affected, package) &&
               (is_named(affected.versions, version) ||
                std::ranges::any_of(affected.ranges, [&](const OsvRange& range) {
                    return is_inside(range, version);
                }));
    });
}

bool mentions(const OsvRecord& record, std::string_view package) {
    return std::ranges::any_of(record.affected,
                               [&](const auto& affected) { return is_about(affected, package); });
}

std::vector<SemVer> fixed_versions(const OsvRecord& record, std::string_view package) {
    std::vector<SemVer> out;
    for (const OsvAffected& affected : record.affected) {
        if (!is_about(affected, package)) {
            continue;
        }
        for (const OsvRange& range : affected.ranges) {
            for (const OsvEvent& event : range.events) {
                if (range.type != OsvRange::Type::git && event.kind == Kind::fixed &&
                    event.semver) {
                    out.push_back(*event.semver);
                }
            }
        }
    }
    std::ranges::sort(out);
    const auto repeated = std::ranges::unique(out);
    out.erase(repeated.begin(), repeated.end());
    return out;
}

OsvScore score_of(const OsvRecord& record, std::string_view package) {
    for (const OsvAffected& affected : record.affected) {
        if (is_about(affected, package)) {
            if (auto score = computed_score(affected.severities)) {
                return *std::move(score);
            }
        }
    }
    if (auto score = computed_score(record.severities)) {
        return *std::move(score);
    }
    if (record.word) {
        const CvssScore middle = midpoint(*record.word);
        return {middle, *record.word,
                fmt::format("severity {}, taken as CVSS {}.{}", to_string(*record.word),
                            middle.tenths / 10, middle.tenths % 10)};
    }
    return {{}, Severity::low, "no severity that can be scored"};
}

std::vector<std::vector<std::size_t>> group_by_alias(std::span<const OsvRecord> records) {
    std::vector<std::size_t> parent(records.size());
    std::iota(parent.begin(), parent.end(), std::size_t{0});
    const auto find = [&parent](std::size_t i) {
        while (parent[i] != i) {
            i = parent[i] = parent[parent[i]];
        }
        return i;
    };
    std::unordered_map<std::string_view, std::size_t> owner;
    for (std::size_t i = 0; i < records.size(); ++i) {
        const auto claim = [&](const std::string& name) {
            const auto [at, first] = owner.try_emplace(name, i);
            const std::size_t a = find(i);
            const std::size_t b = find(at->second);
            parent[std::max(a, b)] = std::min(a, b);
        };
        claim(records[i].id);
        std::ranges::for_each(records[i].aliases, claim);
    }
    std::vector<std::vector<std::size_t>> groups;
    std::unordered_map<std::size_t, std::size_t> place;
    for (std::size_t i = 0; i < records.size(); ++i) {
        const auto [at, first] = place.try_emplace(find(i), groups.size());
        if (first) {
            groups.emplace_back();
        }
        groups[at->second].push_back(i);
    }
    return groups;
}

std::optional<SemVer> coerce_version(std::string_view text) {
    if (auto exact = SemVer::parse(text, SemVerMode::loose)) {
        return exact;
    }
    text = internal::trim(text);
    if (text.size() > SemVer::length_max) {
        return std::nullopt;
    }
    // Fill up `1` and `1.0-rc1` to three numbers and read again.
    const std::size_t head_end = std::min(text.find_first_not_of("v=0123456789."), text.size());
    const std::string_view head = text.substr(0, head_end);
    const auto dots = std::ranges::count(head, '.');
    if (dots > 1 || head.empty() || !internal::is_digit(head.back())) {
        return std::nullopt;
    }
    const std::string filled =
        std::string(head) + (dots == 0 ? ".0.0" : ".0") + std::string(text.substr(head_end));
    return SemVer::parse(filled, SemVerMode::loose);
}

}  // namespace apilab::radar
