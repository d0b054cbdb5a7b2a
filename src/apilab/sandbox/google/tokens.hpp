#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "apilab/sandbox/oauth/token_store.hpp"
#include "apilab/sandbox/provider.hpp"

namespace apilab::sandbox::google {

struct TokenOptions {
    std::uint64_t seed = 1;
    /// Client ids and secrets.
    std::vector<std::pair<std::string, std::string>> clients = {{"cid", "sec"}};
    /// Refresh tokens, and the client that each was given to.
    std::vector<std::pair<std::string, std::string>> refresh_tokens = {
        {"seed-refresh-token", "cid"}};
    /// Google's: 3599 seconds.
    Duration lifetime = std::chrono::seconds(3599);
    /// The service account whose assertions are taken.
    std::string service_account = "sa@stub.iam.gserviceaccount.com";
};

/// Google's token endpoint. Refresh tokens do not rotate: an answer brings none, the old one stays
/// good.
class Tokens {
public:
    explicit Tokens(TokenOptions options);
    [[nodiscard]] http::Response token(const Incoming& incoming);
    [[nodiscard]] http::Response revoke(const Incoming& incoming);
    /// Does the request bear an access token that is good now? Honours `Incoming::auth`, and notes
    /// `token` and `credential` as the judge's auth checks read them.
    [[nodiscard]] bool accepts(const Incoming& incoming);
    void reset();
    [[nodiscard]] std::int64_t requests() const { return requests_; }

private:
    [[nodiscard]] http::Response by_assertion(std::string_view assertion, const Incoming& incoming);

    TokenOptions options_;
    oauth::TokenStore store_;
    std::int64_t requests_ = 0;
};

}  // namespace apilab::sandbox::google
