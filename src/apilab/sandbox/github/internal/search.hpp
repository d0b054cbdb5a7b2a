#pragma once

#include "apilab/sandbox/github/internal/call.hpp"

/// Search over the seed world: words and quoted texts, all of which must be found, and qualifiers,
/// with `-` for not. At most 1000 results, as the real one gives.
namespace apilab::sandbox::github {

/// `repo:`, `user:`, `org:`, `is:`, `type:`, `state:`, `label:`, `author:`, `assignee:`, `in:`,
/// `no:`, `created:`, `updated:`, `closed:` (`>`, `>=`, `<`, `<=`, `a..b`).
[[nodiscard]] http::Response search_issues(const Call& call);
/// `repo:`, `user:`, `org:`, `language:`, `archived:`.
[[nodiscard]] http::Response search_repositories(const Call& call);
/// `repo:`, `user:`, `org:`, `path:`, `filename:`, `extension:`, `language:`; asks who asks.
[[nodiscard]] http::Response search_code(const Call& call);

}  // namespace apilab::sandbox::github
