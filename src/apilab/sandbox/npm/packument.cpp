#include "apilab/sandbox/npm/packument.hpp"

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "apilab/http/date.hpp"
#include "apilab/sandbox/internal/conditional.hpp"
#include "apilab/sandbox/internal/json_value.hpp"
#include "apilab/sandbox/npm/internal/document.hpp"
#include "apilab/sandbox/npm/internal/tarball.hpp"

namespace apilab::sandbox::npm {
namespace {

namespace json = boost::json;

// What an abbreviated document keeps of a version (npm/registry, package-metadata.md).
constexpr std::array abbreviated_fields{"name",
                                        "version",
                                        "deprecated",
                                        "dependencies",
                                        "optionalDependencies",
                                        "devDependencies",
                                        "bundleDependencies",
                                        "peerDependencies",
                                        "peerDependenciesMeta",
                                        "acceptDependencies",
                                        "bin",
                                        "directories",
                                        "dist",
                                        "engines",
                                        "_hasShrinkwrap",
                                        "hasInstallScript",
                                        "funding",
                                        "cpu",
                                        "os"};

std::string string_of(const json::object& object, std::string_view key) {
    const auto* value = object.if_contains(key);
    return value != nullptr && value->is_string() ? std::string(value->get_string())
                                                  : std::string();
}

json::object repository_of(const PackageFacts& facts) {
    return {{"type", "git"}, {"url", "git+https://github.com/" + facts.repository + ".git"}};
}

// What exists only here is ours to publish; what exists elsewhere belongs to its authors.
bool is_own(const PackageFacts& facts) {
    return facts.repository.empty() || facts.repository.starts_with("octo/");
}

json::array maintainers(const PackageFacts& facts) {
    const auto* name = is_own(facts) ? "sandbox" : "author";
    return {json::object{{"name", name}, {"email", std::string(name) + "@example.invalid"}}};
}

json::object dist_of(const json::object& manifest, const PackageFacts& facts,
                     const VersionFacts& version) {
    const auto bytes = make_tarball(manifest);
    const auto sums = sums_of(bytes);
    const auto size = tarball_size(manifest);
    return {{"integrity", sums.integrity},
            {"shasum", sums.shasum},
            {"tarball", tarball_url(facts.name, version.version)},
            {"fileCount", size.files},
            {"unpackedSize", size.bytes}};
}

json::object manifest_of(const PackageFacts& facts, const VersionFacts& version) {
    json::object out{{"name", facts.name}, {"version", version.version}};
    if (!facts.description.empty()) {
        out["description"] = facts.description;
    }
    if (!facts.license.empty()) {
        out["license"] = facts.license;
    }
    if (!facts.repository.empty()) {
        out["repository"] = repository_of(facts);
    }
    if (!version.node.empty()) {
        out["engines"] = json::object{{"node", version.node}};
    }
    if (!version.dependencies.empty()) {
        json::object dependencies;
        for (const auto& [name, range] : version.dependencies) {
            dependencies[name] = range;
        }
        out["dependencies"] = std::move(dependencies);
    }
    if (version.install_script) {
        out["scripts"] = json::object{{"postinstall", "node setup.js"}};
        out["hasInstallScript"] = true;
    }
    if (!version.deprecated.empty()) {
        out["deprecated"] = version.deprecated;
    }
    out["_id"] = facts.name + "@" + version.version;
    out["maintainers"] = maintainers(facts);
    out["dist"] = dist_of(out, facts, version);
    return out;
}

json::object time_of(const PackageFacts& facts) {
    std::string created = facts.versions.front().time;
    std::string modified = created;
    for (const auto& version : facts.versions) {
        created = std::min(created, version.time);
        modified = std::max(modified, version.time);
    }
    json::object out{{"created", created}, {"modified", std::max(modified, facts.unpublished)}};
    for (const auto& version : facts.versions) {
        out[version.version] = version.time;
    }
    return out;
}

json::object dist_tags_of(const PackageFacts& facts) {
    json::object out{{"latest", facts.latest}};
    for (const auto& [tag, version] : facts.tags) {
        out[tag] = version;
    }
    return out;
}

/// What is left of a package that its owner took back: no versions, the story in `time`
/// (providers/npm-registry, "Errors").
json::object unpublished_document(const PackageFacts& facts) {
    auto time = time_of(facts);
    json::array versions;
    for (const auto& version : facts.versions) {
        versions.emplace_back(version.version);
    }
    time["unpublished"] = json::object{{"name", "sandbox"},
                                       {"time", facts.unpublished},
                                       {"tags", dist_tags_of(facts)},
                                       {"maintainers", maintainers(facts)},
                                       {"versions", std::move(versions)}};
    return {{"_id", facts.name},
            {"_rev", "2-" + stable_hash(facts.name)},
            {"name", facts.name},
            {"time", std::move(time)}};
}

json::object full_document(const PackageFacts& facts) {
    if (!facts.unpublished.empty()) {
        return unpublished_document(facts);
    }
    json::object versions;
    for (const auto& version : facts.versions) {
        versions[version.version] = manifest_of(facts, version);
    }
    json::object out{
        {"_id", facts.name},
        {"_rev", std::to_string(facts.versions.size()) + "-" + stable_hash(facts.name)},
        {"name", facts.name},
        {"dist-tags", dist_tags_of(facts)},
        {"versions", std::move(versions)},
        {"time", time_of(facts)},
        {"maintainers", maintainers(facts)},
        {"readme", ""},
        {"readmeFilename", ""}};
    if (!facts.description.empty()) {
        out["description"] = facts.description;
    }
    if (!facts.license.empty()) {
        out["license"] = facts.license;
    }
    if (!facts.repository.empty()) {
        out["repository"] = repository_of(facts);
        out["homepage"] = "https://github.com/" + facts.repository + "#readme";
        out["bugs"] = json::object{{"url", "https://github.com/" + facts.repository + "/issues"}};
    }
    return out;
}

/// The registry drops empty objects and lists from abbreviated documents.
bool is_empty(const json::value& value) {
    return (value.is_object() && value.get_object().empty()) ||
           (value.is_array() && value.get_array().empty());
}

json::object abbreviate(const json::object& manifest) {
    json::object out;
    for (const auto* field : abbreviated_fields) {
        const auto* value = manifest.if_contains(field);
        if (value != nullptr && !is_empty(*value)) {
            out[field] = *value;
        }
    }
    return out;
}

/// Writes `document`, noting where each manifest begins and ends.
std::string write_full(const json::object& document, std::vector<Packument::Manifest>& manifests) {
    std::string out = "{";
    for (const auto& [key, value] : document) {
        out += out.size() > 1 ? "," : "";
        out += json::serialize(json::string(key)) + ":";
        if (key != "versions" || !value.is_object()) {
            out += json::serialize(value);
            continue;
        }
        out += "{";
        for (const auto& [version, manifest] : value.get_object()) {
            out += manifests.empty() ? "" : ",";
            out += json::serialize(json::string(version)) + ":";
            const auto text = json::serialize(manifest);
            manifests.push_back(
                {.version = std::string(version), .at = out.size(), .size = text.size()});
            out += text;
        }
        out += "}";
    }
    return out + "}";
}

std::string write_abbreviated(const json::object& document, std::string_view modified) {
    json::object versions;
    if (const auto* full = document.if_contains("versions"); full != nullptr && full->is_object()) {
        for (const auto& [version, manifest] : full->get_object()) {
            if (manifest.is_object()) {
                versions[version] = abbreviate(manifest.get_object());
            }
        }
    }
    json::object out{{"name", document.at("name")}, {"modified", modified}};
    if (const auto* tags = document.if_contains("dist-tags")) {
        out["dist-tags"] = *tags;
    }
    if (!versions.empty()) {
        out["versions"] = std::move(versions);
    }
    return json::serialize(out);
}

}  // namespace

std::string tarball_url(std::string_view package, std::string_view version) {
    return std::string(base_mark) + "/" + std::string(package) + "/-/" +
           tarball_name(package, version);
}

Packument write_packument(const json::object& document) {
    Packument out{.name = string_of(document, "name"),
                  .description = string_of(document, "description"),
                  .license = string_of(document, "license"),
                  .revision = string_of(document, "_rev")};
    std::string modified = "2020-01-01T00:00:00.000Z";
    if (const auto* time = document.if_contains("time"); time != nullptr && time->is_object()) {
        if (auto known = string_of(time->get_object(), "modified"); !known.empty()) {
            modified = std::move(known);
        }
    }
    out.modified = http::parse_iso_time(modified).value_or(SystemTime{});
    if (const auto* tags = document.if_contains("dist-tags"); tags && tags->is_object()) {
        for (const auto& [tag, version] : tags->get_object()) {
            if (version.is_string()) {
                out.tags.emplace_back(tag, version.get_string());
            }
        }
    }
    out.full = write_full(document, out.manifests);
    out.abbreviated = write_abbreviated(document, modified);
    return out;
}

namespace {

/// Whatever host the recording names, the tarball is asked for here.
void move_tarball(json::value& manifest, std::string_view name, std::string_view version) {
    if (!manifest.is_object()) {
        return;
    }
    auto& dist = manifest.get_object()["dist"];
    if (!dist.is_object()) {
        dist = json::object{};
    }
    dist.get_object()["tarball"] = tarball_url(name, version);
}

}  // namespace

std::string_view Packument::manifest(std::string_view version_or_tag) const {
    const auto tag =
        std::ranges::find(tags, version_or_tag, &std::pair<std::string, std::string>::first);
    const std::string_view version = tag == tags.end() ? version_or_tag : tag->second;
    const auto found = std::ranges::find(manifests, version, &Manifest::version);
    return found == manifests.end() ? std::string_view()
                                    : std::string_view(full).substr(found->at, found->size);
}

Packument make_packument(const PackageFacts& facts) {
    auto out = write_packument(full_document(facts));
    out.owner = is_own(facts) ? "sandbox" : "";
    return out;
}

Result<Packument> read_packument(http::Json document) {
    const auto name = document["name"].string();
    if (!name || name->empty()) {
        return fail(ErrorKind::decode, "/name: not a package name (expected a packument)");
    }
    if (!document["versions"].missing() && !document["versions"].is_object()) {
        return fail(ErrorKind::decode, "/versions: not an object (expected manifests by version)");
    }
    auto value = to_value(document);
    auto& object = value.get_object();
    if (auto* versions = object.if_contains("versions")) {
        for (auto& [version, manifest] : versions->get_object()) {
            move_tarball(manifest, *name, version);
        }
    }
    auto out = write_packument(object);
    out.recorded = true;
    return out;
}

}  // namespace apilab::sandbox::npm
