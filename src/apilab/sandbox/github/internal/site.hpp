#pragma once

#include "apilab/sandbox/github/internal/call.hpp"

/// What stands beside repositories: the API itself, users, the global advisories.
namespace apilab::sandbox::github {

[[nodiscard]] http::Response get_root(const Call& call);
[[nodiscard]] http::Response api_versions(const Call& call);
[[nodiscard]] http::Response get_meta(const Call& call);
[[nodiscard]] http::Response get_zen(const Call& call);
[[nodiscard]] http::Response get_user(const Call& call);
[[nodiscard]] http::Response get_user_by_name(const Call& call);
[[nodiscard]] http::Response global_advisories(const Call& call);
[[nodiscard]] http::Response global_advisory(const Call& call);

}  // namespace apilab::sandbox::github
