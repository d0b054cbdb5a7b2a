#pragma once

#include <optional>
#include <string>
#include <string_view>

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
/// `<hex>` over `<timestamp>.<raw body>`: what stands behind `v1=` in `Stripe-Signature`. The key
/// is the whole text of the secret, `whsec_` included.
[[nodiscard]] std::string stripe_signature(std::string_view secret, std::string_view timestamp,
                                           std::string_view body);
/// `sha256=<hex>` over the raw body: `X-Notion-Signature`, under the verification token.
[[nodiscard]] std::string notion_signature(std::string_view token, std::string_view body);
/// One entry of `webhook-signature`, over `<id>.<timestamp>.<raw body>`: `v1,<base64>`
/// (HMAC-SHA256) under a secret of `whsec_` and base64 (or without the prefix), `v1a,<base64>`
/// (ed25519) under `whsk_` and base64 of the 32 bytes of the seed, the public key behind it or not.
/// Nothing where the secret is neither. Source: Standard Webhooks, sections "Signature scheme".
[[nodiscard]] std::optional<std::string> standard_signature(std::string_view secret,
                                                            std::string_view id,
                                                            std::string_view timestamp,
                                                            std::string_view body);
/// `whsk_...` of an ed25519 seed of 32 bytes; empty for another length.
[[nodiscard]] std::string standard_private_key(std::string_view seed);
/// `whpk_...` for a `whsk_...`; empty where that is none.
[[nodiscard]] std::string standard_public_key(std::string_view private_key);

/// With padding, nothing else (RFC 4648 section 4); nothing where it is not that.
[[nodiscard]] std::optional<std::string> from_base64(std::string_view text);

}  // namespace apilab::sandbox::webhook
