#include "apilab/radar/packument.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "apilab/http/date.hpp"
#include "apilab/radar/internal/semver_text.hpp"
#include "apilab/radar/semver_range.hpp"

namespace apilab::radar {
namespace {

using http::Json;

std::optional<SystemTime> read_time(Json value) {
    const auto text = value.string();
    return text ? http::parse_iso_time(*text) : std::nullopt;
}

/// `{"node": ">=4"}`, or in ancient documents `["node >=0.4"]`.
std::string read_engines(Json engines) {
    if (engines.is_object()) {
        return std::string(engines["node"].string_or(""));
    }
    for (const Json element : engines.elements()) {
        std::string_view text = element.string_or("");
        if (text.starts_with("node") && text != "node") {
            return std::string(internal::trim(text.substr(4)));
        }
    }
    return {};
}

bool runs_install_script(Json manifest) {
    if (manifest["hasInstallScript"].boolean() == true) {
        return true;
    }
    // The full document has the scripts themselves.
    const Json scripts = manifest["scripts"];
    return scripts["preinstall"].is_string() || scripts["install"].is_string() ||
           scripts["postinstall"].is_string();
}

PackumentVersion read_version(std::string_view text, SemVer semver, Json manifest) {
    PackumentVersion out;
    out.text = text;
    out.semver = std::move(semver);
    const Json deprecated = manifest["deprecated"];
    out.deprecation = deprecated.string_or("");
    // An empty text is how a deprecation is taken back.
    out.deprecated = !out.deprecation.empty() || deprecated.boolean() == true;
    out.engines_node = read_engines(manifest["engines"]);
    out.install_script = runs_install_script(manifest);
    return out;
}

Error refuse(const std::string& pointer, std::string message) {
    return Error(ErrorKind::decode, std::move(message))
        .with_detail(pointer)
        .in("packument: " + (pointer.empty() ? "top level" : pointer));
}

Result<void> read_versions(Json document, PackumentLimits limits, Packument& out) {
    const Json versions = document["versions"];
    const Json times = document["time"];
    out.has_times = times.is_object();
    std::unordered_map<std::string_view, Json> time_of;
    for (const auto& [key, value] : times.members()) {
        time_of.try_emplace(key, value);
    }
    std::unordered_set<std::string_view> seen;
    for (const auto& [text, manifest] : versions.members()) {
        auto semver = SemVer::parse(text, SemVerMode::loose);
        if (!semver || !manifest.is_object()) {
            ++out.unreadable_versions;
            continue;
        }
        if (!seen.insert(text).second) {
            continue;
        }
        if (out.versions.size() == limits.versions_max) {
            return fail(
                Error(ErrorKind::too_large,
                      fmt::format("a packument of more than {} versions", limits.versions_max)));
        }
        out.versions.push_back(read_version(text, *std::move(semver), manifest));
        if (const auto time = time_of.find(text); time != time_of.end()) {
            out.versions.back().published = read_time(time->second);
        }
    }
    std::ranges::sort(out.versions, [](const PackumentVersion& a, const PackumentVersion& b) {
        const auto order = a.semver <=> b.semver;
        return order != 0 ? order < 0 : a.text < b.text;
    });
    return {};
}

bool exists(const PackumentVersion& version, SystemTime as_of) {
    return !version.published || *version.published <= as_of;
}

}  // namespace

const PackumentVersion* Packument::find(const SemVer& version) const {
    const auto at = std::ranges::lower_bound(versions, version, {}, &PackumentVersion::semver);
    return at != versions.end() && at->semver == version ? &*at : nullptr;
}

const PackumentVersion* Packument::tagged(std::string_view tag) const {
    for (const auto& [known, version] : dist_tags) {
        if (known == tag) {
            const auto semver = SemVer::parse(version, SemVerMode::loose);
            return semver ? find(*semver) : nullptr;
        }
    }
    return nullptr;
}

Result<Packument> parse_packument(Json document, PackumentLimits limits) {
    if (!document.is_object()) {
        return fail(refuse("", "not an object"));
    }
    Packument out;
    out.name = document["name"].string_or("");
    out.unpublished = document["time"]["unpublished"].is_object();
    if (!document["versions"].is_object() && !out.unpublished) {
        return fail(refuse("/versions", "missing, and nothing says that it was unpublished"));
    }
    if (auto read = read_versions(document, limits, out); !read) {
        return fail(std::move(read).error());
    }
    for (const auto& [tag, version] : document["dist-tags"].members()) {
        if (const auto text = version.string()) {
            out.dist_tags.emplace_back(tag, *text);
        }
    }
    out.modified = read_time(document["modified"]);
    if (!out.modified) {
        out.modified = read_time(document["time"]["modified"]);
    }
    out.repository = parse_github_repository(document["repository"]);
    if (const PackumentVersion* const latest = out.tagged("latest"); latest && !out.repository) {
        // Some mirrors drop the member of the whole document.
        out.repository = parse_github_repository(document["versions"][latest->text]["repository"]);
    }
    return out;
}

const PackumentVersion* pick_version(const Packument& packument, const NpmSpec& spec,
                                     SystemTime as_of) {
    const auto usable = [&](const PackumentVersion* version) {
        return version != nullptr && exists(*version, as_of) ? version : nullptr;
    };
    if (spec.kind == NpmSpec::Kind::tag) {
        return usable(packument.tagged(spec.text));
    }
    const auto range = SemVerRange::parse(spec.text, {.mode = SemVerMode::loose});
    if (spec.kind != NpmSpec::Kind::range || !range) {
        return nullptr;
    }
    const PackumentVersion* const latest = usable(packument.tagged("latest"));
    if (latest != nullptr && !latest->deprecated && range->contains(latest->semver)) {
        return latest;
    }
    const PackumentVersion* best = nullptr;
    for (const PackumentVersion& version : packument.versions) {
        const bool fits = exists(version, as_of) && range->contains(version.semver);
        if (fits && (best == nullptr || best->deprecated || !version.deprecated)) {
            best = &version;
        }
    }
    return best;
}

void settle_wanted(Dependency& dependency, const Packument& packument, SystemTime as_of) {
    std::vector<WantedVersion> open;
    for (WantedVersion& wanted : dependency.wanted) {
        const PackumentVersion* const picked = pick_version(packument, wanted.spec, as_of);
        if (picked == nullptr) {
            open.push_back(std::move(wanted));
            continue;
        }
        auto at =
            std::ranges::find(dependency.installed, picked->semver, &InstalledVersion::semver);
        if (at == dependency.installed.end()) {
            dependency.installed.push_back({.version = picked->text,
                                            .semver = picked->semver,
                                            .direct = true,
                                            .dev = true,
                                            .optional = true,
                                            .alias = wanted.alias,
                                            .demands = {}});
            at = std::prev(dependency.installed.end());
        }
        at->dev = at->dev && wanted.dev;
        at->optional = at->optional && wanted.optional;
        at->demands.push_back({"", wanted.spec.text, true});
    }
    dependency.wanted = std::move(open);
    std::ranges::sort(dependency.installed, {}, &InstalledVersion::semver);
}

}  // namespace apilab::radar
