#include "apilab/radar/github_facts.hpp"

#include <algorithm>
#include <utility>

#include "apilab/http/date.hpp"
#include "apilab/radar/internal/semver_text.hpp"

namespace apilab::radar {
namespace {

using http::Json;
using Kind = OsvEvent::Kind;

Error refuse(std::string_view what, const std::string& pointer, std::string message) {
    return Error(ErrorKind::decode, std::move(message))
        .with_detail(pointer)
        .in(std::string(what) + ": " + (pointer.empty() ? "top level" : pointer));
}

std::optional<SystemTime> read_time(Json value) {
    const auto text = value.string();
    return text ? http::parse_iso_time(*text) : std::nullopt;
}

OsvEvent event(Kind kind, const SemVer& version) {
    return {kind, version.to_string(), version};
}

/// The lowest version above `version`.
SemVer just_above(const SemVer& version) {
    if (version.is_prerelease()) {
        return {version.major_number(), version.minor_number(), version.patch_number(),
                version.prerelease() + ".0"};
    }
    return {version.major_number(), version.minor_number(), version.patch_number() + 1, "0"};
}

/// `>= 1.0.0, < 1.2.3`: conditions joined by commas, all of which must hold.
void read_range(std::string_view text, OsvAffected& out) {
    OsvRange range;
    bool from_the_start = true;
    while (!text.empty()) {
        const std::size_t comma = std::min(text.find(','), text.size());
        std::string_view part = internal::trim(text.substr(0, comma));
        text.remove_prefix(std::min(comma + 1, text.size()));
        const std::size_t sign = std::min(part.find_first_not_of("<>="), part.size());
        const std::string_view op = part.substr(0, sign);
        const auto version = coerce_version(internal::trim(part.substr(sign)));
        if (!version) {
            continue;
        }
        if (op == "=" || op.empty()) {
            out.versions.push_back(version->to_string());
            return;
        }
        if (op == "<") {
            range.events.push_back(event(Kind::fixed, *version));
        } else if (op == "<=") {
            range.events.push_back(event(Kind::last_affected, *version));
        } else {
            from_the_start = false;
            range.events.push_back(
                event(Kind::introduced, op == ">" ? just_above(*version) : *version));
        }
    }
    if (from_the_start) {
        range.events.push_back({Kind::introduced, "0", SemVer(0, 0, 0)});
    }
    out.ranges.push_back(std::move(range));
}

void add_severity(Json value, std::string_view type, std::vector<OsvSeverity>& out) {
    if (const auto vector = value["vector_string"].string()) {
        out.push_back({std::string(type), std::string(*vector)});
    }
}

}  // namespace

Result<GithubRelease> parse_github_release(Json value) {
    GithubRelease out;
    out.tag = value["tag_name"].string_or("");
    if (out.tag.empty()) {
        return fail(refuse("GitHub release", value.is_object() ? "/tag_name" : "",
                           "no release with a tag"));
    }
    out.prerelease = value["prerelease"].boolean().value_or(false);
    out.draft = value["draft"].boolean().value_or(false);
    out.published = read_time(value["published_at"]);
    const std::string_view url = value["html_url"].string_or("");
    const bool harmless = url.starts_with("https://") &&
                          std::ranges::all_of(url, [](char c) { return c > ' ' && c <= '~'; });
    out.url = harmless ? url : "";
    return out;
}

bool is_tag_of(std::string_view tag, std::string_view package, const SemVer& version) {
    const std::string text = version.to_string();
    const std::size_t build = tag.find('+');
    tag = tag.substr(0, build);
    if (!tag.ends_with(text)) {
        return false;
    }
    std::string_view prefix = tag.substr(0, tag.size() - text.size());
    if (prefix.ends_with('v') || prefix.ends_with('V')) {
        prefix.remove_suffix(1);
    }
    if (prefix.empty()) {
        return true;
    }
    static constexpr std::string_view joints = "@-/_.";
    if (joints.find(prefix.back()) == std::string_view::npos) {
        return false;
    }
    prefix.remove_suffix(1);
    const std::string_view unscoped = package.substr(package.find('/') + 1);
    return prefix == package || prefix == unscoped || prefix == "release" || prefix == "version" ||
           prefix == "v";
}

const GithubRelease* find_release(std::span<const GithubRelease> releases, std::string_view package,
                                  const SemVer& version) {
    const auto at = std::ranges::find_if(releases, [&](const GithubRelease& release) {
        return is_tag_of(release.tag, package, version);
    });
    return at != releases.end() ? &*at : nullptr;
}

Result<OsvRecord> parse_github_advisory(Json value) {
    OsvRecord record;
    record.id = value["ghsa_id"].string_or("");
    if (!record.id.starts_with("GHSA-") ||
        !std::ranges::all_of(record.id, internal::is_identifier_char)) {
        return fail(
            refuse("GitHub advisory", value.is_object() ? "/ghsa_id" : "", "no GHSA identifier"));
    }
    const auto modified = read_time(value["updated_at"]);
    if (!modified) {
        return fail(refuse("GitHub advisory", "/updated_at", "not an RFC 3339 time"));
    }
    record.modified = *modified;
    record.published = read_time(value["published_at"]);
    record.withdrawn = read_time(value["withdrawn_at"]);
    if (const auto cve = value["cve_id"].string()) {
        record.aliases.emplace_back(*cve);
    }
    record.summary = value["summary"].string_or("");
    record.malware = value["type"].string() == "malware";
    record.word = parse_severity(value["severity"].string_or(""));
    add_severity(value["cvss_severities"]["cvss_v3"], "CVSS_V3", record.severities);
    add_severity(value["cvss"], "CVSS_V3", record.severities);
    for (const Json vulnerability : value["vulnerabilities"].elements()) {
        OsvAffected affected;
        affected.ecosystem = vulnerability["package"]["ecosystem"].string_or("");
        affected.package = vulnerability["package"]["name"].string_or("");
        read_range(vulnerability["vulnerable_version_range"].string_or(""), affected);
        record.affected.push_back(std::move(affected));
    }
    return record;
}

}  // namespace apilab::radar
