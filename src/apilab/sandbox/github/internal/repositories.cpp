#include "apilab/sandbox/github/internal/repositories.hpp"

#include <algorithm>
#include <boost/json/parse.hpp>
#include <utility>
#include <vector>

#include "apilab/sandbox/github/advisory_list.hpp"
#include "apilab/sandbox/github/internal/events.hpp"
#include "apilab/sandbox/github/internal/repository_bodies.hpp"
#include "apilab/sandbox/internal/query.hpp"

namespace apilab::sandbox::github {
namespace {

namespace json = boost::json;

constexpr std::string_view documentation =
    "https://docs.github.com/rest/repos/repos#update-a-repository";

RepositoryDetail detail_for(const Call& call) {
    return call.push ? RepositoryDetail::own : RepositoryDetail::full;
}

json::value member(const json::object& from, std::string_view name) {
    const auto* found = from.if_contains(name);
    return found == nullptr ? json::value(nullptr) : *found;
}

json::array vulnerabilities(const json::object& global) {
    json::array out;
    for (const auto& one : global.at("vulnerabilities").as_array()) {
        const auto& from = one.as_object();
        out.emplace_back(
            json::object{{"package", member(from, "package")},
                         {"vulnerable_version_range", member(from, "vulnerable_version_range")},
                         {"patched_versions", member(from, "first_patched_version")},
                         {"vulnerable_functions", member(from, "vulnerable_functions")}});
    }
    return out;
}

// The repository's side of an entry of the global database.
json::object advisory_object(const RepositoryState& state, const Advisory& advisory) {
    const auto global = json::parse(advisory.text).as_object();
    json::array ids;
    for (const auto& cwe : global.at("cwes").as_array()) {
        ids.emplace_back(cwe.as_object().at("cwe_id"));
    }
    json::object out{
        {"ghsa_id", advisory.ghsa_id},
        {"url", api("/repos/" + state.name() + "/security-advisories/" + advisory.ghsa_id)},
        {"html_url", page(state.name() + "/security/advisories/" + advisory.ghsa_id)}};
    for (const auto* name : {"cve_id", "summary", "description", "identifiers", "published_at",
                             "updated_at", "withdrawn_at", "cvss", "cvss_severities", "cwes"}) {
        out[name] = member(global, name);
    }
    out["severity"] =
        advisory.severity == "unknown" ? json::value(nullptr) : json::value(advisory.severity);
    out["author"] = nullptr;
    out["publisher"] = user_object(state.owner());
    out["state"] = advisory.withdrawn ? "withdrawn" : "published";
    out["created_at"] = member(global, "published_at");
    out["vulnerabilities"] = vulnerabilities(global);
    out["cwe_ids"] = std::move(ids);
    out["credits"] = json::array{};
    out["credits_detailed"] = json::array{};
    for (const auto* none : {"closed_at", "submission", "collaborating_users",
                             "collaborating_teams", "private_fork"}) {
        out[none] = nullptr;
    }
    return out;
}

}  // namespace

http::Response get_repository(const Call& call) {
    const auto& state = call.look();
    return modified(reply(call, 200, repository_object(state, detail_for(call), call.newer)),
                    state.updated);
}

http::Response update_repository(const Call& call) {
    const auto& now = call.look();
    const auto name = call.body["name"].string();
    if (name && *name != now.name().substr(now.name().find('/') + 1)) {
        return error(422, "The sandbox does not rename repositories.", documentation);
    }
    auto& state = call.edit();
    const auto description = call.body["description"];
    json::object changes;
    if (!description.missing()) {
        changes["description"] = json::object{{"from", or_null(state.description)}};
        state.description = text_member(call.body, "description").value_or("");
    }
    state.homepage = text_member(call.body, "homepage").value_or(state.homepage);
    state.has_issues = call.body["has_issues"].boolean().value_or(state.has_issues);
    const bool was_archived =
        std::exchange(state.archived, call.body["archived"].boolean().value_or(state.archived));
    state.updated = call.at;
    if (was_archived != state.archived) {
        emit(call, "repository", state.archived ? "archived" : "unarchived", {});
    } else {
        emit(call, "repository", "edited", {{"changes", std::move(changes)}});
    }
    return reply(call, 200, repository_object(state, detail_for(call), call.newer));
}

http::Response moved(const Incoming& incoming, const Repository& repository) {
    auto url =
        incoming.base_url + "/repositories/" + std::to_string(repository.id) + rest_of(incoming);
    if (const auto& query = incoming.request->url().query(); !query.empty()) {
        url += "?" + query;
    }
    const auto& method = incoming.request->method();
    auto answer =
        http::Response::json(method == "GET" || method == "HEAD" ? 301 : 307,
                             "{\"message\":\"Moved Permanently\",\"url\":" + http::json_quote(url) +
                                 ",\"documentation_url\":\"https://docs.github.com/rest/guides/"
                                 "best-practices-for-using-the-rest-api#follow-redirects\"}");
    answer.header("location", url);
    return answer;
}

http::Response list_repository_advisories(const Call& call) {
    const auto& package = call.repository->facts.package;
    const auto wanted = query_value(call.incoming, "state");
    std::vector<const Advisory*> rows;
    for (const auto& advisory : call.store.advisories()) {
        const std::string_view state = advisory.withdrawn ? "withdrawn" : "published";
        const bool ours = std::ranges::any_of(advisory.affected, [&](const Affected& affected) {
            return affected.package == package;
        });
        if (!package.empty() && ours && (wanted.empty() || wanted == state)) {
            rows.push_back(&advisory);
        }
    }
    if (query_value(call.incoming, "direction") == "asc") {
        std::ranges::reverse(rows);
    }
    const auto page = cut_by_cursor(call.incoming, rows, list_path(call));
    if (!page) {
        return error(400, page.error().message());
    }
    json::array body;
    for (const auto* advisory : page->advisories) {
        body.emplace_back(advisory_object(call.look(), *advisory));
    }
    auto answer = reply(call, 200, body);
    if (!page->link.empty()) {
        answer.header("link", page->link);
    }
    return answer;
}

}  // namespace apilab::sandbox::github
