#include "apilab/sandbox/github/internal/shapes.hpp"

#include <array>
#include <cstddef>
#include <utility>

#include "apilab/http/url.hpp"
#include "apilab/sandbox/github/bodies.hpp"
#include "apilab/sandbox/internal/conditional.hpp"

namespace apilab::sandbox::github {
namespace {

namespace json = boost::json;

constexpr std::string_view site = "https://github.com/";
constexpr std::string_view app_suffix = "[bot]";

// Links that lead to nothing here; a typed client expects them.
constexpr std::array<std::pair<std::string_view, std::string_view>, 9> user_links{
    {{"followers_url", "/followers"},
     {"following_url", "/following{/other_user}"},
     {"gists_url", "/gists{/gist_id}"},
     {"starred_url", "/starred{/owner}{/repo}"},
     {"subscriptions_url", "/subscriptions"},
     {"organizations_url", "/orgs"},
     {"repos_url", "/repos"},
     {"events_url", "/events{/privacy}"},
     {"received_events_url", "/received_events"}}};

}  // namespace

std::string api(std::string_view path) {
    return std::string(base_mark) + std::string(path);
}

std::string page(std::string_view path) {
    return std::string(site) + std::string(path);
}

std::string node_id(std::string_view kind, std::string_view name) {
    return std::string(kind) + "_kw" + stable_hash(name);
}

json::value or_null(const std::string& text) {
    return text.empty() ? json::value(nullptr) : json::value(text);
}

std::string encode_path(std::string_view path) {
    std::string out;
    while (true) {
        const auto slash = path.find('/');
        out += http::percent_encode(path.substr(0, slash));
        if (slash == std::string_view::npos) {
            return out;
        }
        out += '/';
        path.remove_prefix(slash + 1);
    }
}

std::string with_base(std::string text, std::string_view base_url) {
    std::size_t at = 0;
    while ((at = text.find(base_mark, at)) != std::string::npos) {
        text.replace(at, base_mark.size(), base_url);
        at += base_url.size();
    }
    return text;
}

json::object user_object(std::string_view login) {
    const std::string name(login);
    const auto id = number_of("user", login);
    const bool app = login.ends_with(app_suffix);
    json::object out{
        {"login", name},
        {"id", id},
        {"node_id", node_id(app ? "BOT" : "U", login)},
        {"avatar_url", "https://avatars.githubusercontent.com/u/" + std::to_string(id) + "?v=4"},
        {"gravatar_id", ""},
        {"url", api("/users/" + http::percent_encode(name))},
        {"html_url", page(http::percent_encode(name))}};
    for (const auto& [link, rest] : user_links) {
        out[link] = api("/users/" + http::percent_encode(name) + std::string(rest));
    }
    out["type"] = app ? "Bot" : "User";
    out["user_view_type"] = "public";
    out["site_admin"] = false;
    return out;
}

json::value user_or_null(std::string_view login) {
    return login.empty() ? json::value(nullptr) : json::value(user_object(login));
}

json::object profile_object(std::string_view login, bool own) {
    auto out = user_object(login);
    for (const auto* field :
         {"company", "location", "email", "hireable", "bio", "twitter_username"}) {
        out[field] = nullptr;
    }
    out["name"] = login;
    out["blog"] = "";
    out["public_repos"] = 8;
    for (const auto* field : {"public_gists", "followers", "following"}) {
        out[field] = 0;
    }
    out["created_at"] = "2011-01-25T18:44:36Z";
    out["updated_at"] = "2024-10-10T09:00:00Z";
    if (own) {
        out["user_view_type"] = "private";
        for (const auto* field : {"private_gists", "total_private_repos", "owned_private_repos",
                                  "disk_usage", "collaborators"}) {
            out[field] = 0;
        }
        out["two_factor_authentication"] = true;
        out["plan"] = json::object{
            {"name", "free"}, {"space", 976562499}, {"collaborators", 0}, {"private_repos", 10000}};
    }
    return out;
}

json::object reactions_object(const std::string& path) {
    json::object out{{"url", api(path + "/reactions")}, {"total_count", 0}};
    for (const auto* kind :
         {"+1", "-1", "laugh", "hooray", "confused", "heart", "rocket", "eyes"}) {
        out[kind] = 0;
    }
    return out;
}

}  // namespace apilab::sandbox::github
