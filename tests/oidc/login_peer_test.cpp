// Logins against oidc-provider, beside what oidc_peer_test.cpp has. Started by run.sh.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "apilab/auth/authorization.hpp"
#include "apilab/auth/device_login.hpp"
#include "apilab/auth/discovery.hpp"
#include "apilab/auth/login.hpp"
#include "apilab/auth/pkce.hpp"
#include "apilab/auth/revocation.hpp"
#include "apilab/auth/signing_key.hpp"
#include "apilab/auth/unguessable.hpp"
#include "apilab/base/file.hpp"
#include "apilab/base/rng.hpp"
#include "apilab/client/client.hpp"
#include "apilab/client/cookie_jar.hpp"
#include "apilab/http/json.hpp"
#include "apilab/http/query.hpp"
#include "apilab/runtime/real_scheduler.hpp"
#include "apilab/runtime/task_group.hpp"
#include "apilab/transport/asio_transport.hpp"

namespace apilab::auth {
namespace {

using runtime::Task;
using Method = ClientAuthentication::Method;

// Passes on, and lets a test do something after the first answer of a path.
class Meddling final : public runtime::Service {
public:
    explicit Meddling(runtime::Service& inner) : inner_(inner) {}
    Task<Result<http::Response>> call(http::Request request,
                                      runtime::CallContext context) override {
        const auto path = request.url().path();
        auto answer = co_await inner_.call(std::move(request), std::move(context));
        if (path == "/token" && !after_first_token.empty()) {
            const auto url = std::exchange(after_first_token, {});
            (void)co_await inner_.call(http::Request::get(*http::Url::parse(url)), {});
        }
        co_return answer;
    }
    std::string after_first_token;

private:
    runtime::Service& inner_;
};

class OidcLogin : public ::testing::Test {
protected:
    static constexpr std::string_view callback = "http://127.0.0.1:9/callback";
    static constexpr std::string_view scope = "openid offline_access";

    std::string peer_text = [] {
        const char* path = std::getenv("APILAB_OIDC_PEER");
        return path == nullptr ? std::string("{}") : read_file(path, 65536).value_or("{}");
    }();
    http::JsonDocument peer = *http::JsonDocument::parse(peer_text);
    // Ten seconds of its own in one of the machine's: a device polls every five.
    runtime::RealScheduler scheduler{10};
    transport::AsioTransport transport{scheduler, {.system_roots = false}};
    SystemRng chance;
    std::unique_ptr<client::Client> client = *client::Client::create(scheduler, transport, chance);
    LoopbackListener listener{scheduler};
    client::CookieJar jar;
    std::optional<ServerMetadata> server;
    int tokens_before = 0;
    const ClientAuthentication desk{.method = Method::none, .client_id = "desk"};
    const ClientAuthentication safe{
        .method = Method::post, .client_id = "safe", .client_secret = Secret("safe secret")};

    void SetUp() override {
        if (peer.root()["url"].missing()) {
            GTEST_SKIP() << "run by tests/oidc/run.sh";
        }
        auto metadata = runtime::run(scheduler, discover(*client, issuer()));
        ASSERT_TRUE(metadata) << metadata.error().to_string();
        server = *std::move(metadata);
        tokens_before = asked("/token");
    }

    std::string issuer() { return std::string(peer.root()["url"].string_or("")); }
    http::Response get(const std::string& path) {
        auto answer = runtime::run(
            scheduler, transport.call(http::Request::get(*http::Url::parse(issuer() + path)), {}));
        EXPECT_TRUE(answer && answer->ok()) << path;
        return answer ? *std::move(answer) : http::Response(0);
    }
    int asked(std::string_view path) {
        const auto counts = http::JsonDocument::parse(get("/peer/counts").body());
        return static_cast<int>(counts->root()[path].integer().value_or(0));
    }
    int token_requests() { return asked("/token") - tokens_before; }

    // A browser: cookies, redirects, no more. Returns where it stopped: at an answer that sends it
    // nowhere, or before `stop`.
    static Task<std::string> browse(OidcLogin* self, std::string url, std::string stop) {
        for (int hop = 0; hop < 10 && (stop.empty() || !url.starts_with(stop)); ++hop) {
            auto request = http::Request::get(*http::Url::parse(url));
            self->jar.put_on(request, self->scheduler.system_now());
            const auto answer = co_await self->transport.call(request, {});
            EXPECT_TRUE(answer) << answer.error().to_string();
            if (!answer) {
                break;
            }
            self->jar.store(answer->headers(), request.url(), self->scheduler.system_now());
            const std::string location(answer->headers().value("location"));
            if (location.empty()) {
                break;
            }
            url = request.url().resolve(location)->to_string();
        }
        co_return url;
    }

    struct Asked {
        std::string answered_with;
        Secret state;
        Pkce pkce;
    };
    // A person logs in, and the browser is stopped before it goes back to the program.
    Asked authorize(const std::string& client_id, std::string redirect_uri) {
        Asked login{.answered_with = {}, .state = unguessable(chance), .pkce = Pkce::fresh(chance)};
        const auto url = AuthorizationRequest{.endpoint = *server->authorization_endpoint,
                                              .client_id = client_id,
                                              .redirect_uri = redirect_uri,
                                              .scope = std::string(scope),
                                              .state = login.state,
                                              .code_challenge = login.pkce.challenge(),
                                              .prompt = "consent"}
                             .url();
        login.answered_with =
            runtime::run(scheduler, browse(this, url->to_string(), std::move(redirect_uri)));
        return login;
    }
    AuthorizationCodeGrant::Options code_for(const ClientAuthentication& who) {
        const auto login = authorize(who.client_id, std::string(callback));
        EXPECT_TRUE(login.answered_with.starts_with(callback)) << login.answered_with;
        const auto url = http::Url::parse(login.answered_with);
        auto code = read_authorization_answer(
            url->query(),
            {.state = login.state, .issuer = server->issuer, .issuer_required = true});
        EXPECT_TRUE(code) << code.error().to_string();
        return {.token_url = server->token_endpoint,
                .client = who,
                .code = code.value_or(Secret()),
                .redirect_uri = std::string(callback),
                .code_verifier = login.pkce.verifier(),
                .extra = {}};
    }
    Result<TokenSet> redeem(const AuthorizationCodeGrant::Options& options) {
        const AuthorizationCodeGrant grant(options);
        return grant.read(
            runtime::run(scheduler, client->call(*grant.request({}, scheduler.system_now()), {})),
            scheduler.system_now());
    }
    Result<TokenSet> refresh(const Secret& refresh_token) {
        http::Query form;
        form.add("grant_type", "refresh_token").add("refresh_token", refresh_token.reveal());
        return read_token_answer(runtime::run(
            scheduler,
            client->call(*form_request(server->token_endpoint, form, desk, scheduler.system_now()),
                         {})));
    }
    int me(const Secret& access_token) {
        auto request = http::Request::get(*server->userinfo_endpoint)
                           .header("authorization", "Bearer " + std::string(access_token.reveal()));
        return runtime::run(scheduler, client->call(std::move(request), {}))->status();
    }
    void expect_end(const Result<TokenSet>& tokens, std::string_view code, int requests) {
        ASSERT_FALSE(tokens);
        EXPECT_EQ(tokens.error().kind(), ErrorKind::auth);
        EXPECT_EQ(tokens.error().provider_code(), code);
        EXPECT_EQ(tokens.error().ending(), Ending::permanent);
        EXPECT_EQ(token_requests(), requests);
    }

    std::string login_hint;
    Result<TokenSet> log_in(const ClientAuthentication& who) {
        runtime::TaskGroup browser(scheduler);
        LoginOptions options{.authorization_url = *server->authorization_endpoint,
                             .token_url = server->token_endpoint,
                             .client = who,
                             .scope = std::string(scope),
                             .issuer = server->issuer,
                             .issuer_required = true,
                             .nonce = "n1",
                             .prompt = "consent"};
        if (!login_hint.empty()) {
            options.extra = {{"login_hint", login_hint}};
        }
        options.show = [&](const http::Url& url) { browser.spawn(opened(this, url.to_string())); };
        auto tokens = runtime::run(scheduler, login(scheduler, listener, *client, chance, options));
        runtime::run(scheduler, browser.join());
        return tokens;
    }
    static Task<void> opened(OidcLogin* self, std::string url) {
        (void)co_await browse(self, std::move(url), "");
    }

    Result<TokenSet> log_in_on_device(std::string_view decision) {
        Meddling meddling(*client);
        DeviceLoginOptions options{
            .device_authorization_url = *server->device_authorization_endpoint,
            .token_url = server->token_endpoint,
            .client = desk,
            .scope = std::string(scope)};
        options.show = [&](const DeviceCode& code) {
            meddling.after_first_token =
                issuer() + "/peer/" + std::string(decision) + "?user_code=" + code.user_code;
        };
        return runtime::run(scheduler, device_login(scheduler, meddling, options));
    }
    TokenQuestion about(const Secret& token) {
        return {.endpoint = *server->revocation_endpoint, .client = desk, .token = token};
    }
};

TEST_F(OidcLogin, says_where_its_endpoints_are_at_both_places) {
    EXPECT_EQ(server->issuer, issuer());
    EXPECT_TRUE(server->authorization_response_iss_parameter_supported);
    EXPECT_THAT(server->code_challenge_methods_supported, ::testing::Contains("S256"));
    for (const auto which : {WellKnown::oauth, WellKnown::openid}) {
        const auto place = well_known_url(issuer(), which);
        const auto metadata = read_server_metadata(get(place->path()).body(), issuer());
        ASSERT_TRUE(metadata) << metadata.error().to_string();
        EXPECT_EQ(metadata->token_endpoint, server->token_endpoint);
    }
}

TEST_F(OidcLogin, a_person_logs_in_with_a_browser) {
    for (const auto& who : {desk, safe}) {
        const auto tokens = log_in(who);
        ASSERT_TRUE(tokens) << tokens.error().to_string();
        EXPECT_FALSE(tokens->refresh_token.empty());
        EXPECT_FALSE(tokens->id_token.empty());
        EXPECT_EQ(tokens->lifetime, Duration(std::chrono::seconds(60)));
        EXPECT_EQ(me(tokens->access_token), 200);
    }
    EXPECT_EQ(token_requests(), 2);
}

TEST_F(OidcLogin, a_person_who_says_no_costs_no_token_request) {
    login_hint = "nobody";
    expect_end(log_in(desk), "access_denied", 0);
}

TEST_F(OidcLogin, an_unknown_redirect_uri_brings_nobody_back) {
    const auto login = authorize("desk", "http://127.0.0.1:9/other");
    EXPECT_TRUE(login.answered_with.starts_with(issuer())) << login.answered_with;
}

TEST_F(OidcLogin, a_code_used_twice_ends_what_it_gave) {
    const auto code = code_for(desk);
    const auto tokens = redeem(code);
    ASSERT_TRUE(tokens) << tokens.error().to_string();
    EXPECT_EQ(me(tokens->access_token), 200);
    expect_end(redeem(code), "invalid_grant", 2);
    EXPECT_EQ(me(tokens->access_token), 401);
    expect_end(refresh(tokens->refresh_token), "invalid_grant", 3);
}

TEST_F(OidcLogin, a_wrong_verifier_gets_nothing) {
    auto code = code_for(desk);
    code.code_verifier = Pkce::fresh(chance).verifier();
    expect_end(redeem(code), "invalid_grant", 1);
}

TEST_F(OidcLogin, a_wrong_redirect_uri_gets_nothing) {
    auto code = code_for(desk);
    code.redirect_uri = "http://127.0.0.1:9/callback/";
    expect_end(redeem(code), "invalid_grant", 1);
}

TEST_F(OidcLogin, a_wrong_secret_gets_nothing) {
    auto code = code_for(safe);
    code.client.client_secret = Secret("wrong");
    expect_end(redeem(code), "invalid_client", 1);
}

TEST_F(OidcLogin, an_expired_code_gets_nothing) {
    const auto code = code_for(desk);
    (void)get("/peer/later?seconds=61");
    expect_end(redeem(code), "invalid_grant", 1);
}

TEST_F(OidcLogin, a_refresh_token_used_twice_ends_the_session) {
    const auto tokens = log_in(desk);
    ASSERT_TRUE(tokens) << tokens.error().to_string();
    const auto next = refresh(tokens->refresh_token);
    ASSERT_TRUE(next) << next.error().to_string();
    EXPECT_FALSE(next->refresh_token == tokens->refresh_token) << "it rotates";
    expect_end(refresh(tokens->refresh_token), "invalid_grant", 3);
    expect_end(refresh(next->refresh_token), "invalid_grant", 4);
}

TEST_F(OidcLogin, a_person_logs_in_on_another_device) {
    const auto tokens = log_in_on_device("consent");
    ASSERT_TRUE(tokens) << tokens.error().to_string();
    EXPECT_EQ(me(tokens->access_token), 200);
    EXPECT_FALSE(tokens->refresh_token.empty());
    EXPECT_EQ(token_requests(), 2) << "one pending, one with the tokens";
}

TEST_F(OidcLogin, a_person_who_says_no_to_a_device_ends_the_polling) {
    expect_end(log_in_on_device("refuse"), "access_denied", 2);
}

TEST_F(OidcLogin, an_unknown_client_gets_no_device_code) {
    DeviceLoginOptions options{.device_authorization_url = *server->device_authorization_endpoint,
                               .token_url = server->token_endpoint,
                               .client = {.method = Method::none, .client_id = "stranger"}};
    options.show = [](const DeviceCode& /*code*/) { FAIL(); };
    expect_end(runtime::run(scheduler, device_login(scheduler, *client, options)), "invalid_client",
               0);
}

TEST_F(OidcLogin, a_revoked_token_is_over_and_so_is_its_session) {
    const auto tokens = log_in(desk);
    ASSERT_TRUE(tokens) << tokens.error().to_string();
    auto question = about(tokens->refresh_token);
    question.hint = TokenQuestion::Hint::refresh_token;
    for (int i = 0; i < 2; ++i) {
        const auto gone = runtime::run(scheduler, revoke(scheduler, *client, question));
        EXPECT_TRUE(gone) << gone.error().to_string();
    }
    EXPECT_EQ(me(tokens->access_token), 401);
    expect_end(refresh(tokens->refresh_token), "invalid_grant", 2);
}

TEST_F(OidcLogin, a_token_that_never_was_is_revoked_without_fuss) {
    EXPECT_TRUE(
        runtime::run(scheduler, revoke(scheduler, *client, about(Secret("never-was-one")))));
    auto question = about(Secret("never-was-one"));
    question.client = safe;
    question.client.client_secret = Secret("wrong");
    const auto gone = runtime::run(scheduler, revoke(scheduler, *client, question));
    ASSERT_FALSE(gone);
    EXPECT_EQ(gone.error().provider_code(), "invalid_client");
    EXPECT_EQ(gone.error().ending(), Ending::permanent);
}

TEST_F(OidcLogin, tells_whether_a_token_is_good) {
    const auto tokens = log_in(desk);
    ASSERT_TRUE(tokens) << tokens.error().to_string();
    auto question = about(tokens->access_token);
    question.endpoint = *server->introspection_endpoint;
    const auto state = runtime::run(scheduler, introspect(scheduler, *client, question));
    ASSERT_TRUE(state) << state.error().to_string();
    EXPECT_TRUE(state->active);
    EXPECT_EQ(state->client_id, "desk");
    EXPECT_EQ(state->subject, "mara");
    EXPECT_EQ(state->scope, scope);
    EXPECT_TRUE(state->expires);
    EXPECT_TRUE(runtime::run(scheduler, revoke(scheduler, *client, about(tokens->access_token))));
    EXPECT_FALSE(runtime::run(scheduler, introspect(scheduler, *client, question))->active);
}

TEST_F(OidcLogin, a_client_signs_who_it_is) {
    const auto key =
        SigningKey::from_pem(Secret(std::string(peer.root()["signer_key"].string_or(""))), "k1");
    ASSERT_TRUE(key) << key.error().to_string();
    const ClientAuthentication signer{
        .client_id = "signer",
        // Longer than another test put the server's clock ahead.
        .assertion = ClientAssertion{
            .key = *key, .rng = chance, .audience = issuer(), .lifetime = std::chrono::minutes(5)}};
    for (int i = 0; i < 2; ++i) {
        http::Query form;
        form.add("grant_type", "client_credentials");
        const auto request =
            form_request(server->token_endpoint, form, signer, scheduler.system_now());
        ASSERT_TRUE(request) << request.error().to_string();
        const auto tokens = read_token_answer(runtime::run(scheduler, client->call(*request, {})));
        EXPECT_TRUE(tokens) << tokens.error().to_string();
        // The same assertion once more.
        expect_end(read_token_answer(runtime::run(scheduler, client->call(*request, {}))),
                   "invalid_client", 2 * (i + 1));
    }
}

}  // namespace
}  // namespace apilab::auth
