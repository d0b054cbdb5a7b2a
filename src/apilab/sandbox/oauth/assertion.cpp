#include "apilab/sandbox/oauth/assertion.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>

#include "apilab/base/try.hpp"
#include "apilab/sandbox/internal/jose.hpp"

namespace apilab::sandbox::oauth {
namespace {

constexpr std::size_t remembered_max = 10'000;
// Seconds since 1970 that a time point holds with room to spare.
constexpr std::int64_t seconds_max = 4'000'000'000;

std::unexpected<Error> refused(std::string_view why) {
    return fail(ErrorKind::auth, std::string(why));
}

// A NumericDate (RFC 7519 section 2); a fraction is cut off.
std::optional<SystemTime> time_in(http::Json claim) {
    const auto number = claim.number();
    if (!number || *number < 0 || *number > static_cast<double>(seconds_max)) {
        return std::nullopt;
    }
    return SystemTime(std::chrono::seconds(static_cast<std::int64_t>(*number)));
}

bool is_for(http::Json audience, const std::vector<std::string>& ours) {
    const auto among = [&](http::Json one) {
        return std::ranges::find(ours, one.string_or("")) != ours.end();
    };
    return audience.is_array() ? std::ranges::any_of(audience.elements(), among) : among(audience);
}

Result<SystemTime> check_times(http::Json claims, const AssertionRules& rules) {
    const auto expires = time_in(claims["exp"]);
    if (!expires) {
        return refused("exp is missing or no time");
    }
    if (*expires + rules.skew <= rules.now) {
        return refused("the assertion has expired");
    }
    if (*expires > rules.now + rules.lifetime_max + rules.skew) {
        return refused("exp lies too far ahead");
    }
    for (const auto* name : {"iat", "nbf"}) {
        if (const auto claim = claims[name]; !claim.missing()) {
            const auto time = time_in(claim);
            if (!time || *time > rules.now + rules.skew) {
                return refused(std::string(name) + " lies in the future or is no time");
            }
        }
    }
    return *expires;
}

}  // namespace

Result<Assertion> read_assertion(std::string_view text, const AssertionRules& rules) {
    const auto token = internal::read_jwt(text);
    if (!token) {
        return refused(token.error().message());
    }
    const auto claims = token->claims.root();
    Assertion assertion{.issuer = std::string(claims["iss"].string_or("")),
                        .subject = std::string(claims["sub"].string_or("")),
                        .scope = std::string(claims["scope"].string_or("")),
                        .id = std::string(claims["jti"].string_or(""))};
    const auto pem = rules.key_of(assertion.issuer);
    const auto key = internal::Key::from_pem(pem);
    if (!key) {
        return refused("the issuer is not known, or has no key here");
    }
    if (!key->verify(*token)) {
        return refused("the signature is not good");
    }
    if (!is_for(claims["aud"], rules.audiences)) {
        return refused("the audience is another");
    }
    APILAB_TRY(assertion.expires, check_times(claims, rules));
    return assertion;
}

bool UsedIds::use(const Assertion& assertion, const AssertionRules& rules) {
    std::erase_if(used_, [&](const auto& entry) { return entry.second + rules.skew <= rules.now; });
    if (assertion.id.empty()) {
        return false;
    }
    // Ids are an issuer's own.
    const bool fresh =
        used_.emplace(assertion.issuer + '\n' + assertion.id, assertion.expires).second;
    if (used_.size() > remembered_max) {
        used_.erase(
            std::ranges::min_element(used_, {}, [](const auto& entry) { return entry.second; }));
    }
    return fresh;
}

}  // namespace apilab::sandbox::oauth
