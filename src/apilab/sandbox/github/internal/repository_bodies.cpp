#include "apilab/sandbox/github/internal/repository_bodies.hpp"

#include <array>
#include <utility>

#include "apilab/http/url.hpp"
#include "apilab/sandbox/github/bodies.hpp"
#include "apilab/sandbox/github/internal/shapes.hpp"
#include "apilab/sandbox/internal/digest.hpp"

namespace apilab::sandbox::github {
namespace {

namespace json = boost::json;

// Links of which some lead to nothing here; a typed client expects them.
constexpr std::array<std::pair<std::string_view, std::string_view>, 37> repository_links{
    {{"forks_url", "/forks"},
     {"keys_url", "/keys{/key_id}"},
     {"collaborators_url", "/collaborators{/collaborator}"},
     {"teams_url", "/teams"},
     {"hooks_url", "/hooks"},
     {"issue_events_url", "/issues/events{/number}"},
     {"events_url", "/events"},
     {"assignees_url", "/assignees{/user}"},
     {"branches_url", "/branches{/branch}"},
     {"tags_url", "/tags"},
     {"blobs_url", "/git/blobs{/sha}"},
     {"git_tags_url", "/git/tags{/sha}"},
     {"git_refs_url", "/git/refs{/sha}"},
     {"trees_url", "/git/trees{/sha}"},
     {"statuses_url", "/statuses/{sha}"},
     {"languages_url", "/languages"},
     {"stargazers_url", "/stargazers"},
     {"contributors_url", "/contributors"},
     {"subscribers_url", "/subscribers"},
     {"subscription_url", "/subscription"},
     {"commits_url", "/commits{/sha}"},
     {"git_commits_url", "/git/commits{/sha}"},
     {"comments_url", "/comments{/number}"},
     {"issue_comment_url", "/issues/comments{/number}"},
     {"contents_url", "/contents/{+path}"},
     {"compare_url", "/compare/{base}...{head}"},
     {"merges_url", "/merges"},
     {"archive_url", "/{archive_format}{/ref}"},
     {"downloads_url", "/downloads"},
     {"issues_url", "/issues{/number}"},
     {"pulls_url", "/pulls{/number}"},
     {"milestones_url", "/milestones{/number}"},
     {"notifications_url", "/notifications{?since,all,participating}"},
     {"labels_url", "/labels{/name}"},
     {"releases_url", "/releases{/id}"},
     {"deployments_url", "/deployments"},
     {"url", ""}}};
void add_counts(json::object& out, const RepositoryState& state) {
    const auto open = state.open_issues();
    for (const auto* count :
         {"stargazers_count", "watchers_count", "forks_count", "forks", "watchers"}) {
        out[count] = 0;
    }
    out["open_issues_count"] = open;
    out["open_issues"] = open;
}

void add_settings(json::object& out) {
    out["permissions"] = json::object{
        {"admin", true}, {"maintain", true}, {"push", true}, {"triage", true}, {"pull", true}};
    for (const auto* allowed : {"allow_squash_merge", "allow_merge_commit", "allow_rebase_merge"}) {
        out[allowed] = true;
    }
    for (const auto* off : {"allow_auto_merge", "delete_branch_on_merge", "allow_update_branch",
                            "use_squash_pr_title_as_default"}) {
        out[off] = false;
    }
    out["squash_merge_commit_message"] = "COMMIT_MESSAGES";
    out["squash_merge_commit_title"] = "COMMIT_OR_PR_TITLE";
    out["merge_commit_message"] = "PR_TITLE";
    out["merge_commit_title"] = "MERGE_MESSAGE";
    out["temp_clone_token"] = "";
}

}  // namespace

json::object repository_object(const RepositoryState& state, RepositoryDetail detail, bool newer) {
    const auto& name = state.name();
    json::object out{{"id", state.repository->id},
                     {"node_id", node_id("R", name)},
                     {"name", name.substr(name.find('/') + 1)},
                     {"full_name", name},
                     {"private", false},
                     {"owner", user_object(state.owner())},
                     {"html_url", page(name)},
                     {"description", or_null(state.description)},
                     {"fork", false}};
    for (const auto& [link, rest] : repository_links) {
        out[link] = api("/repos/" + name + std::string(rest));
    }
    out["created_at"] = state.created;
    out["updated_at"] = state.updated;
    out["pushed_at"] = state.pushed;
    out["git_url"] = "git://github.com/" + name + ".git";
    out["ssh_url"] = "git@github.com:" + name + ".git";
    out["clone_url"] = page(name + ".git");
    out["svn_url"] = page(name);
    out["homepage"] = or_null(state.homepage);
    out["size"] = 1000;
    out["language"] = "JavaScript";
    out["has_issues"] = state.has_issues;
    for (const auto* has : {"has_projects", "has_wiki", "has_downloads", "has_pull_requests"}) {
        out[has] = true;
    }
    for (const auto* off : {"has_pages", "has_discussions", "disabled", "is_template",
                            "web_commit_signoff_required"}) {
        out[off] = false;
    }
    out["mirror_url"] = nullptr;
    out["archived"] = state.archived;
    out["license"] = nullptr;
    out["allow_forking"] = true;
    out["topics"] = json::array{};
    out["visibility"] = "public";
    out["pull_request_creation_policy"] = "all";
    out["default_branch"] = "main";
    add_counts(out, state);
    if (detail != RepositoryDetail::short_form) {
        out["network_count"] = 0;
        out["subscribers_count"] = 0;
    }
    if (detail == RepositoryDetail::own) {
        add_settings(out);
    }
    if (newer) {
        out.erase("has_downloads");
        out.erase("use_squash_pr_title_as_default");
    }
    return out;
}

json::object asset_object(const RepositoryState& state, const Release& release,
                          const Asset& asset) {
    const auto id = std::to_string(asset.id);
    return {{"url", api("/repos/" + state.name() + "/releases/assets/" + id)},
            {"id", asset.id},
            {"node_id", node_id("RA", state.name() + "@" + id)},
            {"name", asset.name},
            {"label", asset.label ? json::value(*asset.label) : json::value(nullptr)},
            {"uploader", user_object(release.author)},
            {"content_type", asset.type},
            {"state", "uploaded"},
            {"size", asset.content.size()},
            {"digest", "sha256:" + internal::sha256_hex(asset.content)},
            {"download_count", 0},
            {"created_at", asset.created},
            {"updated_at", asset.created},
            {"browser_download_url",
             page(state.name() + "/releases/download/" + http::percent_encode(release.tag) + "/" +
                  http::percent_encode(asset.name))}};
}

json::object release_object(const RepositoryState& state, const Release& release) {
    const auto path = "/repos/" + state.name() + "/releases/" + std::to_string(release.id);
    const auto tag = http::percent_encode(release.tag);
    const auto text = [](const std::optional<std::string>& from) {
        return from ? json::value(*from) : json::value(nullptr);
    };
    json::array assets;
    for (const auto& asset : release.assets) {
        assets.emplace_back(asset_object(state, release, asset));
    }
    return {{"url", api(path)},
            {"assets_url", api(path + "/assets")},
            {"upload_url", api(path + "/assets{?name,label}")},
            {"html_url", page(state.name() + "/releases/tag/" + tag)},
            {"id", release.id},
            {"author", user_object(release.author)},
            {"node_id", node_id("RE", state.name() + "@" + release.tag)},
            {"tag_name", release.tag},
            {"target_commitish", release.target},
            {"name", text(release.name)},
            {"draft", release.draft},
            {"immutable", false},
            {"prerelease", release.prerelease},
            {"created_at", release.created},
            {"updated_at", release.updated},
            {"published_at", or_null(release.published)},
            {"assets", std::move(assets)},
            {"tarball_url", api("/repos/" + state.name() + "/tarball/" + tag)},
            {"zipball_url", api("/repos/" + state.name() + "/zipball/" + tag)},
            {"body", text(release.body)}};
}

json::object tag_object(const RepositoryState& state, std::string_view tag) {
    const auto id = state.name() + "@" + std::string(tag);
    const auto sha = object_name("tag " + id);
    const auto path = "/repos/" + state.name();
    const auto reference = "/refs/tags/" + http::percent_encode(tag);
    return {{"name", std::string(tag)},
            {"zipball_url", api(path + "/zipball" + reference)},
            {"tarball_url", api(path + "/tarball" + reference)},
            {"commit", json::object{{"sha", sha}, {"url", api(path + "/commits/" + sha)}}},
            {"node_id", node_id("REF", id)}};
}

}  // namespace apilab::sandbox::github
