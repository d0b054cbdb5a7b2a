// apilab auth refresh and revoke: the life of a credential after the login.

#include <fmt/core.h>

#include <memory>
#include <utility>

#include "apilab/auth/client_credentials_grant.hpp"
#include "apilab/auth/refresh_token_grant.hpp"
#include "apilab/auth/renewing_token_source.hpp"
#include "apilab/auth/revocation.hpp"
#include "apilab/base/try.hpp"
#include "auth/auth.hpp"

namespace apilab::cli {
namespace {

Result<std::shared_ptr<const auth::Grant>> grant_of(const AuthProfile& profile) {
    APILAB_TRY(auto url, http::Url::parse(profile.token_url));
    APILAB_TRY(auto client, profile.client());
    auth::TokenEndpoint endpoint{.url = std::move(url), .client = std::move(client)};
    if (profile.client_credentials) {
        return std::make_shared<auth::ClientCredentialsGrant>(auth::ClientCredentialsOptions{
            .endpoint = std::move(endpoint), .scope = profile.scope});
    }
    return std::make_shared<auth::RefreshTokenGrant>(
        auth::RefreshTokenOptions{.endpoint = std::move(endpoint)});
}

// What is there is taken first; where that did not renew it already, it is replaced.
Result<void> renew(AuthSession& session, auth::RenewingTokenSource& source,
                   std::uint64_t generation) {
    auto token = runtime::run(session.scheduler, source.token());
    if (token && source.status().generation == generation) {
        token = runtime::run(session.scheduler, source.replace(*token));
    }
    runtime::run(session.scheduler, source.close());
    if (!token) {
        return fail(std::move(token).error());
    }
    return {};
}

}  // namespace

Result<ExitCode> auth_refresh(const AuthFlags& flags, const Globals& globals) {
    APILAB_TRY(auto folder, AuthFolder::open(flags));
    APILAB_TRY(const auto profile, folder.profile(flags.name));
    APILAB_TRY(const auto stored, folder.store().load(flags.name));
    APILAB_TRY(auto grant, grant_of(profile));
    AuthSession session;
    auth::RenewingTokenSource source(session.scheduler, *session.client, session.rng,
                                     std::move(grant), {},
                                     {.store = &folder.store(), .name = flags.name});
    APILAB_CHECK(renew(session, source, stored ? stored->generation : 0));
    return auth_status(flags, globals);
}

Result<ExitCode> auth_revoke(const AuthFlags& flags, const Globals& globals) {
    APILAB_TRY(auto folder, AuthFolder::open(flags));
    APILAB_CHECK(auth::check_token_name(flags.name));
    if (!flags.local) {
        APILAB_TRY(const auto profile, folder.profile(flags.name));
        APILAB_TRY(const auto stored, folder.store().load(flags.name));
        const auto endpoint = http::Url::parse(profile.revocation_url);
        if (!stored || !endpoint) {
            return fail(Error(ErrorKind::invalid_argument,
                              stored ? fmt::format("{} has no revocation endpoint", profile.issuer)
                                     : fmt::format("{}: not logged in", flags.name))
                            .with_remedy("--local forgets it here"));
        }
        APILAB_TRY(auto client, profile.client());
        const auto& tokens = stored->tokens;
        const bool renewable = !tokens.refresh_token.empty();
        using Hint = auth::TokenQuestion::Hint;
        AuthSession session;
        APILAB_CHECK(runtime::run(
            session.scheduler,
            auth::revoke(session.scheduler, *session.client,
                         {.endpoint = *endpoint,
                          .client = std::move(client),
                          .token = renewable ? tokens.refresh_token : tokens.access_token,
                          .hint = renewable ? Hint::refresh_token : Hint::access_token})));
    }
    APILAB_CHECK(folder.forget(flags.name));
    if (!globals.json) {
        fmt::print("{} is {}\n", flags.name,
                   flags.local ? "forgotten here; its server still takes it" : "revoked");
    } else {
        fmt::print("{{\"name\":\"{}\",\"revoked\":{}}}\n", flags.name, !flags.local);
    }
    return ExitCode::success;
}

}  // namespace apilab::cli
