#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "apilab/base/clock.hpp"

namespace apilab::sandbox::oauth {

/// What a user has consented to, and what the code for it is bound to.
struct Authorization {
    std::string client;
    std::string user;
    std::string scope;
    /// As it stood in the request; empty: it did not.
    std::string redirect_uri;
    /// PKCE (RFC 7636): empty: none.
    std::string challenge;
    /// `S256` or `plain`.
    std::string method;
    std::string nonce;
    SystemTime consented;
};

/// What came of a code at the token endpoint. Without `granted` it is `invalid_grant`, because of
/// `why`.
struct Redeemed {
    std::optional<Authorization> granted;
    std::string_view why;
    /// Which authorisation, from 1; 0: the code was never ours.
    std::uint64_t number = 0;
    /// It had been used before: for the tokens of this family, which are to end (RFC 6749 section
    /// 4.1.2). 0: it had not.
    std::uint64_t replay_of = 0;
};

/// Authorisation codes: each for once, for a short while, for one client and redirect URI. Pure:
/// times are handed in. Remembers the newest 10,000.
class Codes {
public:
    struct Options {
        std::uint64_t seed = 1;
        /// Default 60 s; RFC 6749 section 4.1.2 recommends at most 10 min.
        Duration lifetime = std::chrono::seconds(60);
    };
    static constexpr std::size_t codes_max = 10'000;

    explicit Codes(Options options) : options_(options) {}

    /// A code for it.
    [[nodiscard]] std::string add(Authorization authorization, SteadyTime now);
    /// Which authorisation came last, from 1.
    [[nodiscard]] std::uint64_t last() const { return added_; }
    /// Gives a code back for what it stands for. `redirect_uri` and `verifier`: nothing where the
    /// request has none. A wrong verifier, client or redirect URI leaves the code as it is.
    [[nodiscard]] Redeemed redeem(std::string_view code, std::string_view client,
                                  std::optional<std::string_view> redirect_uri,
                                  std::optional<std::string_view> verifier, SteadyTime now) const;
    /// It was exchanged for tokens of that family.
    void use(std::string_view code, std::uint64_t family);
    /// Over before its time.
    void expire(std::string_view code);
    void reset();

private:
    struct Entry {
        Authorization authorization;
        std::uint64_t number = 0;
        SteadyTime expires;
        std::uint64_t family = 0;
    };
    Options options_;
    std::map<std::string, Entry, std::less<>> codes_;
    std::uint64_t added_ = 0;
};

/// 43 to 128 characters of the unreserved ones: a verifier, or a challenge by `plain` (RFC 7636
/// section 4.1).
[[nodiscard]] bool is_verifier(std::string_view text);

}  // namespace apilab::sandbox::oauth
