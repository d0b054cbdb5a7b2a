#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "apilab/base/clock.hpp"

namespace apilab::sandbox::oauth {

/// What a token stands for.
struct Grant {
    std::string client;
    /// The user who consented; empty for a client's own token.
    std::string subject;
    /// Scopes, separated by spaces.
    std::string scope;
};

enum class TokenState : std::uint8_t { unknown, live, expired, revoked };
[[nodiscard]] std::string_view to_string(TokenState state);

/// A token as the store knows it.
struct TokenFacts {
    TokenState state = TokenState::unknown;
    Grant grant;
    /// Which access token, from 1 in the order of issue: its name in journals. 0: none.
    std::uint64_t number = 0;
    /// Which consent it comes from; tokens of one family are refreshed from each other. 0: none.
    std::uint64_t family = 0;
    SteadyTime expires;
};

/// A fresh pair.
struct Issued {
    std::string access_token;
    /// Empty: none.
    std::string refresh_token;
    Duration lifetime{};
    Grant grant;
    std::uint64_t number = 0;
    std::uint64_t family = 0;
};

/// What came of asking for a refresh. Without `issued` the answer is `invalid_grant`.
struct Refreshed {
    std::optional<Issued> issued;
    /// Of the refresh token, where it was ever known.
    std::uint64_t family = 0;
    /// It had been exchanged before: for the access token of this number. 0: it had not.
    std::uint64_t replay_of = 0;
};

/// How a server treats a refresh token that is used (RFC 9700 section 4.14).
struct RefreshRules {
    /// A new refresh token comes with every answer and the old one is refused from then on.
    bool rotate = true;
    /// An old one that turns up again ends the whole family.
    bool revoke_family = false;
    /// For so long after it was first used, an old one is exchanged again, as some servers do for
    /// clients that lost the answer. Default: not at all.
    Duration grace{};
};

/// The tokens of an emulated authorisation server, in memory: issued, refreshed, expired, revoked.
/// Values come from the seed: the same requests in the same order get the same tokens. Pure but for
/// that: times are handed in. Remembers the newest 100,000 access and as many refresh tokens.
class TokenStore {
public:
    struct Options {
        std::uint64_t seed = 1;
        /// What values begin with: `at_`, `ya29.`.
        std::string access_prefix = "at_";
        std::string refresh_prefix = "rt_";
        /// Of access tokens. Default 1 h.
        Duration lifetime = std::chrono::hours(1);
    };
    static constexpr std::size_t tokens_max = 100'000;

    explicit TokenStore(Options options) : options_(std::move(options)) {}

    /// A user's consent that a client already has, with the refresh token in its hands.
    void add_consent(const std::string& refresh_token, Grant grant, bool withdrawn = false);
    /// A first access token, with a refresh token where `with_refresh`: a family of its own.
    Issued issue(Grant grant, bool with_refresh, SteadyTime now);
    /// An access token more in the family of this one, for a client that came with it (RFC 8693).
    Issued issue_beside(std::string_view token, const Grant& grant, SteadyTime now);
    /// Exchanges a refresh token; `client` must be the one it was given to.
    Refreshed refresh(std::string_view refresh_token, std::string_view client, RefreshRules rules,
                      SteadyTime now);

    [[nodiscard]] TokenFacts access(std::string_view token, SteadyTime now) const;
    /// State `live` is one that would be exchanged.
    [[nodiscard]] TokenFacts refresh_token(std::string_view token) const;

    /// This access or refresh token, and no other, is over before its time. False: there is none of
    /// that value.
    bool expire(std::string_view token);
    /// Ends an access token, or with a refresh token its whole family (RFC 7009 section 2.1).
    bool revoke(std::string_view token);
    /// Ends every token of the family of this access or refresh token, as a user does who takes
    /// consent back.
    bool revoke_family(std::string_view token);
    /// The same by its number; 0 is none.
    void end_family(std::uint64_t family);

    /// What `Provider::end_token` asks for, of a token or of the access token with that number:
    /// only it expires; with `revoke` its family ends. False: there is none such.
    bool end(std::string_view token, std::string_view how);

    /// Forgets everything, consents too.
    void reset();

private:
    struct Access {
        Grant grant;
        std::uint64_t number = 0;
        std::uint64_t family = 0;
        SteadyTime expires;
        bool revoked = false;
    };
    struct Refresh {
        Grant grant;
        std::uint64_t family = 0;
        // The access token that it was exchanged for, 0 while it was not.
        std::uint64_t used_for = 0;
        SteadyTime used_at;
        bool revoked = false;
    };
    Issued issue_in(std::uint64_t family, const Grant& grant, SteadyTime now);
    void add_refresh(const std::string& token, Refresh refresh);
    [[nodiscard]] std::uint64_t family_of(std::string_view token) const;

    Options options_;
    std::map<std::string, Access, std::less<>> access_;
    std::map<std::string, Refresh, std::less<>> refresh_;
    // In the order of issue, for forgetting the oldest.
    std::deque<std::string> access_order_;
    std::deque<std::string> refresh_order_;
    std::uint64_t issued_ = 0;
    std::uint64_t families_ = 0;
};

}  // namespace apilab::sandbox::oauth
