#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "apilab/base/clock.hpp"
#include "apilab/base/result.hpp"
#include "apilab/http/json.hpp"

namespace apilab::policy {

/// When tokens are renewed. Sources: golang/oauth2 (10 s), google-auth (225 s), RFC 9700 section
/// 4.14.
struct TokenLifeOptions {
    /// From this share of its life before its end a token is renewed while it still serves. Default
    /// 0.1, range 0 to 0.5.
    double early_share = 0.1;
    /// At most so long before its end. Default 5 min, range 0 to 1 h.
    Duration early_max = std::chrono::minutes(5);
    /// So much of that span chance may take away, so that processes that started together do not
    /// renew together. Default 0.5, range 0 to 0.9.
    double jitter = 0.5;
    /// So long before its end it serves no more: a request needs time to arrive. Never more than a
    /// tenth of the span above. Default 10 s, range 0 to 5 min.
    Duration margin = std::chrono::seconds(10);
    /// After a renewal that failed, the next one waits so long: doubled each time while the old
    /// token serves, up to `pause_max`. Default 1 s, range 0 to 1 min.
    Duration pause = std::chrono::seconds(1);
    /// Default 1 min, range `pause` to 1 h.
    Duration pause_max = std::chrono::minutes(1);
    /// A token that a server refuses before it is so old, and that it never took, is suspect: the
    /// second one in a row is not replaced before as much time has passed, the third before twice
    /// as much, up to 16 times.
    /// Default 30 s, range 1 s to 10 min.
    Duration young = std::chrono::seconds(30);

    /// Error (`invalid_argument`): names the option.
    [[nodiscard]] Result<void> validate() const;
};

/// `expires_in` of a token answer as a duration. A string of digits counts, as some servers write
/// one; a negative number is zero; more than ten years are ten years. Nothing: missing, null or
/// something else. Source: RFC 6749 section 5.1.
[[nodiscard]] std::optional<Duration> read_expires_in(http::Json value);

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

/// The life of one credential's access tokens: what to do now, with the time passed in. Knows no
/// token, only times.
///
///     life.renewed(asked, now, lifetime, rng.uniform());
///     switch (life.ask(now)) { ... }
class TokenLife {
public:
    enum class Action : std::uint8_t {
        /// The token is good.
        use,
        /// It is good, and somebody should fetch the next one meanwhile.
        use_and_renew,
        /// It is not; the next one first.
        renew,
        /// It is not, and it is no time to ask: after a failure, a storm of 401s, or for good.
        refuse,
    };

    explicit TokenLife(TokenLifeOptions options = {}) : options_(options) {}

    [[nodiscard]] Action ask(SteadyTime now) const;
    /// Before this moment `ask` says `use`: for a caller who wants to know it cheaply.
    [[nodiscard]] SteadyTime use_until() const { return use_until_; }

    /// A token came that was asked for at `asked`, the earliest moment that its life can have
    /// begun. Without a lifetime it is good until a 401 says otherwise. `chance` from [0, 1).
    void renewed(SteadyTime asked, SteadyTime now, std::optional<Duration> lifetime, double chance);
    /// A renewal failed; `retry_after` is what the server asked for.
    void failed(SteadyTime now, std::optional<Duration> retry_after = std::nullopt);
    /// Nothing more can be had (`consent`, `configuration`); the present token serves to its end.
    void ended();
    /// A server took the present token.
    void accepted() { proven_ = true; }
    /// A server refused the present token with 401.
    void refused(SteadyTime now);

    /// Would a server still take the present token, as far as we know? Also in its last seconds.
    [[nodiscard]] bool still_good(SteadyTime now) const;
    /// Until when nothing is asked; in the past: it may be asked.
    [[nodiscard]] SteadyTime next_try() const { return next_try_; }
    [[nodiscard]] SteadyTime expires() const { return expires_; }
    /// How many young tokens in a row were refused and never taken.
    [[nodiscard]] int suspects() const { return suspects_; }

private:
    TokenLifeOptions options_;
    // All in the past, as long as there is no token.
    SteadyTime use_until_ = SteadyTime::min();
    SteadyTime renew_first_ = SteadyTime::min();
    SteadyTime expires_ = SteadyTime::min();
    SteadyTime next_try_ = SteadyTime::min();
    SteadyTime obtained_ = SteadyTime::min();
    int failures_ = 0;
    int suspects_ = 0;
    bool ended_ = false;
    bool proven_ = false;
};

}  // namespace apilab::policy
