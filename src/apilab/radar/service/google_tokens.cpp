#include "apilab/radar/service/google_tokens.hpp"

#include <fmt/format.h>

#include <string>
#include <utility>

#include "apilab/auth/jwt_bearer_grant.hpp"
#include "apilab/auth/refresh_token_grant.hpp"
#include "apilab/auth/service_account.hpp"
#include "apilab/base/try.hpp"
#include "apilab/provider/mime.hpp"

namespace apilab::radar {
namespace {

std::unexpected<Error> refused(std::string_view setting, std::string_view why) {
    return fail(Error(ErrorKind::invalid_argument, fmt::format("gmail.{}: {}", setting, why))
                    .with_detail(fmt::format("gmail.{}", setting)));
}

Result<void> check(const GmailSink& sink) {
    const bool consent = !sink.refresh_token.empty();
    const bool account = !sink.service_account_file.empty();
    if (consent && account) {
        return refused("service_account_file",
                       "there is a refresh token as well: one of the two has to go");
    }
    if (!consent && !account) {
        return refused("refresh_token", "neither a refresh token nor a service account's key file");
    }
    if (consent && sink.client_id.empty()) {
        return refused("client_id", "missing: a refresh token belongs to a client");
    }
    if (consent && sink.client_secret.empty()) {
        return refused("client_secret", "missing: a refresh token belongs to a client");
    }
    return {};
}

Result<std::shared_ptr<const auth::Grant>> grant_of(const GmailSink& sink,
                                                    const http::Url& token_url) {
    if (sink.service_account_file.empty()) {
        // Google's refresh tokens stay: a renewal may be asked for again, whatever became of it.
        return std::make_shared<const auth::RefreshTokenGrant>(auth::RefreshTokenOptions{
            .endpoint = {.url = token_url,
                         .client = {.method = auth::ClientAuthentication::Method::post,
                                    .client_id = sink.client_id,
                                    .client_secret = sink.client_secret,
                                    .assertion = {}},
                         .more = {}},
            .rotates = false});
    }
    const auto from = provider::parse_mail_address(sink.from);
    if (!from) {
        return refused("from", from.error().message());
    }
    APILAB_TRY(const auto account, auth::ServiceAccount::from_file(sink.service_account_file));
    auto options = account.grant_options(std::string(gmail_scopes), from->address);
    // The sandbox's, where that is what is asked.
    options.token_url = token_url;
    APILAB_CHECK(options.validate());
    return std::make_shared<const auth::JwtBearerGrant>(std::move(options));
}

}  // namespace

Result<std::unique_ptr<auth::RenewingTokenSource>> google_tokens(runtime::Scheduler& scheduler,
                                                                 runtime::Service& inner, Rng& rng,
                                                                 const GmailSink& sink,
                                                                 const http::Url& token_url,
                                                                 auth::TokenStore* store) {
    APILAB_CHECK(check(sink));
    APILAB_TRY(auto grant, grant_of(sink, token_url));
    return std::make_unique<auth::RenewingTokenSource>(
        scheduler, inner, rng, std::move(grant),
        auth::TokenSet{.refresh_token = sink.refresh_token},
        // A key that was refused may be right after the next start, and nothing tells that one from
        // the last: only a consent is remembered.
        auth::RenewalOptions{.store = sink.refresh_token.empty() ? nullptr : store,
                             .name = "gmail"});
}

}  // namespace apilab::radar
