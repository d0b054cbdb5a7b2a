#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "apilab/base/clock.hpp"
#include "apilab/base/result.hpp"
#include "apilab/base/secret.hpp"
#include "apilab/http/headers.hpp"

namespace apilab::work {

namespace internal {
class SignatureKey;
}  // namespace internal

/// How a sender of webhooks signs. One row of a table each: headers, what is signed, under which
/// key, how it is written.
enum class SignatureScheme : std::uint8_t {
    /// `X-Hub-Signature-256: sha256=<64 hex>`: HMAC-SHA256 over the raw body. No time is signed, so
    /// a copy stays genuine for ever: dedupe by `X-GitHub-Delivery`. The older `X-Hub-Signature`
    /// (SHA-1) is not looked at. Source: GitHub, "Validating webhook deliveries".
    github,
    /// `X-Slack-Signature: v0=<64 hex>`: HMAC-SHA256 over `v0:<timestamp>:<raw body>`, the text of
    /// `X-Slack-Request-Timestamp` (seconds since 1970) as it came. Source: Slack, "Verifying
    /// requests from Slack".
    slack,
    /// `Stripe-Signature: t=<timestamp>,v1=<64 hex>`, several `v1` while a secret is changed:
    /// HMAC-SHA256 over `<timestamp>.<raw body>`. The key is the whole text of the secret, `whsec_`
    /// included. `v0` (what Stripe sends beside it for tests) proves nothing. Source: Stripe,
    /// "Verify webhook signatures manually".
    stripe,
    /// `webhook-id`, `webhook-timestamp` and `webhook-signature: v1,<base64>`, several separated by
    /// a space: HMAC-SHA256 over `<id>.<timestamp>.<raw body>`. The key is the base64 behind
    /// `whsec_` (which may be missing), decoded: 24 to 75 bytes (the specification says 64, Svix
    /// takes 75). `v1a` beside it proves nothing here. Source: Standard Webhooks, "Signature
    /// scheme".
    standard,
    /// The same headers with `v1a,<base64 of 64 bytes>`: ed25519. A receiver has the public key,
    /// `whpk_` and base64 of 32 bytes, and can sign nothing with it; a sender the private one,
    /// `whsk_` and base64 of the 32 bytes of the seed with or without the public key behind them.
    /// `v1` beside it proves nothing here. Source: Standard Webhooks, "Signature scheme".
    standard_ed25519,
    /// `X-Shopify-Hmac-Sha256: <base64>`: HMAC-SHA256 over the raw body under the app's client
    /// secret. No time and no id is signed. Source: Shopify, "Verify webhook deliveries".
    shopify,
    /// `X-Notion-Signature: sha256=<64 hex>`: HMAC-SHA256 over the raw body under the verification
    /// token, which Notion posts unsigned when a subscription is made. No time is signed. Source:
    /// Notion, "Webhooks: validate event payloads".
    notion,
};

/// All of them, in the order of the enumeration.
[[nodiscard]] std::span<const SignatureScheme> all_signature_schemes();
/// `github`, `slack`, `stripe`, `standard`, `standard-ed25519`, `shopify`, `notion`.
[[nodiscard]] std::string_view to_string(SignatureScheme scheme);
/// By that name; nothing for another.
[[nodiscard]] std::optional<SignatureScheme> find_signature_scheme(std::string_view name);

struct SignatureOptions {
    /// The sender's secrets as the sender shows them, nothing taken off and nothing decoded. More
    /// than one while a secret is being changed: any of them counts. 1 to 10, none empty.
    std::vector<Secret> secrets;
    /// A signed time may differ by so much from ours, in the past and in the future: a request
    /// dated ahead could be kept and used later. There is no way to leave the time out. 1 s to 1 h,
    /// default 5 min (what Slack, Stripe and Standard Webhooks advise). Without effect where no
    /// time is signed.
    Duration tolerance = std::chrono::minutes(5);
};

/// Tells genuine webhooks from others. A value, cheap to copy and to keep; safe to use from many
/// threads.
///
///     APILAB_TRY(const auto verifier, work::SignatureVerifier::create(
///                                         work::SignatureScheme::stripe, {.secrets = {secret}}));
///     APILAB_CHECK(verifier.verify(request.headers(), request.body(), now));
class SignatureVerifier {
public:
    /// Error `invalid_argument`: an option out of range, or a secret that is none of this scheme
    /// (detail: the option's name). The message repeats no secret.
    [[nodiscard]] static Result<SignatureVerifier> create(SignatureScheme scheme,
                                                          SignatureOptions options);

    /// `body` is what came over the wire, byte by byte: what was parsed and written again is
    /// another text. An empty one is legal. Each of the scheme's headers has to be there exactly
    /// once. A timestamp is 1 to 12 digits and nothing else, and is signed as it came. Hexadecimal
    /// digits may be in capitals. Where a header has room for several signatures, any that is good
    /// is enough; more than 10, or more than 4 KiB, are refused. Compares in constant time.
    ///
    /// Error `auth`, whose detail says why, for the log and not for the answer: `missing` (no
    /// signature of this scheme, no timestamp, no id), `repeated` (a header stands there twice: two
    /// readers may take two different ones), `malformed`, `timestamp` (too old or ahead),
    /// `mismatch`. Answer 401 and do nothing; 400 where it is `repeated`.
    [[nodiscard]] Result<void> verify(const http::Headers& headers, std::string_view body,
                                      SystemTime now) const;

    [[nodiscard]] SignatureScheme scheme() const { return scheme_; }

private:
    SignatureVerifier(SignatureScheme scheme, Duration tolerance)
        : scheme_(scheme), tolerance_(tolerance) {}
    SignatureScheme scheme_;
    Duration tolerance_;
    std::vector<std::shared_ptr<const internal::SignatureKey>> keys_;
};

/// Signs as the sender does: for tests of receivers, and for senders. A value; safe to use from
/// many threads.
class SignatureSigner {
public:
    /// `former`: secrets that are being taken out; their signatures stand behind the one of
    /// `secret` in the same header. Only Stripe and Standard Webhooks have room for them.
    ///
    /// Error `invalid_argument`: a secret that is none of this scheme (detail `secret`), more than
    /// 9 former ones or a scheme without room (detail `former`).
    [[nodiscard]] static Result<SignatureSigner> create(SignatureScheme scheme,
                                                        const Secret& secret,
                                                        const std::vector<Secret>& former = {});

    /// The headers that the scheme needs, and no others. `id` is `webhook-id`, and not looked at by
    /// schemes that sign none; `now` likewise where no time is signed.
    ///
    /// Error `invalid_argument`: the id is empty, longer than 255 bytes, has a `.` (with it the end
    /// of an id could move into the time) or a character that may stand in no header (detail `id`);
    /// a time before 1970 or beyond 12 digits of seconds (detail `now`).
    [[nodiscard]] Result<http::Headers> sign(std::string_view body, std::string_view id,
                                             SystemTime now) const;

    [[nodiscard]] SignatureScheme scheme() const { return scheme_; }

private:
    explicit SignatureSigner(SignatureScheme scheme) : scheme_(scheme) {}
    SignatureScheme scheme_;
    std::vector<std::shared_ptr<const internal::SignatureKey>> keys_;
};

}  // namespace apilab::work
