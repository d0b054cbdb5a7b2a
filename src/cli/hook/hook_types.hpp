#pragma once

#include <span>
#include <string>
#include <string_view>

#include "apilab/base/result.hpp"
#include "apilab/http/url.hpp"
#include "apilab/sandbox/webhook/bodies.hpp"

namespace apilab::cli {

/// An event that `hook trigger` can send, in the words of its sender.
struct HookType {
    /// `github`, as `sandbox::webhook::find_dialect` knows it.
    std::string_view from;
    /// `issues.opened`; asked for as `github:issues.opened`.
    std::string_view name;
    sandbox::webhook::Matter matter = sandbox::webhook::Matter::plain;
    /// What the sender asks before it sends anything; `matter` does not count then.
    bool handshake = false;
};
[[nodiscard]] std::span<const HookType> hook_types();
/// `github:push`, or a sender alone: its first. Error (`invalid_argument`): there is none such; the
/// message lists the senders, or that sender's names.
[[nodiscard]] Result<HookType> find_hook_type(std::string_view text);

/// The environment variable that a sender's secret is looked for in where none is named:
/// `APILAB_GITHUB_WEBHOOK_SECRET`. Empty for an unknown sender.
[[nodiscard]] std::string_view hook_secret_variable(std::string_view sender);

/// The first columns of a line about one webhook; they stay apart, however long a type is.
[[nodiscard]] std::string hook_columns(std::string_view source, std::string_view type,
                                       std::string_view id);

/// Where `hook listen` listens, and `hook trigger` sends to, unless told otherwise.
inline constexpr std::string_view default_hook_address = "127.0.0.1:8787";
/// That path of `source` below the base, where the URL names none itself: `/webhooks/github`.
[[nodiscard]] http::Url hook_url(const http::Url& url, std::string_view source);

}  // namespace apilab::cli
