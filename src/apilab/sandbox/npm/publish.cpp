#include "apilab/sandbox/npm/publish.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <chrono>
#include <optional>
#include <utility>

#include "apilab/base/base64.hpp"
#include "apilab/http/date.hpp"
#include "apilab/http/json.hpp"
#include "apilab/sandbox/internal/conditional.hpp"
#include "apilab/sandbox/internal/json_value.hpp"
#include "apilab/sandbox/internal/query.hpp"
#include "apilab/sandbox/npm/audit_reply.hpp"
#include "apilab/sandbox/npm/internal/document.hpp"
#include "apilab/sandbox/npm/internal/tarball.hpp"
#include "apilab/sandbox/semver.hpp"

namespace apilab::sandbox::npm {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;
using Refused = std::optional<http::Response>;

constexpr std::size_t name_max = 214;
// "npm unpublish" is for what is young (npm's unpublish policy).
constexpr auto unpublish_within = 72h;

std::string now_text(SystemTime now) {
    auto text = http::format_iso_time(now);
    text.insert(text.size() - 1, ".000");
    return text;
}

json::object document_of(const Packument& packument) {
    return to_value(http::JsonDocument::parse(packument.full)->root()).get_object();
}

json::object& part(json::object& document, std::string_view name) {
    auto& value = document[name];
    if (!value.is_object()) {
        value = json::object();
    }
    return value.get_object();
}

std::string next_revision(std::string_view before, std::string_view what) {
    const auto number = before.empty() ? 0 : std::atoi(std::string(before).c_str());
    return fmt::format("{}-{}", number + 1, stable_hash(what));
}

// Writes a changed document back.
http::Response keep(Shelf& shelf, json::object document, const std::string& owner, SystemTime now,
                    int status) {
    part(document, "time")["modified"] = now_text(now);
    const auto* rev = document.if_contains("_rev");
    document["_rev"] =
        next_revision(rev != nullptr && rev->is_string() ? std::string_view(rev->get_string()) : "",
                      json::serialize(document));
    auto packument = write_packument(document);
    packument.owner = owner;
    const auto revision = packument.revision;
    const auto name = packument.name;
    if (!shelf.put(std::move(packument))) {
        return refusal(507, "The sandbox keeps at most 1000 changed packages");
    }
    return http::Response::json(
        status, json::serialize(json::object{
                    {"ok", true}, {"id", name}, {"rev", revision}, {"success", true}}));
}

// What a new package may be called (npm's validate-npm-package-name, for new packages).
bool valid_name(std::string_view name) {
    const auto bare = bare_name(name);
    const bool scoped = name.starts_with('@');
    return name.size() <= name_max && !bare.empty() && !bare.starts_with('.') &&
           !bare.starts_with('_') && (scoped == name.contains('/')) &&
           std::ranges::all_of(scoped ? name.substr(1) : name, [](unsigned char c) {
               return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
                      c == '.' || c == '/';
           });
}

// May this user change this package (null: make it)?
Refused check_rights(const Packument* known, std::string_view package, const Writer& writer) {
    if (known != nullptr && known->owner != writer.user) {
        return refusal(403, fmt::format("You do not have permission to publish \"{}\". Are you "
                                        "logged in as the correct user?",
                                        package));
    }
    if (known == nullptr && !valid_name(package)) {
        return refusal(400, fmt::format("Invalid package name: \"{}\"", package));
    }
    const auto scope = package.substr(0, package.find('/'));
    if (known == nullptr && package.starts_with('@') && scope != "@octo" &&
        scope != "@" + writer.user) {
        return refusal(404, "Scope not found");
    }
    return std::nullopt;
}

bool is_old(const Packument& known, std::string_view revision) {
    return !revision.empty() && revision != known.revision;
}

http::Response conflict() {
    return http::Response::json(409,
                                R"({"error":"conflict","reason":"Document update conflict."})");
}

// The one attachment that belongs to a version, checked against what the manifest says of it.
std::optional<std::string> attached(http::Json document, std::string_view package,
                                    std::string_view version, http::Json manifest) {
    for (const auto& name :
         {fmt::format("{}-{}.tgz", package, version), tarball_name(package, version)}) {
        const auto attachment = document["_attachments"][name];
        auto bytes = base64_decode(attachment["data"].string_or(""));
        if (attachment.missing() || !bytes || bytes->empty()) {
            continue;
        }
        const auto sums = sums_of(*bytes);
        const auto integrity = manifest["dist"]["integrity"].string_or(sums.integrity);
        const auto shasum = manifest["dist"]["shasum"].string_or(sums.shasum);
        const auto length = attachment["length"].integer();
        const bool fits = !length || *length == std::ssize(*bytes);
        return fits && integrity == sums.integrity && shasum == sums.shasum ? std::move(bytes)
                                                                            : std::nullopt;
    }
    return std::nullopt;
}

json::object new_document(http::Json sent, const std::string& package, const Writer& writer,
                          SystemTime now) {
    json::object document{{"_id", package}, {"name", package}};
    document["dist-tags"] = json::object();
    document["versions"] = json::object();
    document["time"] = json::object{{"created", now_text(now)}};
    document["maintainers"] = json::array{
        json::object{{"name", writer.user}, {"email", writer.user + "@example.invalid"}}};
    for (const auto* name : {"description", "readme", "license", "repository", "keywords"}) {
        if (!sent[name].missing()) {
            document[name] = to_value(sent[name]);
        }
    }
    return document;
}

struct Change {
    Shelf& shelf;
    const Incoming& incoming;
    std::string package;
    const Writer& writer;
    const Packument* known = nullptr;
};

// Puts one version into the document; the refusal, or nothing.
Refused add_version(const Change& change, http::Json sent, std::string_view version,
                    http::Json manifest, json::object& document) {
    const auto& time = part(document, "time");
    if (time.contains(version)) {
        return refusal(403, fmt::format("You cannot publish over the previously published "
                                        "versions: {}.",
                                        version));
    }
    if (!parse_semver(version) || manifest["version"].string_or("") != version) {
        return refusal(400, fmt::format("Invalid version: \"{}\"", version));
    }
    auto bytes = attached(sent, change.package, version, manifest);
    if (!bytes) {
        return refusal(400, fmt::format("The tarball of {} is missing, or not the one that "
                                        "dist.integrity is of",
                                        version));
    }
    auto value = to_value(manifest).get_object();
    auto& dist = part(value, "dist");
    const auto sums = sums_of(*bytes);
    dist["integrity"] = sums.integrity;
    dist["shasum"] = sums.shasum;
    dist["tarball"] = tarball_url(change.package, version);
    value["_npmUser"] = json::object{{"name", change.writer.user},
                                     {"email", change.writer.user + "@example.invalid"}};
    value["maintainers"] = document["maintainers"];
    if (!change.shelf.keep_tarball(change.package, tarball_name(change.package, version),
                                   *std::move(bytes))) {
        return refusal(413, "The sandbox keeps at most 64 MiB of tarballs");
    }
    part(document, "versions")[version] = std::move(value);
    part(document, "time")[version] = now_text(change.incoming.system_now);
    change.incoming.note("makes", fmt::format("{}@{}", change.package, version));
    return std::nullopt;
}

http::Response publish(const Change& change, http::Json sent) {
    const bool scoped = change.package.starts_with('@');
    const auto access = sent["access"].string_or("");
    const bool hidden =
        access == "restricted" || (scoped && change.known == nullptr && access != "public");
    if (hidden && !change.writer.paid) {
        return refusal(402,
                       fmt::format("You must sign up for private packages : {}", change.package));
    }
    auto document = change.known != nullptr ? document_of(*change.known)
                                            : new_document(sent, change.package, change.writer,
                                                           change.incoming.system_now);
    part(document, "time").erase("unpublished");
    for (const auto& [version, manifest] : sent["versions"].members()) {
        const bool there = change.known != nullptr && !change.known->manifest(version).empty();
        const bool again = there && sent["versions"].size() > 1;
        if (again) {
            continue;  // the whole document was sent, with one more version in it
        }
        if (auto refused = add_version(change, sent, version, manifest, document)) {
            return *std::move(refused);
        }
    }
    for (const auto& [tag, version] : sent["dist-tags"].members()) {
        if (part(document, "versions").contains(version.string_or(""))) {
            part(document, "dist-tags")[tag] = version.string_or("");
        }
    }
    if (hidden) {
        change.shelf.restrict(change.package);
    }
    return keep(change.shelf, std::move(document), change.writer.user, change.incoming.system_now,
                change.known == nullptr ? 201 : 200);
}

// `npm deprecate` sends the whole document back with a sentence in some manifests; an empty one
// takes it away.
http::Response change_manifests(const Change& change, http::Json sent) {
    auto document = document_of(*change.known);
    auto& versions = part(document, "versions");
    for (const auto& [version, manifest] : sent["versions"].members()) {
        auto* own = versions.if_contains(version);
        const auto message = manifest["deprecated"].string();
        if (own == nullptr || !message) {
            continue;
        }
        if (message->empty()) {
            own->get_object().erase("deprecated");
        } else {
            own->get_object()["deprecated"] = *message;
        }
    }
    return keep(change.shelf, std::move(document), change.known->owner, change.incoming.system_now,
                200);
}

Refused too_late(const Packument& known, SystemTime now) {
    const auto document = http::JsonDocument::parse(known.full);
    const auto created = http::parse_iso_time(document->root()["time"]["created"].string_or(""));
    if (created && now - *created <= unpublish_within) {
        return std::nullopt;
    }
    return refusal(405, "You can no longer unpublish this package. Please deprecate it instead");
}

json::object story_of(const json::object& document, const Writer& writer, SystemTime now) {
    json::array versions;
    if (const auto* all = document.if_contains("versions"); all != nullptr) {
        for (const auto& [version, manifest] : all->get_object()) {
            versions.emplace_back(version);
        }
    }
    const auto* tags = document.if_contains("dist-tags");
    return {{"name", writer.user},
            {"time", now_text(now)},
            {"tags", tags != nullptr ? *tags : json::value(json::object())},
            {"maintainers", document.contains("maintainers") ? document.at("maintainers")
                                                             : json::value(json::array())},
            {"versions", std::move(versions)}};
}

}  // namespace

http::Response refusal(int status, std::string_view error) {
    return http::Response::json(status, "{\"error\":" + http::json_quote(error) + "}");
}

http::Response put_package(Shelf& shelf, const Incoming& incoming, std::string_view package,
                           const Writer& writer) {
    const auto body = decoded_body(*incoming.request);
    const auto sent = http::JsonDocument::parse(body.value_or(""));
    if (!body || !sent || !sent->root()["versions"].is_object() ||
        sent->root()["name"].string_or(package) != package) {
        return refusal(400, "Bad Request: not the document of this package");
    }
    const Change change{.shelf = shelf,
                        .incoming = incoming,
                        .package = std::string(package),
                        .writer = writer,
                        .known = shelf.find(package)};
    if (auto refused = check_rights(change.known, package, writer)) {
        return *std::move(refused);
    }
    if (change.known != nullptr && is_old(*change.known, sent->root()["_rev"].string_or(""))) {
        return conflict();
    }
    if (sent->root()["_attachments"].size() > 0) {
        return publish(change, sent->root());
    }
    return change.known == nullptr ? refusal(404, "Not found")
                                   : change_manifests(change, sent->root());
}

http::Response unpublish(Shelf& shelf, const Incoming& incoming, std::string_view package,
                         const Writer& writer) {
    const auto* known = shelf.find(package);
    if (known == nullptr) {
        return refusal(404, "Not found");
    }
    if (auto refused = check_rights(known, package, writer)) {
        return *std::move(refused);
    }
    if (is_old(*known, path_value(incoming, "rev"))) {
        return conflict();
    }
    if (auto late = too_late(*known, incoming.system_now)) {
        return *std::move(late);
    }
    auto document = document_of(*known);
    auto& versions = part(document, "versions");
    const auto sent = http::JsonDocument::parse(incoming.request->body());
    const bool some = incoming.request->method() == "PUT";
    if (some && (!sent || !sent->root()["versions"].is_object())) {
        return refusal(400, "Bad Request: not the document of this package");
    }
    std::vector<std::string> gone;
    for (const auto& [version, manifest] : versions) {
        if (!some || sent->root()["versions"][version].missing()) {
            gone.emplace_back(version);
        }
    }
    if (gone.size() == versions.size()) {
        part(document, "time")["unpublished"] = story_of(document, writer, incoming.system_now);
        document.erase("versions");
        document.erase("dist-tags");
    } else {
        for (const auto& version : gone) {
            versions.erase(version);
        }
        if (!sent->root()["dist-tags"].missing()) {
            document["dist-tags"] = to_value(sent->root()["dist-tags"]);
        }
    }
    for (const auto& version : gone) {
        shelf.drop_tarball(package, tarball_name(package, version));
    }
    return keep(shelf, std::move(document), known->owner, incoming.system_now, 200);
}

http::Response set_tag(Shelf& shelf, const Incoming& incoming, std::string_view package,
                       const Writer& writer) {
    const auto* known = shelf.find(package);
    if (known == nullptr) {
        return refusal(404, "Not found");
    }
    if (auto refused = check_rights(known, package, writer)) {
        return *std::move(refused);
    }
    const auto tag = path_value(incoming, "tag");
    const auto body = http::JsonDocument::parse(incoming.request->body());
    if (!body || !body->root().string()) {
        return refusal(400, "The body is a version as a JSON string");
    }
    if (tag.empty() || parse_semver(tag)) {
        return refusal(400, "Tag name must not be a valid SemVer range");
    }
    const std::string version(*body->root().string());
    if (std::ranges::find(known->manifests, version, &Packument::Manifest::version) ==
        known->manifests.end()) {
        return refusal(400, fmt::format("version not found: {}", version));
    }
    auto document = document_of(*known);
    part(document, "dist-tags")[tag] = version;
    return keep(shelf, std::move(document), known->owner, incoming.system_now, 201);
}

http::Response remove_tag(Shelf& shelf, const Incoming& incoming, std::string_view package,
                          const Writer& writer) {
    const auto* known = shelf.find(package);
    if (known == nullptr) {
        return refusal(404, "Not found");
    }
    if (auto refused = check_rights(known, package, writer)) {
        return *std::move(refused);
    }
    const auto tag = path_value(incoming, "tag");
    if (tag == "latest") {
        return refusal(400, "Cannot delete the latest tag");
    }
    auto document = document_of(*known);
    if (part(document, "dist-tags").erase(tag) == 0) {
        return refusal(404, "Not found");
    }
    return keep(shelf, std::move(document), known->owner, incoming.system_now, 200);
}

}  // namespace apilab::sandbox::npm
