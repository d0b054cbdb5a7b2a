#include "apilab/sandbox/github/bodies.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <utility>

#include "apilab/sandbox/github/internal/shapes.hpp"
#include "apilab/sandbox/internal/conditional.hpp"

namespace apilab::sandbox::github {
namespace {

namespace json = boost::json;

json::array vulnerabilities(const AdvisoryFacts& facts) {
    json::array out;
    for (const auto& affected : facts.affected) {
        for (const auto& range : affected.ranges) {
            out.emplace_back(json::object{
                {"package",
                 json::object{{"ecosystem", affected.ecosystem}, {"name", affected.package}}},
                {"vulnerable_version_range", range_text(range)},
                {"first_patched_version", or_null(range.fixed)},
                {"vulnerable_functions", json::array{}}});
        }
    }
    return out;
}

json::array identifiers(const AdvisoryFacts& facts) {
    json::array out{json::object{{"value", facts.id}, {"type", "GHSA"}}};
    if (!facts.cve.empty()) {
        out.emplace_back(json::object{{"value", facts.cve}, {"type", "CVE"}});
    }
    return out;
}

json::object rating(const AdvisoryFacts& facts, bool applies) {
    if (!applies || facts.cvss.empty()) {
        return {{"vector_string", nullptr}, {"score", nullptr}};
    }
    return {{"vector_string", facts.cvss},
            {"score", facts.score ? json::value(*facts.score) : json::value(nullptr)}};
}

}  // namespace

std::int64_t number_of(std::string_view kind, std::string_view name) {
    // Nine digits, as ids of that age have.
    return static_cast<std::int64_t>(
        100'000'000 + stable_number(std::string(kind) + ":" + std::string(name)) % 800'000'000);
}

std::string advisory_text(const AdvisoryFacts& facts) {
    const bool fourth = facts.cvss.starts_with("CVSS:4");
    json::array cwes;
    for (const auto& cwe : facts.cwes) {
        cwes.emplace_back(json::object{{"cwe_id", cwe}, {"name", cwe}});
    }
    return json::serialize(json::object{
        {"ghsa_id", facts.id},
        {"cve_id", or_null(facts.cve)},
        {"url", api("/advisories/" + facts.id)},
        {"html_url", page("advisories/" + facts.id)},
        {"summary", facts.summary},
        {"description", facts.summary + "."},
        {"type", "reviewed"},
        {"severity", facts.severity.empty() ? "unknown" : facts.severity},
        {"repository_advisory_url", nullptr},
        {"source_code_location", nullptr},
        {"identifiers", identifiers(facts)},
        {"references", json::array{json::string(page("advisories/" + facts.id))}},
        {"published_at", facts.published},
        {"updated_at", facts.modified},
        {"github_reviewed_at", facts.published},
        {"nvd_published_at", nullptr},
        {"withdrawn_at", or_null(facts.withdrawn)},
        {"vulnerabilities", vulnerabilities(facts)},
        {"cvss_severities",
         json::object{{"cvss_v3", rating(facts, !fourth)}, {"cvss_v4", rating(facts, fourth)}}},
        {"cwes", std::move(cwes)},
        {"credits", json::array{}},
        {"cvss", rating(facts, !fourth)},
        {"epss", nullptr}});
}

}  // namespace apilab::sandbox::github
