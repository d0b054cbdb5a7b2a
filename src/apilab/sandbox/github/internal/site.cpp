#include "apilab/sandbox/github/internal/site.hpp"

#include <algorithm>
#include <array>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <utility>

#include "apilab/sandbox/github/advisory_list.hpp"
#include "apilab/sandbox/internal/query.hpp"

namespace apilab::sandbox::github {
namespace {

namespace json = boost::json;

struct Link {
    std::string_view name;
    std::string_view path;
};
constexpr std::array<Link, 32> root_links{{
    {"current_user_url", "/user"},
    {"authorizations_url", "/authorizations"},
    {"code_search_url", "/search/code?q={query}{&page,per_page,sort,order}"},
    {"commit_search_url", "/search/commits?q={query}{&page,per_page,sort,order}"},
    {"emails_url", "/user/emails"},
    {"emojis_url", "/emojis"},
    {"events_url", "/events"},
    {"feeds_url", "/feeds"},
    {"followers_url", "/user/followers"},
    {"following_url", "/user/following{/target}"},
    {"gists_url", "/gists{/gist_id}"},
    {"hub_url", "/hub"},
    {"issue_search_url", "/search/issues?q={query}{&page,per_page,sort,order}"},
    {"issues_url", "/issues"},
    {"keys_url", "/user/keys"},
    {"label_search_url", "/search/labels?q={query}&repository_id={repository_id}{&page,per_page}"},
    {"notifications_url", "/notifications"},
    {"organization_url", "/orgs/{org}"},
    {"organization_repositories_url", "/orgs/{org}/repos{?type,page,per_page,sort}"},
    {"organization_teams_url", "/orgs/{org}/teams"},
    {"public_gists_url", "/gists/public"},
    {"rate_limit_url", "/rate_limit"},
    {"repository_url", "/repos/{owner}/{repo}"},
    {"repository_search_url", "/search/repositories?q={query}{&page,per_page,sort,order}"},
    {"current_user_repositories_url", "/user/repos{?type,page,per_page,sort}"},
    {"starred_url", "/user/starred{/owner}{/repo}"},
    {"starred_gists_url", "/gists/starred"},
    {"topic_search_url", "/search/topics?q={query}{&page,per_page}"},
    {"user_url", "/users/{user}"},
    {"user_organizations_url", "/user/orgs"},
    {"user_repositories_url", "/users/{user}/repos{?type,page,per_page,sort}"},
    {"user_search_url", "/search/users?q={query}{&page,per_page,sort,order}"},
}};
constexpr std::array<std::string_view, 5> people{"octo", "mona", "hubot", "ilse", "mara"};

// The older of two copies of the rating went with the 2026 version.
std::string text_of(const Call& call, const Advisory& advisory) {
    if (!call.newer) {
        return advisory.text;
    }
    auto object = json::parse(advisory.text).as_object();
    object.erase("cvss");
    return json::serialize(object);
}

}  // namespace

http::Response get_root(const Call& call) {
    json::object out;
    for (const auto& [name, path] : root_links) {
        if (!call.newer || (name != "authorizations_url" && name != "hub_url")) {
            out[name] = api(path);
        }
    }
    out["current_user_authorizations_html_url"] =
        page("settings/connections/applications{/client_id}");
    return reply(call, 200, out);
}

http::Response api_versions(const Call& call) {
    return reply(call, 200, json::array{json::string("2026-03-10"), json::string("2022-11-28")});
}

http::Response get_meta(const Call& call) {
    const json::array loopback{json::string("127.0.0.1/32")};
    json::object out{{"verifiable_password_authentication", false}};
    for (const auto* who : {"hooks", "web", "api", "git"}) {
        out[who] = loopback;
    }
    out["domains"] = json::object{{"website", json::array{json::string("*.github.com")}}};
    return reply(call, 200, out);
}

http::Response get_zen(const Call& /*call*/) {
    http::Response answer(200, "Speak like a human.");
    answer.header("content-type", "text/plain;charset=utf-8");
    return answer;
}

http::Response get_user(const Call& call) {
    if (call.login.empty()) {
        return error(401, "Requires authentication");
    }
    return call.login.ends_with("[bot]")  // an installation is nobody
               ? error(403, "Resource not accessible by integration")
               : reply(call, 200, profile_object(call.login, true));
}

http::Response get_user_by_name(const Call& call) {
    const auto name = path_value(call.incoming, "username");
    const bool owner = std::ranges::any_of(call.store.repositories(), [&](const Repository& one) {
        return one.facts.name.starts_with(std::string(name) + "/");
    });
    const bool known = owner || std::ranges::find(people, name) != people.end();
    return known ? reply(call, 200, profile_object(name, name == call.login)) : not_found();
}

http::Response global_advisories(const Call& call) {
    const auto found = list_advisories(call.store, call.incoming);
    if (!found) {
        return simple_validation_error(found.error().message());
    }
    std::string body = "[";
    for (const auto* advisory : found->advisories) {
        body += body.size() > 1 ? "," : "";
        body += text_of(call, *advisory);
    }
    auto answer = http::Response::json(200, with_base(body + "]", call.incoming.base_url));
    if (!found->link.empty()) {
        answer.header("link", found->link);
    }
    return answer;
}

http::Response global_advisory(const Call& call) {
    const auto* advisory = call.store.advisory(path_value(call.incoming, "ghsa_id"));
    return advisory == nullptr ? not_found()
                               : http::Response::json(200, with_base(text_of(call, *advisory),
                                                                     call.incoming.base_url));
}

}  // namespace apilab::sandbox::github
