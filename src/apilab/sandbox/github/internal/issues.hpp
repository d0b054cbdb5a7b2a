#pragma once

#include "apilab/sandbox/github/internal/call.hpp"

/// Issues, their comments and labels, and pull requests in lists.
namespace apilab::sandbox::github {

[[nodiscard]] http::Response list_issues(const Call& call);
[[nodiscard]] http::Response get_issue(const Call& call);
[[nodiscard]] http::Response create_issue(const Call& call);
[[nodiscard]] http::Response update_issue(const Call& call);

[[nodiscard]] http::Response list_pulls(const Call& call);
[[nodiscard]] http::Response get_pull(const Call& call);

[[nodiscard]] http::Response list_issue_comments(const Call& call);
[[nodiscard]] http::Response list_repository_comments(const Call& call);
[[nodiscard]] http::Response get_comment(const Call& call);
[[nodiscard]] http::Response create_comment(const Call& call);
[[nodiscard]] http::Response update_comment(const Call& call);
[[nodiscard]] http::Response delete_comment(const Call& call);

[[nodiscard]] http::Response list_labels(const Call& call);
[[nodiscard]] http::Response get_label(const Call& call);
[[nodiscard]] http::Response create_label(const Call& call);
[[nodiscard]] http::Response update_label(const Call& call);
[[nodiscard]] http::Response delete_label(const Call& call);

[[nodiscard]] http::Response list_issue_labels(const Call& call);
[[nodiscard]] http::Response add_issue_labels(const Call& call);
[[nodiscard]] http::Response set_issue_labels(const Call& call);
[[nodiscard]] http::Response remove_issue_labels(const Call& call);
[[nodiscard]] http::Response remove_issue_label(const Call& call);

/// Reads `labels` of a body (an array of strings or objects with a `name`, or the array itself) and
/// makes those that the repository lacks; each once. Nothing where it is no such array.
[[nodiscard]] std::optional<std::vector<std::string>> read_labels(RepositoryState& state,
                                                                  http::Json labels);
/// 410 where the repository has issues switched off.
[[nodiscard]] std::optional<http::Response> gone(const Call& call);
/// The issue of the path for writing, or null.
[[nodiscard]] Issue* issue_to_edit(const Call& call);
/// What of an issue a search or a list for `since` compares.
[[nodiscard]] std::optional<std::string> since_of(const Call& call);

}  // namespace apilab::sandbox::github
