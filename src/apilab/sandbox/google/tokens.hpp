#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "apilab/sandbox/oauth/devices.hpp"
#include "apilab/sandbox/oauth/token_store.hpp"
#include "apilab/sandbox/oauth/wire.hpp"
#include "apilab/sandbox/provider.hpp"

namespace apilab::sandbox::google {

/// An account that signs for its tokens itself (RFC 7523, Google's "service account").
struct ServiceAccount {
    std::string email;
    /// PEM, RSA. Empty: an RS256 signature by any key is taken, for clients that make one of their
    /// own.
    std::string key;
};
/// `apilab@sandbox.iam.gserviceaccount.com` with the seed world's key, and
/// `sa@stub.iam.gserviceaccount.com`, which takes any.
[[nodiscard]] std::vector<ServiceAccount> seed_service_accounts();

struct TokenOptions {
    std::uint64_t seed = 1;
    /// Client ids and secrets.
    std::vector<std::pair<std::string, std::string>> clients = {{"cid", "sec"}};
    /// Refresh tokens, and the client that each was given to.
    std::vector<std::pair<std::string, std::string>> refresh_tokens = {
        {"seed-refresh-token", "cid"}};
    /// Google's: 3599 seconds.
    Duration lifetime = std::chrono::seconds(3599);
    /// The service accounts whose assertions are taken.
    std::vector<ServiceAccount> service_accounts = seed_service_accounts();
    /// Of the device flow; the lifetime is Google's. The user consents in time.
    oauth::DeviceOptions devices = {.lifetime = std::chrono::minutes(30)};
};

/// Google's token endpoint. Refresh tokens do not rotate: an answer brings none, the old one stays
/// good. Device codes (RFC 8628 in Google's dialect: `verification_url`, 428 while pending, 403 for
/// `slow_down` and `access_denied`) bring a refresh token of their own.
class Tokens {
public:
    explicit Tokens(TokenOptions options);
    [[nodiscard]] http::Response token(const Incoming& incoming);
    [[nodiscard]] http::Response device_code(const Incoming& incoming);
    [[nodiscard]] http::Response revoke(const Incoming& incoming);
    /// Notes `grant`, and `credential` of a refresh.
    void describe(const Incoming& incoming) const;
    /// Does the request bear an access token that is good now? Honours `Incoming::auth`, and notes
    /// `token` and `credential` as the judge's auth checks read them.
    [[nodiscard]] bool accepts(const Incoming& incoming);
    /// See `oauth::TokenStore::end`.
    bool end(std::string_view token, std::string_view how) { return store_.end(token, how); }
    void reset();
    [[nodiscard]] std::int64_t requests() const { return requests_; }

private:
    [[nodiscard]] http::Response by_assertion(std::string_view assertion, const Incoming& incoming);
    [[nodiscard]] http::Response refresh(const Incoming& incoming, const oauth::Form& form,
                                         const std::string& client);
    [[nodiscard]] http::Response by_device(const Incoming& incoming, const oauth::Form& form,
                                           const std::string& client);
    [[nodiscard]] bool knows(const std::string& client, const std::string& secret) const;

    TokenOptions options_;
    oauth::TokenStore store_;
    oauth::Devices devices_;
    std::int64_t requests_ = 0;
};

}  // namespace apilab::sandbox::google
