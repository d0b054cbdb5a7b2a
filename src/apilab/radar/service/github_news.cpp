#include "apilab/radar/service/github_news.hpp"

#include <algorithm>
#include <array>

#include "apilab/http/headers.hpp"

namespace apilab::radar {
namespace {

bool is_of(const Watch& watch, std::string_view repository) {
    return !watch.repository.empty() && http::iequals(watch.repository, repository);
}

bool moves(std::string_view ref, const Watch& watch, std::string_view default_branch) {
    const std::string_view wanted = watch.ref.empty() ? default_branch : watch.ref;
    for (const std::string_view kind : {"refs/heads/", "refs/tags/"}) {
        if (!wanted.empty() && ref.starts_with(kind) && ref.substr(kind.size()) == wanted) {
            return true;
        }
    }
    return false;
}

bool about_npm(http::Json advisory) {
    const http::Json hits = advisory["vulnerabilities"];
    if (hits.size_hint() == 0) {
        return true;
    }
    return std::ranges::any_of(hits.elements(), [](const http::Json hit) {
        return http::iequals(hit["package"]["ecosystem"].string_or(""), "npm");
    });
}

bool is_for_all(std::string_view type, http::Json body) {
    const std::string_view action = body["action"].string_or("");
    if (type == "release") {
        return action == "published" || action == "released";
    }
    if (type == "repository_advisory") {
        return action == "published";
    }
    return type == "security_advisory" && about_npm(body["security_advisory"]);
}

}  // namespace

GithubNews github_news(std::string_view type, http::Json body, const Config& config) {
    const std::string_view repository = body["repository"]["full_name"].string_or("");
    const std::string_view default_branch = body["repository"]["default_branch"].string_or("");
    const std::string_view ref = body["ref"].string_or("");
    const bool is_push = type == "push" && !body["deleted"].boolean().value_or(false);
    const bool for_all = is_for_all(type, body);
    GithubNews news;
    for (const Watch& watch : config.watches) {
        const bool own = is_of(watch, repository);
        if (for_all || (own && type == "dependabot_alert") ||
            (own && is_push && moves(ref, watch, default_branch))) {
            news.watches.push_back(watch.name);
        }
    }
    if (!news.watches.empty()) {
        news.why.append("github ").append(type);
    }
    return news;
}

}  // namespace apilab::radar
