#include "apilab/sandbox/npm/audit_reply.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <utility>

#include "apilab/http/content_coding.hpp"
#include "apilab/http/json.hpp"
#include "apilab/sandbox/internal/conditional.hpp"

namespace apilab::sandbox::npm {
namespace {

namespace json = boost::json;

constexpr std::size_t body_max = std::size_t{16} << 20U;
constexpr std::size_t names_max = 10'000;
constexpr int depth_max = 100;

http::Response bad_request() {
    return http::Response::json(400, R"({"error":"Bad Request"})");
}

// `>= 4.0.0, < 4.17.21` is written `>=4.0.0 <4.17.21` here.
std::string versions_text(const VersionRange& range) {
    auto text = range_text(range);
    std::erase(text, ' ');
    std::ranges::replace(text, ',', ' ');
    return text;
}

std::uint64_t number_of(const AuditEntry& entry, const VersionRange& range) {
    return 1'000'000 + stable_number(entry.id + versions_text(range)) % 200'000;
}

json::object audit_object(const AuditEntry& entry, const VersionRange& range) {
    return {{"id", number_of(entry, range)},
            {"url", "https://github.com/advisories/" + entry.id},
            {"title", entry.title},
            {"severity", entry.severity},
            {"vulnerable_versions", versions_text(range)},
            {"cwe", json::array(entry.cwes.begin(), entry.cwes.end())},
            {"cvss", json::object{{"score", entry.score},
                                  {"vectorString", entry.cvss.empty() ? json::value(nullptr)
                                                                      : json::value(entry.cvss)}}}};
}

bool holds(const AuditEntry& entry, const VersionRange& range, std::string_view version) {
    return affects(
        {.ecosystem = "npm", .package = entry.affected.package, .ranges = {range}, .versions = {}},
        version);
}

/// The entries whose range holds one of the versions asked for.
json::array audit_hits(const std::vector<AuditEntry>& entries, http::Json versions) {
    json::array hits;
    for (const auto& entry : entries) {
        for (const auto& range : entry.affected.ranges) {
            for (const http::Json version : versions.elements()) {
                if (holds(entry, range, version.string_or(""))) {
                    hits.emplace_back(audit_object(entry, range));
                    break;
                }
            }
        }
    }
    return hits;
}

/// Walks the tree that npm used to send: `dependencies` by name, each with its own.
class QuickAudit {
public:
    explicit QuickAudit(const Registry& registry) : registry_(registry) {}

    /// False where the tree is too large.
    [[nodiscard]] bool walk(http::Json dependencies, const std::string& path, int depth) {
        if (depth > depth_max) {
            return false;
        }
        for (const auto& [name, entry] : dependencies.members()) {
            if (++seen_ > names_max) {
                return false;
            }
            const auto here = path.empty() ? std::string(name) : path + ">" + std::string(name);
            look(name, entry["version"].string_or(""), here);
            dev_ += entry["dev"].boolean().value_or(false) ? 1 : 0;
            optional_ += entry["optional"].boolean().value_or(false) ? 1 : 0;
            if (!walk(entry["dependencies"], here, depth + 1)) {
                return false;
            }
        }
        return true;
    }

    [[nodiscard]] json::object report() const {
        json::array actions;
        for (const auto& [id, advisory] : advisories_) {
            const auto& finding = advisory.at("findings").at(0);
            json::array resolves;
            for (const auto& path : finding.at("paths").get_array()) {
                resolves.emplace_back(json::object{{"id", advisory.at("id")},
                                                   {"path", path},
                                                   {"dev", false},
                                                   {"optional", false},
                                                   {"bundled", false}});
            }
            actions.emplace_back(json::object{{"action", "review"},
                                              {"module", advisory.at("module_name")},
                                              {"resolves", std::move(resolves)}});
        }
        json::object advisories;
        json::object counts{{"info", 0}, {"low", 0}, {"moderate", 0}, {"high", 0}, {"critical", 0}};
        for (const auto& [id, advisory] : advisories_) {
            advisories[id] = advisory;
            auto& count = counts[advisory.at("severity").as_string()];
            count = (count.is_int64() ? count.get_int64() : 0) + 1;
        }
        return {{"actions", std::move(actions)},
                {"advisories", std::move(advisories)},
                {"muted", json::array()},
                {"metadata", json::object{{"vulnerabilities", std::move(counts)},
                                          {"dependencies", seen_ - dev_},
                                          {"devDependencies", dev_},
                                          {"optionalDependencies", optional_},
                                          {"totalDependencies", seen_}}}};
    }

private:
    void look(std::string_view name, std::string_view version, const std::string& path) {
        const auto found = registry_.audit.find(name);
        if (found == registry_.audit.end()) {
            return;
        }
        for (const auto& entry : found->second) {
            for (const auto& range : entry.affected.ranges) {
                if (holds(entry, range, version)) {
                    add(entry, range, version, path);
                }
            }
        }
    }

    void add(const AuditEntry& entry, const VersionRange& range, std::string_view version,
             const std::string& path) {
        const auto number = number_of(entry, range);
        auto& advisory = advisories_[std::to_string(number)];
        if (advisory.empty()) {
            advisory = audit_object(entry, range);
            advisory["cwe"] = json::array(entry.cwes.begin(), entry.cwes.end());
            advisory["module_name"] = entry.affected.package;
            advisory["github_advisory_id"] = entry.id;
            advisory["patched_versions"] =
                range.fixed.empty() ? std::string("<0.0.0") : ">=" + range.fixed;
            advisory["overview"] = entry.title;
            advisory["recommendation"] = range.fixed.empty()
                                             ? std::string("None")
                                             : "Upgrade to version " + range.fixed + " or later";
            advisory["references"] = "- https://github.com/advisories/" + entry.id;
            advisory["access"] = "public";
            advisory["findings"] = json::array();
        }
        auto& findings = advisory["findings"].get_array();
        for (auto& finding : findings) {
            if (finding.at("version").as_string() == version) {
                finding.at("paths").get_array().emplace_back(path);
                return;
            }
        }
        findings.emplace_back(json::object{{"version", version}, {"paths", json::array{path}}});
    }

    const Registry& registry_;
    std::map<std::string, json::object> advisories_;
    std::size_t seen_ = 0;
    std::size_t dev_ = 0;
    std::size_t optional_ = 0;
};

}  // namespace

std::optional<std::string> decoded_body(const http::Request& request) {
    const auto coding = request.headers().value("content-encoding");
    if (coding.empty()) {
        return std::string(request.body());
    }
    http::DecodeLimits limits;
    limits.compressed_bytes_max = body_max;
    limits.decoded_bytes_max = body_max;
    auto decoder = http::ContentDecoder::create(coding, limits);
    std::string text;
    if (!decoder || !decoder->feed(request.body(), text) || !decoder->finish()) {
        return std::nullopt;
    }
    return text;
}

http::Response bulk_advisories(const Registry& registry, const http::Request& request) {
    const auto body = decoded_body(request);
    const auto asked = http::JsonDocument::parse(body.value_or(""));
    if (!body || !asked || !asked->root().is_object() || asked->root().size() > names_max) {
        return bad_request();
    }
    json::object out;
    for (const auto& [name, versions] : asked->root().members()) {
        if (const auto found = registry.audit.find(name); found != registry.audit.end()) {
            if (auto hits = audit_hits(found->second, versions); !hits.empty()) {
                out[name] = std::move(hits);
            }
        }
    }
    return http::Response::json(200, json::serialize(out));
}

http::Response quick_audit(const Registry& registry, const http::Request& request) {
    const auto body = decoded_body(request);
    const auto asked = http::JsonDocument::parse(body.value_or(""));
    QuickAudit audit(registry);
    if (!body || !asked || !asked->root().is_object() ||
        !audit.walk(asked->root()["dependencies"], "", 0)) {
        return bad_request();
    }
    auto answer = http::Response::json(200, json::serialize(audit.report()));
    answer.header("npm-notice", "This endpoint is old. Use the bulk advisory endpoint instead.");
    return answer;
}

}  // namespace apilab::sandbox::npm
