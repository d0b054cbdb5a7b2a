#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/base/clock.hpp"
#include "apilab/data/model.hpp"
#include "apilab/data/values.hpp"

// What GitHub's REST API sends, as far as we read it, for `data::decode`. Source:
// docs.github.com/rest (issues, releases, repositories, version 2022-11-28). A member that is there
// and not of use is ignored by name, so that a new one shows as drift.
namespace apilab::provider::github {

enum class AccountType : std::uint8_t { User, Organization, Bot, Mannequin };
BOOST_DESCRIBE_ENUM(AccountType, User, Organization, Bot, Mannequin)

struct Account {
    std::string login;
    std::int64_t id = 0;
    data::Open<AccountType> type;
    bool site_admin = false;
};
BOOST_DESCRIBE_STRUCT(Account, (), (login, id, type, site_admin))

struct Label {
    std::int64_t id = 0;
    std::string name;
    /// Six hexadecimal digits.
    std::string color;
    bool default_ = false;
    data::Nullable<std::string> description;
};
BOOST_DESCRIBE_STRUCT(Label, (), (id, name, color, default_, description))

enum class IssueState : std::uint8_t { open, closed };
BOOST_DESCRIBE_ENUM(IssueState, open, closed)
enum class IssueStateReason : std::uint8_t { completed, reopened, not_planned, duplicate };
BOOST_DESCRIBE_ENUM(IssueStateReason, completed, reopened, not_planned, duplicate)

/// An issue, or a pull request seen as one (`pull_request` is there).
struct Issue {
    std::int64_t id = 0;
    std::int64_t number = 0;
    std::string html_url;
    std::string title;
    /// Null where the account is gone.
    data::Nullable<Account> user;
    std::vector<Label> labels;
    data::Open<IssueState> state;
    bool locked = false;
    std::vector<Account> assignees;
    std::int64_t comments = 0;
    SystemTime created_at;
    SystemTime updated_at;
    data::Nullable<SystemTime> closed_at;
    data::Nullable<std::string> body;
    std::optional<data::Open<IssueStateReason>> state_reason;
    std::optional<data::RawJson> pull_request;
};
BOOST_DESCRIBE_STRUCT(Issue, (),
                      (id, number, html_url, title, user, labels, state, locked, assignees,
                       comments, created_at, updated_at, closed_at, body, state_reason,
                       pull_request))

struct ReleaseAsset {
    std::int64_t id = 0;
    std::string name;
    data::Nullable<std::string> label;
    std::string content_type;
    std::string state;
    std::int64_t size = 0;
    std::int64_t download_count = 0;
    SystemTime created_at;
    SystemTime updated_at;
    std::string browser_download_url;
};
BOOST_DESCRIBE_STRUCT(ReleaseAsset, (),
                      (id, name, label, content_type, state, size, download_count, created_at,
                       updated_at, browser_download_url))

struct Release {
    std::int64_t id = 0;
    std::string html_url;
    std::string tag_name;
    data::Nullable<std::string> name;
    bool draft = false;
    bool prerelease = false;
    SystemTime created_at;
    /// Null for a draft.
    data::Nullable<SystemTime> published_at;
    std::vector<ReleaseAsset> assets;
    data::Nullable<std::string> body;
};
BOOST_DESCRIBE_STRUCT(Release, (),
                      (id, html_url, tag_name, name, draft, prerelease, created_at, published_at,
                       assets, body))

enum class Visibility : std::uint8_t { public_, private_, internal };
BOOST_DESCRIBE_ENUM(Visibility, public_, private_, internal)

/// A repository, as far as we read it: of its ninety members most are addresses and settings.
struct Repository {
    std::int64_t id = 0;
    /// `owner/name` as it is called now.
    std::string full_name;
    std::string html_url;
    bool private_ = false;
    std::optional<data::Open<Visibility>> visibility;
    std::string default_branch;
    /// Read-only: nobody fixes anything there. Nothing: it was not said.
    std::optional<bool> archived;
    std::optional<bool> disabled;
    bool fork = false;
    /// Null while it is empty.
    data::Nullable<SystemTime> pushed_at;
};
BOOST_DESCRIBE_STRUCT(Repository, (),
                      (id, full_name, html_url, private_, visibility, default_branch, archived,
                       disabled, fork, pushed_at))

}  // namespace apilab::provider::github

namespace apilab::data {

template <>
struct Model<provider::github::Repository> {
    static constexpr bool partial = true;
};

template <>
struct Model<provider::github::Account> {
    static constexpr std::array<std::string_view, 17> ignored{
        "node_id",     "avatar_url",          "gravatar_id",       "url",
        "html_url",    "followers_url",       "following_url",     "gists_url",
        "starred_url", "subscriptions_url",   "organizations_url", "repos_url",
        "events_url",  "received_events_url", "user_view_type",    "name",
        "email"};
};
template <>
struct Model<provider::github::Label> {
    static constexpr std::array<std::string_view, 2> ignored{"node_id", "url"};
};
template <>
struct Model<provider::github::Issue> {
    static constexpr std::array<std::string_view, 23> ignored{"url",
                                                              "repository_url",
                                                              "labels_url",
                                                              "comments_url",
                                                              "events_url",
                                                              "node_id",
                                                              "assignee",
                                                              "milestone",
                                                              "author_association",
                                                              "reactions",
                                                              "active_lock_reason",
                                                              "timeline_url",
                                                              "draft",
                                                              "repository",
                                                              "performed_via_github_app",
                                                              "score",
                                                              "closed_by",
                                                              "body_html",
                                                              "body_text",
                                                              "text_matches",
                                                              "sub_issues_summary",
                                                              "type",
                                                              "issue_dependencies_summary"};
};
template <>
struct Model<provider::github::ReleaseAsset> {
    static constexpr std::array<std::string_view, 4> ignored{"url", "node_id", "uploader",
                                                             "digest"};
};
template <>
struct Model<provider::github::Release> {
    static constexpr std::array<std::string_view, 14> ignored{
        "url",       "assets_url",       "upload_url",     "author",
        "node_id",   "target_commitish", "tarball_url",    "zipball_url",
        "body_html", "body_text",        "mentions_count", "discussion_url",
        "reactions", "updated_at"};
};

}  // namespace apilab::data
