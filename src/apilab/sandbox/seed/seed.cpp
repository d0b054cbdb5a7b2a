#include "apilab/sandbox/seed/seed.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "apilab/base/try.hpp"
#include "apilab/http/json.hpp"

namespace apilab::sandbox::seed {
namespace {

using http::Json;

std::string text(Json value) {
    return std::string(value.string_or(""));
}

std::vector<std::string> texts(Json array) {
    std::vector<std::string> out;
    for (const Json element : array.elements()) {
        out.emplace_back(element.string_or(""));
    }
    return out;
}

std::vector<std::pair<std::string, std::string>> pairs(Json object) {
    std::vector<std::pair<std::string, std::string>> out;
    for (const auto& [key, value] : object.members()) {
        out.emplace_back(key, value.string_or(""));
    }
    return out;
}

VersionFacts version(std::string_view name, Json from) {
    return {.version = std::string(name),
            .time = text(from["time"]),
            .node = text(from["node"]),
            .dependencies = pairs(from["dependencies"]),
            .deprecated = text(from["deprecated"]),
            .install_script = from["install_script"].boolean().value_or(false)};
}

Result<PackageFacts> package(Json from) {
    PackageFacts facts{.name = text(from["name"]),
                       .description = text(from["description"]),
                       .license = text(from["license"]),
                       .repository = text(from["repository"]),
                       .latest = text(from["latest"]),
                       .tags = pairs(from["tags"]),
                       .unpublished = text(from["unpublished"])};
    for (const auto& [key, value] : from["versions"].members()) {
        facts.versions.push_back(version(key, value));
    }
    if (facts.name.empty() || facts.versions.empty() ||
        std::ranges::find(facts.versions, facts.latest, &VersionFacts::version) ==
            facts.versions.end()) {
        return fail(ErrorKind::internal,
                    "npm.json: package '" + facts.name + "' lacks a name, versions, or its latest");
    }
    return facts;
}

/// `1.0.0..1.2.6` (the end is fixed), `0..=2.0.1` (the end is affected), `0..` (no end).
Result<VersionRange> range(std::string_view id, std::string_view from) {
    const auto dots = from.find("..");
    if (dots == 0 || dots == std::string_view::npos) {
        return fail(ErrorKind::internal, "advisories.json: " + std::string(id) + ": range '" +
                                             std::string(from) + "' is not 'a..b' or 'a..=b'");
    }
    VersionRange out{.introduced = std::string(from.substr(0, dots))};
    const auto end = from.substr(dots + 2);
    if (end.starts_with('=')) {
        out.last_affected = end.substr(1);
    } else {
        out.fixed = end;
    }
    return out;
}

Result<AdvisoryFacts> advisory(Json from) {
    AdvisoryFacts facts{.id = text(from["id"]),
                        .cve = text(from["cve"]),
                        .summary = text(from["summary"]),
                        .severity = text(from["severity"]),
                        .cvss = text(from["cvss"]),
                        .score = from["score"].number(),
                        .cwes = texts(from["cwes"]),
                        .published = text(from["published"]),
                        .modified = text(from["modified"]),
                        .withdrawn = text(from["withdrawn"]),
                        .joined_ranges = from["joined_ranges"].boolean().value_or(false)};
    for (const auto& [package, ranges] : from["affected"].members()) {
        Affected affected{.package = std::string(package)};
        for (const Json element : ranges.elements()) {
            APILAB_TRY(auto stretch, range(facts.id, element.string_or("")));
            affected.ranges.push_back(std::move(stretch));
        }
        facts.affected.push_back(std::move(affected));
    }
    if (facts.modified.empty()) {
        facts.modified = std::max(facts.published, facts.withdrawn);
    }
    if (const auto sources = texts(from["sources"]); !sources.empty()) {
        facts.in_osv = std::ranges::find(sources, "osv") != sources.end();
        facts.in_github = std::ranges::find(sources, "github") != sources.end();
    }
    if (facts.id.empty() || facts.affected.empty() || facts.published.empty()) {
        return fail(ErrorKind::internal,
                    "advisories.json: '" + facts.id + "' lacks an id, affected or published");
    }
    return facts;
}

std::string tag_name(std::string_view pattern, std::string_view version) {
    std::string out(pattern);
    const std::string_view place = "{version}";
    return out.replace(out.find(place), place.size(), version);
}

/// Tags (and releases) as the package's versions have them, with the exceptions that are listed.
std::vector<ReleaseFacts> from_versions(const PackageFacts& package, Json entry) {
    const auto untagged = texts(entry["untagged"]);
    const auto prerelease = texts(entry["prerelease"]);
    const auto listed = [](const std::vector<std::string>& list, const std::string& item) {
        return std::ranges::find(list, item) != list.end();
    };
    std::vector<ReleaseFacts> out;
    for (const auto& version : package.versions) {
        if (listed(untagged, version.version)) {
            continue;
        }
        out.push_back(
            {.tag = tag_name(entry["tag"].string_or("v{version}"), version.version),
             .at = version.time.substr(0, 19) + "Z",
             .prerelease = version.version.contains('-') || listed(prerelease, version.version),
             .released = entry["releases"].boolean().value_or(false)});
    }
    return out;
}

std::vector<ReleaseFacts> from_list(Json list) {
    std::vector<ReleaseFacts> out;
    for (const Json entry : list.elements()) {
        out.push_back({.tag = text(entry["tag"]),
                       .at = text(entry["at"]),
                       .prerelease = entry["prerelease"].boolean().value_or(false)});
    }
    return out;
}

std::vector<FileFacts> files_of(Json files) {
    std::vector<FileFacts> out;
    for (const auto& [path, file] : files.members()) {
        out.push_back({.path = std::string(path),
                       .content = text(file),
                       .target = text(file["target"]),
                       .submodule = text(file["submodule"])});
    }
    return out;
}

using PackagesByName = std::map<std::string_view, const PackageFacts*>;

Result<RepositoryFacts> repository(Json from, const PackagesByName& packages) {
    RepositoryFacts facts{.name = text(from["name"]),
                          .description = text(from["description"]),
                          .archived = from["archived"].boolean().value_or(false)};
    if (const auto package = from["package"].string()) {
        const auto found = packages.find(*package);
        if (found == packages.end()) {
            return fail(ErrorKind::internal, "github.json: " + facts.name + ": no package '" +
                                                 std::string(*package) + "'");
        }
        facts.description = found->second->description;
        facts.releases = from_versions(*found->second, from);
        facts.package = *package;
    } else {
        facts.releases = from_list(from["list"]);
    }
    facts.issues = static_cast<std::size_t>(from["issues"].unsigned_integer().value_or(0));
    facts.files = files_of(from["files"]);
    std::ranges::sort(facts.releases, [](const ReleaseFacts& a, const ReleaseFacts& b) {
        return std::tie(a.at, a.tag) < std::tie(b.at, b.tag);
    });
    return facts;
}

Result<http::JsonDocument> parse(std::string_view name, std::string_view bytes) {
    auto document = http::JsonDocument::parse(bytes);
    if (!document) {
        return fail(ErrorKind::internal,
                    std::string(name) + ": " + std::move(document).error().to_string());
    }
    return document;
}

/// Every repository that a package names and the file does not: tags of its versions, no releases.
void add_plain_repositories(Facts& facts) {
    std::map<std::string_view, bool> known;
    for (const auto& repository : facts.repositories) {
        known[repository.name] = true;
    }
    for (const auto& [old_name, name] : facts.renamed) {
        known[old_name] = true;
    }
    std::vector<RepositoryFacts> plain;
    for (const auto& package : facts.packages) {
        if (!package.repository.empty() && !std::exchange(known[package.repository], true)) {
            plain.push_back({.name = package.repository,
                             .description = package.description,
                             .releases = from_versions(package, Json())});
        }
    }
    facts.repositories.insert(facts.repositories.end(), plain.begin(), plain.end());
}

}  // namespace

Result<Facts> parse_facts(std::string_view npm, std::string_view advisories,
                          std::string_view github) {
    Facts facts;
    APILAB_TRY(const auto packages, parse("npm.json", npm));
    for (const Json entry : packages.root()["packages"].elements()) {
        APILAB_TRY(auto one, package(entry));
        facts.packages.push_back(std::move(one));
    }
    APILAB_TRY(const auto known_faults, parse("advisories.json", advisories));
    for (const Json entry : known_faults.root()["advisories"].elements()) {
        APILAB_TRY(auto one, advisory(entry));
        facts.advisories.push_back(std::move(one));
    }
    PackagesByName by_name;
    for (const auto& one : facts.packages) {
        by_name[one.name] = &one;
    }
    APILAB_TRY(const auto repositories, parse("github.json", github));
    for (const Json entry : repositories.root()["repositories"].elements()) {
        APILAB_TRY(auto one, repository(entry, by_name));
        facts.repositories.push_back(std::move(one));
    }
    for (const Json entry : repositories.root()["renamed"].elements()) {
        const auto names = texts(entry);
        if (names.size() != 2) {
            return fail(ErrorKind::internal, "github.json: /renamed: not a pair of names");
        }
        facts.renamed.emplace_back(names[0], names[1]);
    }
    add_plain_repositories(facts);
    return facts;
}

Result<Facts> built_in_facts() {
    const auto bytes = [](std::string_view name) {
        const auto found = std::ranges::find(files(), name, &EmbeddedFile::name);
        return found == files().end() ? std::string_view() : found->bytes;
    };
    return parse_facts(bytes("npm.json"), bytes("advisories.json"), bytes("github.json"));
}

}  // namespace apilab::sandbox::seed
