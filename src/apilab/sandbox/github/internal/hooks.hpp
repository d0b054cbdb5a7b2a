#pragma once

#include "apilab/sandbox/github/internal/call.hpp"

/// Webhooks of a repository: what is asked for is kept by the hub, which delivers. Without a hub
/// every one of these is 503.
namespace apilab::sandbox::github {

[[nodiscard]] http::Response list_hooks(const Call& call);
/// Delivers `ping`.
[[nodiscard]] http::Response create_hook(const Call& call);
[[nodiscard]] http::Response get_hook(const Call& call);
[[nodiscard]] http::Response update_hook(const Call& call);
[[nodiscard]] http::Response delete_hook(const Call& call);
[[nodiscard]] http::Response get_hook_config(const Call& call);
[[nodiscard]] http::Response update_hook_config(const Call& call);
[[nodiscard]] http::Response ping_hook(const Call& call);
/// Delivers `push` of the newest commit.
[[nodiscard]] http::Response test_hook(const Call& call);

/// Newest first, by `cursor`; `status` is `success` or `failure`.
[[nodiscard]] http::Response list_deliveries(const Call& call);
[[nodiscard]] http::Response get_delivery(const Call& call);
/// 202; the same body once more.
[[nodiscard]] http::Response redeliver(const Call& call);

}  // namespace apilab::sandbox::github
