#include "apilab/sandbox/github/internal/operations.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "apilab/sandbox/github/internal/contents.hpp"
#include "apilab/sandbox/github/internal/hooks.hpp"
#include "apilab/sandbox/github/internal/issues.hpp"
#include "apilab/sandbox/github/internal/releases.hpp"
#include "apilab/sandbox/github/internal/repositories.hpp"
#include "apilab/sandbox/github/internal/search.hpp"
#include "apilab/sandbox/github/internal/site.hpp"

namespace apilab::sandbox::github {
namespace {

using enum http::Effect;

constexpr std::string_view by_number = "_by_id";

constexpr auto site = std::to_array<Operation>({
    {"GET", "/", "get_root", read, Access::anybody, get_root},
    {"GET", "/versions", "api_versions", read, Access::anybody, api_versions},
    {"GET", "/meta", "get_meta", read, Access::anybody, get_meta},
    {"GET", "/zen", "get_zen", read, Access::anybody, get_zen},
    {"GET", "/user", "get_user", read, Access::anybody, get_user},
    {"GET", "/users/{username}", "get_user_by_name", read, Access::anybody, get_user_by_name},
    {"GET", "/advisories", "list_advisories", read, Access::anybody, global_advisories},
    {"GET", "/advisories/{ghsa_id}", "get_advisory", read, Access::anybody, global_advisory},
    {"GET", "/search/issues", "search_issues", read, Access::anybody, search_issues},
    {"GET", "/search/repositories", "search_repositories", read, Access::anybody,
     search_repositories},
    {"GET", "/search/code", "search_code", read, Access::anybody, search_code},
});

constexpr auto of_repository = std::to_array<Operation>({
    {"GET", "", "get_repository", read, Access::anybody, get_repository},
    {"PATCH", "", "update_repository", idempotent, Access::push, update_repository},

    {"GET", "/issues", "list_issues", read, Access::anybody, list_issues},
    {"POST", "/issues", "create_issue", write, Access::somebody, create_issue},
    {"GET", "/issues/comments", "list_repository_comments", read, Access::anybody,
     list_repository_comments},
    {"GET", "/issues/comments/{comment_id}", "get_comment", read, Access::anybody, get_comment},
    {"PATCH", "/issues/comments/{comment_id}", "update_comment", idempotent, Access::somebody,
     update_comment},
    {"DELETE", "/issues/comments/{comment_id}", "delete_comment", idempotent, Access::somebody,
     delete_comment},
    {"GET", "/issues/{issue_number}", "get_issue", read, Access::anybody, get_issue},
    {"PATCH", "/issues/{issue_number}", "update_issue", idempotent, Access::somebody, update_issue},
    {"GET", "/issues/{issue_number}/comments", "list_comments", read, Access::anybody,
     list_issue_comments},
    {"POST", "/issues/{issue_number}/comments", "create_comment", write, Access::somebody,
     create_comment},
    {"GET", "/issues/{issue_number}/labels", "list_issue_labels", read, Access::anybody,
     list_issue_labels},
    {"POST", "/issues/{issue_number}/labels", "add_issue_labels", idempotent, Access::triage,
     add_issue_labels},
    {"PUT", "/issues/{issue_number}/labels", "set_issue_labels", idempotent, Access::triage,
     set_issue_labels},
    {"DELETE", "/issues/{issue_number}/labels", "remove_issue_labels", idempotent, Access::triage,
     remove_issue_labels},
    {"DELETE", "/issues/{issue_number}/labels/{name}", "remove_issue_label", idempotent,
     Access::triage, remove_issue_label},

    {"GET", "/labels", "list_labels", read, Access::anybody, list_labels},
    {"POST", "/labels", "create_label", write, Access::triage, create_label},
    {"GET", "/labels/{name}", "get_label", read, Access::anybody, get_label},
    {"PATCH", "/labels/{name}", "update_label", idempotent, Access::triage, update_label},
    {"DELETE", "/labels/{name}", "delete_label", idempotent, Access::triage, delete_label},

    {"GET", "/pulls", "list_pulls", read, Access::anybody, list_pulls},
    {"GET", "/pulls/{pull_number}", "get_pull", read, Access::anybody, get_pull},

    {"GET", "/releases", "list_releases", read, Access::anybody, list_releases},
    {"POST", "/releases", "create_release", write, Access::push, create_release},
    {"GET", "/releases/latest", "get_latest_release", read, Access::anybody, get_latest_release},
    {"GET", "/releases/tags/{tag}", "get_release_by_tag", read, Access::anybody,
     get_release_by_tag},
    {"GET", "/releases/assets/{asset_id}", "get_asset", read, Access::anybody, get_asset},
    {"PATCH", "/releases/assets/{asset_id}", "update_asset", idempotent, Access::push,
     update_asset},
    {"DELETE", "/releases/assets/{asset_id}", "delete_asset", idempotent, Access::push,
     delete_asset},
    {"GET", "/releases/{release_id}", "get_release", read, Access::anybody, get_release},
    {"PATCH", "/releases/{release_id}", "update_release", idempotent, Access::push, update_release},
    {"DELETE", "/releases/{release_id}", "delete_release", idempotent, Access::push,
     delete_release},
    {"GET", "/releases/{release_id}/assets", "list_assets", read, Access::anybody, list_assets},
    {"POST", "/releases/{release_id}/assets", "upload_asset", write, Access::push, upload_asset},
    {"GET", "/tags", "list_tags", read, Access::anybody, list_tags},

    {"GET", "/readme", "get_readme", read, Access::anybody, get_readme},
    {"GET", "/contents", "get_contents_of_root", read, Access::anybody, get_contents},
    {"GET", "/contents/", "get_contents_below_root", read, Access::anybody, get_contents},
    {"GET", "/contents/{path+}", "get_contents", read, Access::anybody, get_contents},
    {"PUT", "/contents/{path+}", "put_contents", idempotent, Access::push, put_contents},
    {"DELETE", "/contents/{path+}", "delete_contents", idempotent, Access::push, delete_contents},

    {"GET", "/security-advisories", "list_repository_advisories", read, Access::anybody,
     list_repository_advisories},

    {"GET", "/hooks", "list_hooks", read, Access::hooks, list_hooks},
    {"POST", "/hooks", "create_hook", write, Access::hooks, create_hook},
    {"GET", "/hooks/{hook_id}", "get_hook", read, Access::hooks, get_hook},
    {"PATCH", "/hooks/{hook_id}", "update_hook", idempotent, Access::hooks, update_hook},
    {"DELETE", "/hooks/{hook_id}", "delete_hook", idempotent, Access::hooks, delete_hook},
    {"GET", "/hooks/{hook_id}/config", "get_hook_config", read, Access::hooks, get_hook_config},
    {"PATCH", "/hooks/{hook_id}/config", "update_hook_config", idempotent, Access::hooks,
     update_hook_config},
    {"POST", "/hooks/{hook_id}/pings", "ping_hook", write, Access::hooks, ping_hook},
    {"POST", "/hooks/{hook_id}/tests", "test_hook", write, Access::hooks, test_hook},
    {"GET", "/hooks/{hook_id}/deliveries", "list_deliveries", read, Access::hooks, list_deliveries},
    {"GET", "/hooks/{hook_id}/deliveries/{delivery_id}", "get_delivery", read, Access::hooks,
     get_delivery},
    {"POST", "/hooks/{hook_id}/deliveries/{delivery_id}/attempts", "redeliver", write,
     Access::hooks, redeliver},
    {"POST", "/hooks/{hook_id}/test", "test_hook_at_its_url", write, Access::hooks, test_hook},
});

constexpr PageShape numbered{.by = PageShape::By::link,
                             .asked = "page",
                             .first = "1",
                             .size = "per_page",
                             .size_default = 30};
constexpr PageShape named{.by = PageShape::By::link,
                          .id = "name",
                          .asked = "page",
                          .first = "1",
                          .size = "per_page",
                          .size_default = 30};
constexpr PageShape advisories{.by = PageShape::By::link,
                               .id = "ghsa_id",
                               .asked = "after",
                               .size = "per_page",
                               .size_default = 30};
constexpr PageShape deliveries{
    .by = PageShape::By::link, .asked = "cursor", .size = "per_page", .size_default = 30};
constexpr PageShape found{.by = PageShape::By::link,
                          .items = "items",
                          .asked = "page",
                          .first = "1",
                          .size = "per_page",
                          .size_default = 30,
                          .total = "total_count",
                          .cap = "incomplete_results",
                          .cap_text = "true"};
constexpr PageShape found_code{.by = PageShape::By::link,
                               .items = "items",
                               .id = "url",
                               .asked = "page",
                               .first = "1",
                               .size = "per_page",
                               .size_default = 30,
                               .total = "total_count",
                               .cap = "incomplete_results",
                               .cap_text = "true"};

std::string_view plain(std::string_view name) {
    return name.ends_with(by_number) ? name.substr(0, name.size() - by_number.size()) : name;
}

std::vector<Route> make_routes() {
    // Answered by the provider itself.
    std::vector<Route> routes{{"GET", "/rate_limit", "rate_limit"},
                              {"GET", "/app", "get_app"},
                              {"POST", "/app/installations/{installation_id}/access_tokens",
                               "create_installation_token", http::Effect::write}};
    for (const auto& one : site) {
        routes.push_back(
            {std::string(one.method), std::string(one.path), std::string(one.name), one.effect});
    }
    for (const auto& one : of_repository) {
        const std::string path(one.path);
        const std::string name(one.name);
        routes.push_back(
            {std::string(one.method), "/repos/{owner}/{repo}" + path, name, one.effect});
        routes.push_back({std::string(one.method), "/repositories/{id}" + path,
                          name + std::string(by_number), one.effect});
    }
    return routes;
}

}  // namespace

std::span<const Operation> site_operations() {
    return site;
}

std::span<const Operation> repository_operations() {
    return of_repository;
}

const Operation* find_operation(std::string_view name) {
    for (const auto all : {site_operations(), repository_operations()}) {
        const auto one = std::ranges::find(all, plain(name), &Operation::name);
        if (one != all.end()) {
            return &*one;
        }
    }
    return nullptr;
}

const std::vector<Route>& all_routes() {
    static const std::vector<Route> routes = make_routes();
    return routes;
}

const PageShape* page_shape(std::string_view operation) {
    const auto name = plain(operation);
    if (name == "list_tags") {
        return &named;
    }
    if (name == "list_advisories" || name == "list_repository_advisories") {
        return &advisories;
    }
    if (name == "list_deliveries") {
        return &deliveries;
    }
    if (name.starts_with("list_")) {
        return &numbered;
    }
    if (name == "search_code") {
        return &found_code;
    }
    return name.starts_with("search_") ? &found : nullptr;
}

}  // namespace apilab::sandbox::github
