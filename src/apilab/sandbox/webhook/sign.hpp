#pragma once

#include <string>
#include <string_view>

#include "apilab/base/clock.hpp"

/// How senders sign. The sandbox's own: what receives webhooks is judged by it, and shares no code.
namespace apilab::sandbox::webhook {

/// HMAC-SHA256 and HMAC-SHA1 in lower-case hex.
[[nodiscard]] std::string hmac_sha256_hex(std::string_view key, std::string_view message);
[[nodiscard]] std::string hmac_sha1_hex(std::string_view key, std::string_view message);

/// `sha256=<hex>` over the raw body: GitHub's `X-Hub-Signature-256`.
[[nodiscard]] std::string github_signature(std::string_view secret, std::string_view body);
/// `v0=<hex>` over `v0:<timestamp>:<raw body>`: Slack's `X-Slack-Signature`.
[[nodiscard]] std::string slack_signature(std::string_view secret, std::string_view timestamp,
                                          std::string_view body);

}  // namespace apilab::sandbox::webhook
