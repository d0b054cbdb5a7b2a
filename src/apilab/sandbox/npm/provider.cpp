#include "apilab/sandbox/npm/provider.hpp"

#include <algorithm>
#include <array>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <utility>

#include "apilab/http/date.hpp"
#include "apilab/http/json.hpp"
#include "apilab/sandbox/internal/conditional.hpp"
#include "apilab/sandbox/internal/query.hpp"
#include "apilab/sandbox/npm/audit_reply.hpp"
#include "apilab/sandbox/npm/search.hpp"

namespace apilab::sandbox::npm {
namespace {

namespace json = boost::json;

constexpr std::string_view abbreviated_type = "application/vnd.npm.install-v1+json";
// What finished texts may take; beyond it they are written anew.
constexpr std::size_t pages_bytes_max = std::size_t{16} << 20U;

constexpr auto reads = http::Effect::read;
constexpr auto once = http::Effect::idempotent;

// Literal parts first: a package may be called anything, so what is narrower has to be asked first.
// A scoped name comes as one segment (`@scope%2fname`) or, from some clients, as two.
const std::array table{
    Route{"GET", "/-/ping", "ping"},
    Route{"GET", "/-/whoami", "whoami"},
    Route{"GET", "/-/v1/search", "search"},
    Route{"GET", "/-/package/{package}/dist-tags", "get_dist_tags"},
    Route{"GET", "/-/package/{scope}/{name}/dist-tags", "get_scoped_dist_tags"},
    Route{"PUT", "/-/package/{package}/dist-tags/{tag}", "set_dist_tag", once},
    Route{"PUT", "/-/package/{scope}/{name}/dist-tags/{tag}", "set_scoped_dist_tag", once},
    Route{"DELETE", "/-/package/{package}/dist-tags/{tag}", "remove_dist_tag", once},
    Route{"DELETE", "/-/package/{scope}/{name}/dist-tags/{tag}", "remove_scoped_dist_tag", once},
    Route{"POST", "/-/npm/v1/security/advisories/bulk", "bulk_advisories", reads},
    Route{"POST", "/-/npm/v1/security/audits/quick", "quick_audit", reads},
    Route{"GET", "/{package}/-/{file}", "get_tarball"},
    Route{"GET", "/{scope}/{name}/-/{file}", "get_scoped_tarball"},
    Route{"DELETE", "/{package}/-/{file}/-rev/{rev}", "remove_tarball", once},
    Route{"DELETE", "/{scope}/{name}/-/{file}/-rev/{rev}", "remove_scoped_tarball", once},
    Route{"PUT", "/{package}/-rev/{rev}", "unpublish_versions", once},
    Route{"PUT", "/{scope}/{name}/-rev/{rev}", "unpublish_scoped_versions", once},
    Route{"DELETE", "/{package}/-rev/{rev}", "unpublish", once},
    Route{"DELETE", "/{scope}/{name}/-rev/{rev}", "unpublish_scoped", once},
    Route{"PUT", "/{package}", "put_package", http::Effect::write},
    Route{"PUT", "/{scope}/{name}", "put_scoped_package", http::Effect::write},
    Route{"GET", "/{package}", "get_packument"},
    // `/{scope}/{name}` (a scoped packument with its slash unescaped) comes through here too.
    Route{"GET", "/{package}/{version}", "get_version"},
    Route{"GET", "/{scope}/{name}/{version}", "get_scoped_version"},
    Route{"GET", "/", "registry_root"},
};

http::Response not_found() {
    return refusal(404, "Not found");
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

std::string package_of(const Incoming& incoming) {
    const auto package = path_value(incoming, "package");
    return package.empty() ? std::string(path_value(incoming, "scope")) + "/" +
                                 std::string(path_value(incoming, "name"))
                           : std::string(package);
}

/// The operation's name for a package of either kind.
std::string plain(std::string_view operation) {
    std::string out(operation);
    for (const auto* word : {"scoped_", "_scoped"}) {
        if (const auto at = out.find(word); at != std::string::npos) {
            out.erase(at, 7);
        }
    }
    return out;
}

http::Response cacheable(http::Response answer) {
    answer.header("cache-control", "public, max-age=300");
    answer.header("vary", "accept-encoding, accept");
    return answer;
}

bool is_one_time_password(std::string_view text) {
    return text.size() == 6 &&
           std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

NpmProvider::NpmProvider(std::shared_ptr<const Registry> registry, NpmOptions options)
    : options_(std::move(options)), shelf_(std::move(registry)) {}

std::span<const Route> NpmProvider::routes() const {
    return table;
}

http::Response NpmProvider::answer(const Incoming& incoming) {
    const auto operation = plain(incoming.route->operation);
    return incoming.route->effect == reads ? read(incoming, operation) : write(incoming, operation);
}

http::Response NpmProvider::read(const Incoming& incoming, std::string_view operation) {
    if (operation == "get_packument") {
        return packument(incoming, package_of(incoming));
    }
    if (operation == "get_version") {
        const auto package = package_of(incoming);
        const auto second = path_value(incoming, "version");
        if (package.starts_with('@') && !package.contains('/')) {
            return packument(incoming, package + "/" + std::string(second));
        }
        return version(incoming, package, second);
    }
    if (operation == "get_tarball") {
        return tarball(incoming);
    }
    if (operation == "get_dist_tags") {
        return dist_tags(incoming);
    }
    if (operation == "search") {
        return http::Response::json(200, search_body(shelf_, incoming));
    }
    if (operation == "bulk_advisories") {
        return bulk_advisories(shelf_.registry(), *incoming.request);
    }
    if (operation == "quick_audit") {
        return quick_audit(shelf_.registry(), *incoming.request);
    }
    if (operation == "whoami") {
        return whoami(incoming);
    }
    return http::Response::json(200, operation == "ping" ? "{}" : R"({"db_name":"registry"})");
}

http::Response NpmProvider::write(const Incoming& incoming, std::string_view operation) {
    const auto allowed = writer(incoming);
    if (!allowed) {
        return allowed.error();
    }
    const auto package = package_of(incoming);
    pages_.erase({package, true});
    pages_.erase({package, false});
    if (operation == "put_package") {
        return put_package(shelf_, incoming, package, **allowed);
    }
    if (operation == "set_dist_tag") {
        return set_tag(shelf_, incoming, package, **allowed);
    }
    if (operation == "remove_dist_tag") {
        return remove_tag(shelf_, incoming, package, **allowed);
    }
    if (operation == "remove_tarball") {
        // npm asks for it after the manifest is gone; the bytes went with that.
        return shelf_.find(package) == nullptr ? not_found()
                                               : http::Response::json(200, R"({"ok":true})");
    }
    return unpublish(shelf_, incoming, package, **allowed);
}

const Writer* NpmProvider::who(const Incoming& incoming) const {
    const auto field = incoming.request->headers().value("authorization");
    constexpr std::string_view scheme = "bearer ";
    if (field.size() <= scheme.size() || !http::iequals(field.substr(0, scheme.size()), scheme)) {
        return nullptr;
    }
    const auto found = options_.writers.find(field.substr(scheme.size()));
    return found == options_.writers.end() ? nullptr : &found->second;
}

std::expected<const Writer*, http::Response> NpmProvider::writer(const Incoming& incoming) const {
    const auto* known = who(incoming);
    if (known == nullptr) {
        auto answer = refusal(401, "Unauthorized");
        answer.header("www-authenticate", "Bearer");
        return std::unexpected(std::move(answer));
    }
    if (known->read_only) {
        return std::unexpected(refusal(403, "Forbidden: this token may only read"));
    }
    if (known->second_factor &&
        !is_one_time_password(incoming.request->headers().value("npm-otp"))) {
        auto answer = refusal(401,
                              "You must provide a one-time pass. Upgrade your client to "
                              "npm@latest in order to use 2FA.");
        answer.header("www-authenticate", "OTP");
        return std::unexpected(std::move(answer));
    }
    return known;
}

http::Response NpmProvider::whoami(const Incoming& incoming) const {
    const auto* known = who(incoming);
    if (known == nullptr) {
        auto answer = refusal(401, "Unauthorized");
        answer.header("www-authenticate", "Bearer");
        return answer;
    }
    return http::Response::json(200, "{\"username\":" + http::json_quote(known->user) + "}");
}

const Packument* NpmProvider::visible(const Incoming& incoming, std::string_view package) const {
    const auto* found = shelf_.find(package);
    const bool hidden = found != nullptr && shelf_.restricted(package) && who(incoming) == nullptr;
    return hidden ? nullptr : found;
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
    const auto* found = visible(incoming, package);
    if (found == nullptr) {
        return not_found();
    }
    const bool abbreviated = wants_abbreviated(*incoming.request);
    const auto& text = page(*found, abbreviated, incoming.base_url);
    auto answer = cacheable(http::Response(200, text.body));
    answer.header("content-type", std::string(abbreviated ? abbreviated_type : "application/json"));
    answer.header("etag", text.etag);
    answer.header("last-modified", http::format_http_date(found->modified));
    return conditional(*incoming.request, std::move(answer));
}

http::Response NpmProvider::version(const Incoming& incoming, std::string_view package,
                                    std::string_view version) const {
    const auto* found = visible(incoming, package);
    if (found == nullptr) {
        return not_found();
    }
    const auto manifest = found->manifest(version);
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

http::Response NpmProvider::tarball(const Incoming& incoming) const {
    const auto package = package_of(incoming);
    const auto bytes = visible(incoming, package) == nullptr
                           ? std::nullopt
                           : shelf_.tarball(package, path_value(incoming, "file"));
    if (!bytes) {
        return not_found();
    }
    http::Response answer(200, *bytes);
    answer.header("content-type", "application/octet-stream");
    answer.header("cache-control", "public, immutable, max-age=31557600");
    answer.header("etag", "\"" + stable_hash(answer.body()) + "\"");
    return conditional(*incoming.request, std::move(answer));
}

http::Response NpmProvider::dist_tags(const Incoming& incoming) const {
    const auto* found = visible(incoming, package_of(incoming));
    if (found == nullptr) {
        return not_found();
    }
    json::object tags;
    for (const auto& [tag, version] : found->tags) {
        tags[tag] = version;
    }
    // Not to be kept: npm reads them before and after it changes them.
    auto answer = http::Response::json(200, json::serialize(tags));
    answer.header("cache-control", "no-cache");
    return answer;
}

http::Response NpmProvider::unknown_path(const http::Request& /*request*/) const {
    return not_found();
}

const PageShape* NpmProvider::pages_of(std::string_view operation) const {
    static constexpr PageShape search{.by = PageShape::By::position,
                                      .items = "objects",
                                      .id = "",
                                      .asked = "from",
                                      .first = "0",
                                      .size = "size",
                                      .size_default = 20,
                                      .size_max = 250,
                                      .total = "total",
                                      .counts_items = true};
    return operation == "search" ? &search : nullptr;
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
    shelf_.reset();
    pages_.clear();
    pages_bytes_ = 0;
}

FidelityCard NpmProvider::fidelity() const {
    return {
        .copied =
            {"Packuments full and abbreviated by Accept, with ETag, Last-Modified, 304 and Vary; "
             "one version or dist-tag; scoped names with the slash escaped or not.",
             "Tarballs whose bytes fit dist.integrity (sha512) and dist.shasum.",
             "dist-tags read, set and removed; whoami; publishing with its attachment checked; "
             "deprecating; unpublishing within 72 hours.",
             "401 with WWW-Authenticate: OTP for a second factor, 402 for private packages, 403 "
             "for what is somebody else's or was published before, 404 for what one may not see, "
             "409 for an old _rev.",
             "Bulk advisories (gzipped bodies too) and the older quick audit.",
             "An unpublished package is a 200 without versions and with time.unpublished; an "
             "unknown version is a JSON string.",
             "429 and 5xx as pages of the edge in front of the registry."},
        .not_copied =
            {"Signatures, attestations and the keys endpoint; provenance; download counts; the "
             "changes feed; logins, tokens, organisations and access lists.",
             "The delay of the CDN after publishing; tarballs of recorded packuments (--data)."},
        .differs =
            {"Tarballs are gzip without compression and hold a package.json, a README and a "
             "module that does nothing.",
             "Search finds words in name and description, orders by name and ranks everything "
             "alike.",
             "Everything that exists only here belongs to one user; the rest to nobody who can "
             "log in.",
             "Any six digits are a one-time password.",
             "The advisories of the audit are the seed's, abridged."},
        .sources = {"github.com/npm/registry (docs)", "github.com/npm/cli",
                    "docs.npmjs.com/policies/unpublish", "providers/npm-registry"}};
}

}  // namespace apilab::sandbox::npm
