#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "apilab/base/clock.hpp"
#include "apilab/base/result.hpp"
#include "apilab/base/secret.hpp"
#include "apilab/http/headers.hpp"

namespace apilab::work {

/// How a sender of webhooks signs.
enum class SignatureScheme : std::uint8_t {
    /// `X-Hub-Signature-256: sha256=<64 hex>`: HMAC-SHA256 over the raw body. No time is signed, so
    /// a copy stays genuine for ever: dedupe by `X-GitHub-Delivery`. The older `X-Hub-Signature`
    /// (SHA-1) is not looked at. Source: GitHub, "Validating webhook deliveries".
    github,
    /// `X-Slack-Signature: v0=<64 hex>`: HMAC-SHA256 over `v0:<timestamp>:<raw body>`, the text of
    /// `X-Slack-Request-Timestamp` (seconds since 1970) as it came. Source: Slack, "Verifying
    /// requests from Slack".
    slack,
};

struct SignatureOptions {
    /// The sender's secrets as text, not decoded. More than one while a secret is being changed:
    /// any of them counts. 1 to 10, none empty.
    std::vector<Secret> secrets;
    /// A signed time may differ by so much from ours, in the past and in the future: a request
    /// dated ahead could be kept and used later. 1 s to 1 h, default 5 min (Slack's advice).
    Duration tolerance = std::chrono::minutes(5);
};

/// Tells genuine webhooks from others. A value, cheap to keep; safe to use from many threads.
class SignatureVerifier {
public:
    /// Error `invalid_argument`: an option out of range (detail: its name).
    [[nodiscard]] static Result<SignatureVerifier> create(SignatureScheme scheme,
                                                          SignatureOptions options);

    /// `body` is what came over the wire, byte by byte: what was parsed and written again is
    /// another text. Hexadecimal digits may be in capitals. Compares in constant time.
    ///
    /// Error `auth`, whose detail says why, for the log and not for the answer: `missing` (no
    /// signature, or no timestamp), `repeated` (a header stands there twice: two readers may take
    /// two different ones), `malformed`, `timestamp` (too old or ahead), `mismatch`. Answer 401 and
    /// do nothing.
    [[nodiscard]] Result<void> verify(const http::Headers& headers, std::string_view body,
                                      SystemTime now) const;

private:
    SignatureVerifier(SignatureScheme scheme, SignatureOptions options);
    SignatureScheme scheme_;
    SignatureOptions options_;
};

}  // namespace apilab::work
