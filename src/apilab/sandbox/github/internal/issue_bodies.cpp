#include "apilab/sandbox/github/internal/issue_bodies.hpp"

#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <utility>

#include "apilab/http/url.hpp"
#include "apilab/sandbox/github/bodies.hpp"
#include "apilab/sandbox/github/internal/repository_bodies.hpp"
#include "apilab/sandbox/github/internal/shapes.hpp"

namespace apilab::sandbox::github {
namespace {

namespace json = boost::json;

std::string named(const RepositoryState& state, std::int64_t number) {
    return fmt::format("{}#{}", state.name(), number);
}

std::string_view association(const RepositoryState& state, std::string_view login) {
    return login == state.owner() ? "OWNER" : login == "mona" ? "MEMBER" : "CONTRIBUTOR";
}

json::array users(const std::vector<std::string>& logins) {
    json::array out;
    for (const auto& login : logins) {
        out.emplace_back(user_object(login));
    }
    return out;
}

json::array labels(const RepositoryState& state, const Issue& issue) {
    json::array out;
    for (const auto& name : issue.labels) {
        if (const auto* label = state.label(name)) {
            out.emplace_back(label_object(state, *label));
        }
    }
    return out;
}

json::value text(const std::optional<std::string>& from) {
    return from ? json::value(*from) : json::value(nullptr);
}

// What issues and pull requests say alike.
void add_common(json::object& out, const RepositoryState& state, const Issue& issue, bool newer) {
    out["number"] = issue.number;
    out["title"] = issue.title;
    out["user"] = user_or_null(issue.user);
    out["labels"] = labels(state, issue);
    out["state"] = issue.open ? "open" : "closed";
    out["locked"] = false;
    if (!newer) {
        out["assignee"] = user_or_null(issue.assignees.empty() ? "" : issue.assignees.front());
    }
    out["assignees"] = users(issue.assignees);
    out["milestone"] = nullptr;
    out["created_at"] = issue.created;
    out["updated_at"] = issue.updated;
    out["closed_at"] = or_null(issue.closed);
    out["author_association"] = association(state, issue.user);
    out["active_lock_reason"] = nullptr;
    out["body"] = text(issue.body);
}

json::object side(const RepositoryState& state, std::string_view branch, const std::string& sha,
                  bool newer) {
    return {{"label", fmt::format("{}:{}", state.owner(), branch)},
            {"ref", branch},
            {"sha", sha},
            {"user", user_object(state.owner())},
            {"repo", repository_object(state, RepositoryDetail::short_form, newer)}};
}

json::object links(const std::string& path, const std::string& issue, const std::string& html,
                   const std::string& sha) {
    const auto link = [](std::string to) { return json::object{{"href", std::move(to)}}; };
    return {{"self", link(api(path))},
            {"html", link(html)},
            {"issue", link(api(issue))},
            {"comments", link(api(issue + "/comments"))},
            {"review_comments", link(api(path + "/comments"))},
            {"review_comment", link(api(path.substr(0, path.rfind('/')) + "/comments{/number}"))},
            {"commits", link(api(path + "/commits"))},
            {"statuses", link(api(path.substr(0, path.rfind("/pulls/")) + "/statuses/" + sha))}};
}

void add_merge(json::object& out, const Issue& issue) {
    out["merged"] = !issue.merged.empty();
    out["mergeable"] = issue.open ? json::value(true) : json::value(nullptr);
    out["rebaseable"] = issue.open ? json::value(true) : json::value(nullptr);
    out["mergeable_state"] = issue.open ? "clean" : "unknown";
    out["merged_by"] = user_or_null(issue.merged.empty() ? "" : issue.closed_by);
    out["comments"] = issue.comments;
    out["review_comments"] = 0;
    out["maintainer_can_modify"] = false;
    out["commits"] = 1;
    out["additions"] = 3;
    out["deletions"] = 1;
    out["changed_files"] = 1;
}

}  // namespace

std::int64_t issue_id(const RepositoryState& state, std::int64_t number) {
    return 1'000'000'000 + number_of("issue", named(state, number));
}

std::string branch_of(const Issue& issue) {
    return fmt::format("change-{}", issue.number);
}

json::object issue_object(const RepositoryState& state, const Issue& issue, bool newer,
                          bool closer) {
    const auto repository = "/repos/" + state.name();
    const auto path = fmt::format("{}/issues/{}", repository, issue.number);
    const auto pull = fmt::format("{}/pull/{}", state.name(), issue.number);
    json::object out{
        {"url", api(path)},
        {"repository_url", api(repository)},
        {"labels_url", api(path + "/labels{/name}")},
        {"comments_url", api(path + "/comments")},
        {"events_url", api(path + "/events")},
        {"html_url",
         issue.pull ? page(pull) : page(fmt::format("{}/issues/{}", state.name(), issue.number))},
        {"id", issue_id(state, issue.number)},
        {"node_id", node_id(issue.pull ? "PR" : "I", named(state, issue.number))}};
    add_common(out, state, issue, newer);
    out["comments"] = issue.comments;
    if (issue.pull) {
        out["draft"] = issue.draft;
        out["pull_request"] =
            json::object{{"url", api(fmt::format("{}/pulls/{}", repository, issue.number))},
                         {"html_url", page(pull)},
                         {"diff_url", page(pull + ".diff")},
                         {"patch_url", page(pull + ".patch")},
                         {"merged_at", or_null(issue.merged)}};
    } else {
        out["type"] = nullptr;
        out["sub_issues_summary"] =
            json::object{{"total", 0}, {"completed", 0}, {"percent_completed", 0}};
        out["issue_dependencies_summary"] = json::object{
            {"blocked_by", 0}, {"total_blocked_by", 0}, {"blocking", 0}, {"total_blocking", 0}};
    }
    if (closer) {
        out["closed_by"] = user_or_null(issue.closed_by);
    }
    out["reactions"] = reactions_object(path);
    out["timeline_url"] = api(path + "/timeline");
    out["performed_via_github_app"] = nullptr;
    out["state_reason"] = or_null(issue.reason);
    return out;
}

json::object comment_object(const RepositoryState& state, const Comment& comment) {
    const auto repository = "/repos/" + state.name();
    const auto path = fmt::format("{}/issues/comments/{}", repository, comment.id);
    const auto* issue = state.issue(comment.issue);
    const std::string_view kind = issue != nullptr && issue->pull ? "pull" : "issues";
    return {{"url", api(path)},
            {"html_url", page(fmt::format("{}/{}/{}#issuecomment-{}", state.name(), kind,
                                          comment.issue, comment.id))},
            {"issue_url", api(fmt::format("{}/issues/{}", repository, comment.issue))},
            {"id", comment.id},
            {"node_id", node_id("IC", fmt::format("{}-{}", state.name(), comment.id))},
            {"user", user_or_null(comment.user)},
            {"created_at", comment.created},
            {"updated_at", comment.updated},
            {"author_association", association(state, comment.user)},
            {"body", comment.body},
            {"reactions", reactions_object(path)},
            {"performed_via_github_app", nullptr}};
}

json::object label_object(const RepositoryState& state, const Label& label) {
    const auto named_here = state.name() + ":" + label.name;
    return {{"id", number_of("label", named_here)},
            {"node_id", node_id("LA", named_here)},
            {"url", api("/repos/" + state.name() + "/labels/" + http::percent_encode(label.name))},
            {"name", label.name},
            {"color", label.color},
            {"default", label.built_in},
            {"description", or_null(label.description)}};
}

json::object pull_object(const RepositoryState& state, const Issue& issue, bool newer, bool full) {
    const auto repository = "/repos/" + state.name();
    const auto path = fmt::format("{}/pulls/{}", repository, issue.number);
    const auto about = fmt::format("{}/issues/{}", repository, issue.number);
    const auto html = page(fmt::format("{}/pull/{}", state.name(), issue.number));
    const auto name = named(state, issue.number);
    const auto sha = object_name("head of " + name);
    json::object out{
        {"url", api(path)},       {"id", number_of("pull", name)}, {"node_id", node_id("PR", name)},
        {"html_url", html},       {"diff_url", html + ".diff"},    {"patch_url", html + ".patch"},
        {"issue_url", api(about)}};
    add_common(out, state, issue, newer);
    out["merged_at"] = or_null(issue.merged);
    if (!newer) {
        out["merge_commit_sha"] =
            issue.merged.empty() ? json::value(nullptr) : json::value(object_name("merge " + name));
    }
    out["requested_reviewers"] = json::array{};
    out["requested_teams"] = json::array{};
    out["draft"] = issue.draft;
    out["commits_url"] = api(path + "/commits");
    out["review_comments_url"] = api(path + "/comments");
    out["review_comment_url"] = api(repository + "/pulls/comments{/number}");
    out["comments_url"] = api(about + "/comments");
    out["statuses_url"] = api(repository + "/statuses/" + sha);
    out["head"] = side(state, branch_of(issue), sha, newer);
    out["base"] = side(state, "main", object_name("base of " + name), newer);
    out["_links"] = links(path, about, html, sha);
    out["auto_merge"] = nullptr;
    if (full) {
        add_merge(out, issue);
    }
    return out;
}

}  // namespace apilab::sandbox::github
