#pragma once

#include <optional>
#include <string_view>

#include "apilab/base/clock.hpp"
#include "apilab/base/result.hpp"
#include "apilab/http/json.hpp"

namespace apilab::policy {

struct TokenLifeOptions {
    /// A token is replaced so long before it ends, but never before three quarters of its life are
    /// over. Default 60 s, range 0 to 1 h.
    Duration early = std::chrono::seconds(60);

    [[nodiscard]] Result<void> validate() const;
};

/// `expires_in` of a token answer as a duration. A string of digits counts, as some servers write
/// one; a negative number is zero; more than ten years are ten years. Nothing: missing, null or
/// something else. Source: RFC 6749 section 5.1.
[[nodiscard]] std::optional<Duration> read_expires_in(http::Json value);

/// From when on a token should be replaced before it is used. `asked` is when the request for it
/// was sent: the earliest moment that its life can have begun. Without a lifetime never: then a 401
/// has to tell.
[[nodiscard]] SteadyTime renew_token_at(SteadyTime asked, std::optional<Duration> lifetime,
                                        const TokenLifeOptions& options);

/// What a refusal of the token endpoint means for the next attempt.
enum class TokenRefusal : std::uint8_t {
    /// `invalid_grant`: only a person can mend it, by consenting again. Stop asking.
    consent,
    /// `invalid_client`, `unauthorized_client`, ...: the configuration is wrong. Stop asking.
    configuration,
    /// Everything else (429, 5xx, `temporarily_unavailable`): may go better later.
    transient,
};
/// By the member `error` of the answer (RFC 6749 section 5.2).
[[nodiscard]] TokenRefusal classify_token_error(std::string_view error);

}  // namespace apilab::policy
