#pragma once

#include "apilab/sandbox/github/internal/call.hpp"

namespace apilab::sandbox::github {

[[nodiscard]] http::Response get_repository(const Call& call);
/// `description`, `homepage`, `has_issues`, `archived`; another `name` is refused.
[[nodiscard]] http::Response update_repository(const Call& call);
/// 301, or 307 for what is no GET: to the repository's number.
[[nodiscard]] http::Response moved(const Incoming& incoming, const Repository& repository);
/// Those of the global database that affect what the repository publishes.
[[nodiscard]] http::Response list_repository_advisories(const Call& call);

}  // namespace apilab::sandbox::github
