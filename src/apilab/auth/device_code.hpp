#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "apilab/auth/client_authentication.hpp"
#include "apilab/auth/grant.hpp"
#include "apilab/base/clock.hpp"
#include "apilab/base/result.hpp"
#include "apilab/base/secret.hpp"
#include "apilab/http/message.hpp"
#include "apilab/http/url.hpp"

namespace apilab::auth {

/// What a device shows to the person and keeps for itself (RFC 8628 section 3.2).
struct DeviceCode {
    Secret device_code;
    /// To be shown, and typed in by the person at `verification_uri`. At most 64 printable ASCII
    /// characters.
    std::string user_code;
    /// https, or http on this machine.
    http::Url verification_uri;
    /// The same with the user code in it, for a QR code. Nothing where there is none or it is not
    /// of the origin of `verification_uri`.
    std::optional<http::Url> verification_uri_complete;
    /// From the request on. At most a day.
    Duration lifetime = Duration::zero();
    /// Between two polls; 5 s where the server names none. From 1 s to 5 min.
    Duration interval = std::chrono::seconds(5);
};

/// The request that begins it (section 3.1). An empty scope is left out.
[[nodiscard]] Result<http::Request> device_request(const http::Url& endpoint,
                                                   const ClientAuthentication& client,
                                                   std::string_view scope, SystemTime now);
/// What came of it; where no answer came, its error. `verification_url`, Google's name, counts as
/// `verification_uri`; numbers may be strings of digits. At most 64 KiB. Errors: `auth` with the
/// server's word in `provider_code()`, ending `permanent` where asking again is of no use;
/// `rate_limited`, `status`; `decode` with the member (detail, a JSON pointer) that is missing or
/// not fit to be shown.
[[nodiscard]] Result<DeviceCode> read_device_answer(const Result<http::Response>& answer);

/// The token request of a poll (section 3.4). Does not spend: the same request is made until
/// somebody consents.
class DeviceCodeGrant final : public Grant {
public:
    DeviceCodeGrant(http::Url token_url, ClientAuthentication client, Secret device_code);

    [[nodiscard]] std::string_view name() const override { return "device_code"; }
    /// `current` is not looked at. Error `invalid_argument`: the device code is empty.
    [[nodiscard]] Result<http::Request> request(const TokenSet& current,
                                                SystemTime now) const override;

private:
    http::Url token_url_;
    ClientAuthentication client_;
    Secret device_code_;
};

/// When to poll and what an answer means (RFC 8628 section 3.5). Pure: asked with the time, told
/// what came.
///
/// - `authorization_pending`, with whatever status (GitHub says 200, Google 428): after the
///   interval once more.
/// - `slow_down` (Google also `rate_limit_exceeded`): 5 s are added to the interval for good, or
///   what the answer names (`interval`), where that is more.
/// - No answer (connection, timeout), a 5xx or a 429: the interval is doubled for good, up to a
///   minute where it was less; a wait that the server named is kept.
/// - Everything else ends it, `access_denied` and `expired_token` with ending `permanent`.
///
/// Intervals count from the moment the answer was there, so they never get shorter than asked.
class DevicePolling {
public:
    /// `asked`: when the device code was asked for.
    DevicePolling(Duration interval, Duration lifetime, SteadyTime asked);

    /// When the next poll is due. Nothing once it would come after the code's end.
    [[nodiscard]] std::optional<SteadyTime> next() const;
    /// Until when the code is good.
    [[nodiscard]] SteadyTime end() const { return end_; }
    [[nodiscard]] Duration interval() const { return interval_; }
    /// Takes what came of a poll: the tokens or the error that ends it; nothing where it goes on.
    /// `date` is the wall clock's `now`, against which a `Retry-After` with a date is read.
    [[nodiscard]] std::optional<Result<TokenSet>> take(const Result<http::Response>& answer,
                                                       SteadyTime now, SystemTime date);
    /// What is said where `next()` has nothing: `auth` ending `permanent`, detail `expired_token`.
    [[nodiscard]] static Error expired();

private:
    Duration interval_;
    SteadyTime end_;
    SteadyTime next_;
};

}  // namespace apilab::auth
