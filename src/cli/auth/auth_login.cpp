// apilab auth login: tokens for a person, or for the client itself.

#include <fmt/core.h>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <cstdio>
#include <utility>

#include "apilab/auth/browser.hpp"
#include "apilab/auth/client_credentials_grant.hpp"
#include "apilab/auth/device_login.hpp"
#include "apilab/auth/discovery.hpp"
#include "apilab/auth/login.hpp"
#include "apilab/auth/loopback_listener.hpp"
#include "apilab/base/duration.hpp"
#include "apilab/base/scrubber.hpp"
#include "apilab/base/try.hpp"
#include "apilab/runtime/task_group.hpp"
#include "auth/auth.hpp"

namespace apilab::cli {
namespace {

using runtime::Task;

Task<void> open_page(AuthSession* session, http::Url url) {
    (void)co_await auth::open_browser(session->scheduler, std::move(url));
}

Error has_no(std::string_view what, const AuthFlags& flags) {
    return Error(ErrorKind::invalid_argument,
                 fmt::format("{} names no {} endpoint", flags.issuer, what))
        .with_remedy("another way to log in: --device, --client-credentials, or a browser");
}

Result<auth::TokenSet> by_browser(AuthSession& session, const AuthFlags& flags,
                                  const auth::ServerMetadata& server,
                                  const auth::ClientAuthentication& client) {
    if (!server.authorization_endpoint) {
        return fail(has_no("authorization", flags));
    }
    runtime::TaskGroup pages(session.scheduler);
    auth::LoginOptions options{
        .authorization_url = *server.authorization_endpoint,
        .token_url = server.token_endpoint,
        .client = client,
        .scope = flags.scope,
        .issuer = server.issuer,
        .issuer_required = server.authorization_response_iss_parameter_supported};
    options.show = [&](const http::Url& url) {
        fmt::print(stderr, "Log in on this page:\n\n  {}\n\n", url.to_string());
        if (!flags.no_browser) {
            pages.spawn(open_page(&session, url));
        }
    };
    auth::LoopbackListener listener(session.scheduler);
    auto tokens = runtime::run(
        session.scheduler,
        auth::login(session.scheduler, listener, *session.client, session.rng, std::move(options)));
    pages.cancel();
    runtime::run(session.scheduler, pages.join());
    return tokens;
}

Result<auth::TokenSet> by_device(AuthSession& session, const AuthFlags& flags,
                                 const auth::ServerMetadata& server,
                                 const auth::ClientAuthentication& client) {
    if (!server.device_authorization_endpoint) {
        return fail(has_no("device authorization", flags));
    }
    auth::DeviceLoginOptions options{
        .device_authorization_url = *server.device_authorization_endpoint,
        .token_url = server.token_endpoint,
        .client = client,
        .scope = flags.scope};
    options.show = [](const auth::DeviceCode& code) {
        fmt::print(stderr, "On any device, open\n\n  {}\n\nand enter\n\n  {}\n\n",
                   code.verification_uri.to_string(), code.user_code);
    };
    return runtime::run(session.scheduler,
                        auth::device_login(session.scheduler, *session.client, std::move(options)));
}

Result<auth::TokenSet> in_its_own_name(AuthSession& session, const AuthFlags& flags,
                                       const auth::ServerMetadata& server,
                                       const auth::ClientAuthentication& client) {
    const auth::ClientCredentialsGrant grant(
        {.endpoint = {.url = server.token_endpoint, .client = client}, .scope = flags.scope});
    APILAB_TRY(auto request, grant.request({}, session.scheduler.system_now()));
    const auto answer = runtime::run(session.scheduler, session.client->send(std::move(request)));
    return grant.read(answer, session.scheduler.system_now());
}

Result<auth::TokenSet> log_in(AuthSession& session, const AuthFlags& flags,
                              const auth::ServerMetadata& server,
                              const auth::ClientAuthentication& client) {
    if (flags.client_credentials) {
        return in_its_own_name(session, flags, server, client);
    }
    return flags.device ? by_device(session, flags, server, client)
                        : by_browser(session, flags, server, client);
}

// Over what an earlier login left, which may be what somebody is renewing just now.
Result<void> keep(AuthSession& session, AuthFolder& folder, const AuthFlags& flags,
                  const auth::TokenSet& tokens) {
    APILAB_TRY(const auto held, folder.store().try_lock(flags.name));
    if (!held) {
        return fail(Error(ErrorKind::io, fmt::format("{} is being renewed", flags.name))
                        .with_remedy("try again in a minute"));
    }
    APILAB_TRY(const auto earlier, folder.store().load(flags.name));
    return folder.store().save(flags.name, {.tokens = tokens,
                                            .obtained = session.scheduler.system_now(),
                                            .generation = earlier ? earlier->generation + 1 : 1});
}

void tell(const AuthFlags& flags, const AuthFolder& folder, const auth::TokenSet& tokens,
          const Globals& globals) {
    if (globals.json) {
        boost::json::object object{{"name", flags.name},
                                   {"scope", tokens.scope},
                                   {"refreshable", !tokens.refresh_token.empty()},
                                   {"access", "sha256:" + tokens.access_token.fingerprint()},
                                   {"folder", folder.path().string()}};
        if (tokens.lifetime) {
            object["seconds_left"] =
                std::chrono::floor<std::chrono::seconds>(*tokens.lifetime).count();
        }
        fmt::print("{}\n", boost::json::serialize(object));
        return;
    }
    const auto life = tokens.lifetime ? "good for " + format_duration(*tokens.lifetime)
                                      : std::string("of unknown life");
    fmt::print("{} is logged in: access token sha256:{}, {}, {}; kept in {}\n", flags.name,
               tokens.access_token.fingerprint(), life,
               tokens.refresh_token.empty() ? "not renewable" : "renewable",
               folder.path().string());
}

}  // namespace

Result<ExitCode> auth_login(const AuthFlags& flags, const Globals& globals) {
    APILAB_CHECK(auth::check_token_name(flags.name));
    APILAB_TRY(auto folder, AuthFolder::open(flags));
    // What cannot be written over is said before somebody logs in for nothing.
    APILAB_TRY([[maybe_unused]] const auto earlier, folder.store().load(flags.name));
    AuthProfile profile{.issuer = flags.issuer,
                        .client_id = flags.client_id,
                        .client_secret = flags.client_secret,
                        .method = flags.method,
                        .scope = flags.scope,
                        .client_credentials = flags.client_credentials};
    APILAB_TRY(const auto client, profile.client());
    AuthSession session;
    APILAB_TRY(const auto server,
               runtime::run(session.scheduler, auth::discover(*session.client, flags.issuer)));
    profile.token_url = server.token_endpoint.to_string();
    profile.revocation_url =
        server.revocation_endpoint ? server.revocation_endpoint->to_string() : std::string();
    APILAB_TRY(const auto tokens, log_in(session, flags, server, client));
    (void)Scrubber::of_process().add(tokens.access_token);
    (void)Scrubber::of_process().add(tokens.refresh_token);
    APILAB_CHECK(keep(session, folder, flags, tokens));
    APILAB_CHECK(folder.keep(flags.name, profile));
    tell(flags, folder, tokens, globals);
    return ExitCode::success;
}

}  // namespace apilab::cli
