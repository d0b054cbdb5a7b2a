#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/base/clock.hpp"
#include "apilab/base/result.hpp"

namespace apilab::sandbox::oauth {

/// What a verified assertion says (RFC 7523 section 3).
struct Assertion {
    std::string issuer;
    std::string subject;
    /// `scope`, which Google's carry; or empty.
    std::string scope;
    /// `jti`, or empty.
    std::string id;
    SystemTime expires;
};

struct AssertionRules {
    /// One of them has to stand in `aud`.
    std::vector<std::string> audiences;
    /// The PEM of an issuer's key; empty for one that is not trusted.
    std::function<std::string(std::string_view issuer)> key_of;
    SystemTime now;
    /// So far may clocks be apart. Default 5 min.
    Duration skew = std::chrono::minutes(5);
    /// `exp` may lie no further ahead than this and the skew. Default 1 h.
    Duration lifetime_max = std::chrono::hours(1);
};

/// Reads and verifies: signature by the issuer's key (RS256 or ES256), `iss`, `sub`, `aud` (a
/// string or a list), `exp`; `iat` and `nbf` where they stand there. Errors (`auth`): one sentence
/// for `error_description`.
[[nodiscard]] Result<Assertion> read_assertion(std::string_view text, const AssertionRules& rules);

/// Ids of assertions that were used: each is good for once (RFC 7523 section 3, `jti`). Pure but
/// for that; remembers at most 10,000, the ones that expire first go first.
class UsedIds {
public:
    /// False: it was used before, or there is none.
    bool use(const Assertion& assertion, const AssertionRules& rules);
    void reset() { used_.clear(); }

private:
    std::map<std::string, SystemTime, std::less<>> used_;
};

}  // namespace apilab::sandbox::oauth
