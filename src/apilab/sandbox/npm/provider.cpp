#include "apilab/sandbox/npm/provider.hpp"

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <utility>

#include "apilab/http/date.hpp"
#include "apilab/http/json.hpp"
#include "apilab/sandbox/internal/conditional.hpp"
#include "apilab/sandbox/internal/query.hpp"
#include "apilab/sandbox/npm/search.hpp"

namespace apilab::sandbox::npm {
namespace {

namespace json = boost::json;

constexpr std::string_view abbreviated_type = "application/vnd.npm.install-v1+json";
// What finished texts may take; beyond it they are written anew.
constexpr std::size_t pages_bytes_max = std::size_t{16} << 20U;
constexpr std::size_t bulk_names_max = 10'000;

// Literal parts first: a package may be called anything, so what is narrower has to be asked first.
const std::array<Route, 9> table{{
    {"GET", "/-/ping", "ping"},
    {"GET", "/-/v1/search", "search"},
    {"GET", "/-/package/{package}/dist-tags", "get_dist_tags"},
    {"GET", "/-/package/{scope}/{name}/dist-tags", "get_scoped_dist_tags"},
    {"POST", "/-/npm/v1/security/advisories/bulk", "bulk_advisories", http::Effect::read},
    {"GET", "/{package}", "get_packument"},
    // `/{scope}/{name}` (a scoped packument with its slash unescaped) comes through here too.
    {"GET", "/{package}/{version}", "get_version"},
    {"GET", "/{scope}/{name}/{version}", "get_scoped_version"},
    {"GET", "/", "registry_root"},
}};

http::Response not_found() {
    return http::Response::json(404, R"({"error":"Not found"})");
}

void replace_base(std::string& text, std::string_view base_url) {
    std::size_t at = 0;
    while ((at = text.find(base_mark, at)) != std::string::npos) {
        text.replace(at, base_mark.size(), base_url);
        at += base_url.size();
    }
}

/// The abbreviated document is asked for by naming its type; a client that also accepts plain JSON
/// lists that with a lower weight (providers/npm-registry, "Endpoints").
bool wants_abbreviated(const http::Request& request) {
    return request.headers().value("accept").contains(abbreviated_type);
}

std::string scoped(const Incoming& incoming) {
    return std::string(path_value(incoming, "scope")) + "/" +
           std::string(path_value(incoming, "name"));
}

http::Response cacheable(http::Response answer) {
    answer.header("cache-control", "public, max-age=300");
    answer.header("vary", "accept-encoding, accept");
    return answer;
}

json::object audit_object(const AuditEntry& entry, const VersionRange& range) {
    std::string versions = range_text(range);
    // `>= 4.0.0, < 4.17.21` is written `>=4.0.0 <4.17.21` here.
    std::erase(versions, ' ');
    std::ranges::replace(versions, ',', ' ');
    json::array cwes(entry.cwes.begin(), entry.cwes.end());
    return {{"id", 1'000'000 + stable_number(entry.id + versions) % 200'000},
            {"url", "https://github.com/advisories/" + entry.id},
            {"title", entry.title},
            {"severity", entry.severity},
            {"vulnerable_versions", versions},
            {"cwe", std::move(cwes)},
            {"cvss", json::object{{"score", entry.score},
                                  {"vectorString", entry.cvss.empty() ? json::value(nullptr)
                                                                      : json::value(entry.cvss)}}}};
}

/// The entries whose range holds one of the versions asked for.
json::array audit_hits(const std::vector<AuditEntry>& entries, http::Json versions) {
    json::array hits;
    for (const auto& entry : entries) {
        for (const auto& range : entry.affected.ranges) {
            const Affected stretch{.package = entry.affected.package, .ranges = {range}};
            for (const http::Json version : versions.elements()) {
                if (affects(stretch, version.string_or(""))) {
                    hits.emplace_back(audit_object(entry, range));
                    break;
                }
            }
        }
    }
    return hits;
}

}  // namespace

NpmProvider::NpmProvider(std::shared_ptr<const Registry> registry)
    : registry_(std::move(registry)) {}

std::span<const Route> NpmProvider::routes() const {
    return table;
}

http::Response NpmProvider::answer(const Incoming& incoming) {
    const auto& operation = incoming.route->operation;
    if (operation == "get_packument") {
        return packument(incoming, path_value(incoming, "package"));
    }
    if (operation == "get_version") {
        const auto package = path_value(incoming, "package");
        const auto second = path_value(incoming, "version");
        if (package.starts_with('@') && !package.contains('/')) {
            return packument(incoming, std::string(package) + "/" + std::string(second));
        }
        return version(incoming, package, second);
    }
    if (operation == "get_scoped_version") {
        return version(incoming, scoped(incoming), path_value(incoming, "version"));
    }
    if (operation == "get_dist_tags") {
        return dist_tags(path_value(incoming, "package"));
    }
    if (operation == "get_scoped_dist_tags") {
        return dist_tags(scoped(incoming));
    }
    if (operation == "search") {
        return http::Response::json(200, search_body(*registry_, incoming));
    }
    if (operation == "bulk_advisories") {
        return bulk_advisories(incoming);
    }
    return http::Response::json(200, operation == "ping" ? "{}" : R"({"db_name":"registry"})");
}

const NpmProvider::Page& NpmProvider::page(const Packument& packument, bool abbreviated,
                                           const std::string& base_url) {
    if (base_url != pages_base_ || pages_bytes_ > pages_bytes_max) {
        pages_.clear();
        pages_bytes_ = 0;
        pages_base_ = base_url;
    }
    auto [at, fresh] = pages_.try_emplace({packument.name, abbreviated});
    if (fresh) {
        at->second.body = abbreviated ? packument.abbreviated : packument.full;
        replace_base(at->second.body, base_url);
        at->second.etag = "\"" + stable_hash(at->second.body) + "\"";
        pages_bytes_ += at->second.body.size();
    }
    return at->second;
}

http::Response NpmProvider::packument(const Incoming& incoming, std::string_view package) {
    const auto found = registry_->packages.find(package);
    if (found == registry_->packages.end()) {
        return not_found();
    }
    const bool abbreviated = wants_abbreviated(*incoming.request);
    const auto& text = page(found->second, abbreviated, incoming.base_url);
    auto answer = cacheable(http::Response(200, text.body));
    answer.header("content-type", std::string(abbreviated ? abbreviated_type : "application/json"));
    answer.header("etag", text.etag);
    answer.header("last-modified", http::format_http_date(found->second.modified));
    return conditional(*incoming.request, std::move(answer));
}

http::Response NpmProvider::version(const Incoming& incoming, std::string_view package,
                                    std::string_view version) const {
    const auto found = registry_->packages.find(package);
    if (found == registry_->packages.end()) {
        return not_found();
    }
    const auto manifest = found->second.manifest(version);
    if (manifest.empty()) {
        // A JSON string, not an object (providers/npm-registry, "Errors").
        return http::Response::json(404,
                                    http::json_quote("version not found: " + std::string(version)));
    }
    std::string body(manifest);
    replace_base(body, incoming.base_url);
    auto answer = cacheable(http::Response::json(200, std::move(body)));
    answer.header("etag", "\"" + stable_hash(answer.body()) + "\"");
    return conditional(*incoming.request, std::move(answer));
}

http::Response NpmProvider::dist_tags(std::string_view package) const {
    const auto found = registry_->packages.find(package);
    if (found == registry_->packages.end()) {
        return not_found();
    }
    json::object tags;
    for (const auto& [tag, version] : found->second.tags) {
        tags[tag] = version;
    }
    return cacheable(http::Response::json(200, json::serialize(tags)));
}

http::Response NpmProvider::bulk_advisories(const Incoming& incoming) const {
    const auto asked = http::JsonDocument::parse(incoming.request->body());
    if (!asked || !asked->root().is_object() || asked->root().size() > bulk_names_max) {
        return http::Response::json(400, R"({"error":"Bad Request"})");
    }
    json::object out;
    for (const auto& [name, versions] : asked->root().members()) {
        if (const auto found = registry_->audit.find(name); found != registry_->audit.end()) {
            if (auto hits = audit_hits(found->second, versions); !hits.empty()) {
                out[name] = std::move(hits);
            }
        }
    }
    return http::Response::json(200, json::serialize(out));
}

http::Response NpmProvider::unknown_path(const http::Request& /*request*/) const {
    return not_found();
}

http::Response NpmProvider::refuse(const Refusal& refusal, SystemTime /*now*/) const {
    const int status = refusal.status != 0 ? refusal.status : refusal.limit.empty() ? 503 : 429;
    http::Response answer(status);
    if (!refusal.retry_after.empty()) {
        answer.header("retry-after", refusal.retry_after);
    }
    const std::string phrase(http::reason_phrase(status));
    if (status == 429 || status >= 500) {
        // Limits and outages are told by the edge in front of the registry, as a page for people
        // (providers/npm-registry, "Errors"): a client must not expect JSON.
        answer.header("content-type", "text/html; charset=UTF-8");
        answer.body("<!DOCTYPE html><html><head><title>" + phrase + "</title></head><body><h1>" +
                    std::to_string(status) + " " + phrase + "</h1></body></html>\n");
        return answer;
    }
    answer.header("content-type", "application/json");
    answer.body(status == 404 ? R"({"error":"Not found"})"
                              : "{\"error\":" + http::json_quote(phrase) + "}");
    return answer;
}

void NpmProvider::reset() {
    pages_.clear();
}

}  // namespace apilab::sandbox::npm
