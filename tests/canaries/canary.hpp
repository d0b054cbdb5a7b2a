#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace apilab::canaries {

/// A secret that is in no output, or something leaks.
struct Canary {
    /// The variable that has it.
    std::string name;
    std::string value;
};

/// One of each kind: API key, password, bearer token, refresh token, client secret, PKCE verifier,
/// authorization code, webhook secret, private key, service account, cookie, HMAC key.
[[nodiscard]] std::vector<Canary> all_kinds();

/// What of them a text shows, as `NAME in base64`: as they are, in base64 wherever it begins, and
/// percent-encoded. Written apart from the library's own scrubber, which it judges.
[[nodiscard]] std::vector<std::string> seen_in(std::string_view text,
                                               const std::vector<Canary>& canaries);

}  // namespace apilab::canaries
