#pragma once

#include "apilab/sandbox/github/internal/call.hpp"

/// Releases with their assets, and tags. Drafts are seen by who may write.
namespace apilab::sandbox::github {

[[nodiscard]] http::Response list_releases(const Call& call);
[[nodiscard]] http::Response get_latest_release(const Call& call);
[[nodiscard]] http::Response get_release_by_tag(const Call& call);
[[nodiscard]] http::Response get_release(const Call& call);
[[nodiscard]] http::Response create_release(const Call& call);
[[nodiscard]] http::Response update_release(const Call& call);
[[nodiscard]] http::Response delete_release(const Call& call);
[[nodiscard]] http::Response list_tags(const Call& call);

/// Assets of at most 1 MiB, 100 of a release.
[[nodiscard]] http::Response list_assets(const Call& call);
[[nodiscard]] http::Response upload_asset(const Call& call);
/// The bytes where `Accept: application/octet-stream` asks for them.
[[nodiscard]] http::Response get_asset(const Call& call);
[[nodiscard]] http::Response update_asset(const Call& call);
[[nodiscard]] http::Response delete_asset(const Call& call);

}  // namespace apilab::sandbox::github
