#include "apilab/auth/oauth2.hpp"

#include <memory>
#include <utility>

namespace apilab::auth {

namespace {

class OptionsGrant final : public Grant {
public:
    explicit OptionsGrant(OAuth2Options options)
        : options_(std::move(options)), refreshes_(!options_.refresh_token.empty()) {}

    [[nodiscard]] std::string_view name() const override {
        return refreshes_ ? "refresh_token" : "client_credentials";
    }
    [[nodiscard]] Result<http::Request> request(const TokenSet& current,
                                                SystemTime /*now*/) const override {
        return token_request(options_, refreshes_ ? current.refresh_token : Secret());
    }
    [[nodiscard]] bool spends() const override { return refreshes_ && options_.rotates; }

private:
    OAuth2Options options_;
    bool refreshes_;
};

}  // namespace

http::Request token_request(const OAuth2Options& options, const Secret& refresh_token) {
    http::Query form;
    if (refresh_token.empty()) {
        form.add("grant_type", "client_credentials");
    } else {
        form.add("grant_type", "refresh_token").add("refresh_token", refresh_token.reveal());
    }
    if (!options.scope.empty()) {
        form.add("scope", options.scope);
    }
    const ClientAuthentication client{.method = options.client_auth,
                                      .client_id = options.client_id,
                                      .client_secret = options.client_secret};
    return *form_request(options.token_url, std::move(form), client, {});
}

OAuth2TokenSource::OAuth2TokenSource(runtime::Scheduler& scheduler, runtime::Service& inner,
                                     Rng& rng, const OAuth2Options& options)
    : RenewingTokenSource(scheduler, inner, rng, std::make_shared<OptionsGrant>(options),
                          {.refresh_token = options.refresh_token}, options.renewal) {}

}  // namespace apilab::auth
