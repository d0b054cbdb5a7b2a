// The library's grants that sign, before servers that check signatures with code of their own.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "apilab/auth/bearer_auth.hpp"
#include "apilab/auth/grants.hpp"
#include "apilab/auth/renewing_token_source.hpp"
#include "apilab/base/rng.hpp"
#include "apilab/http/json.hpp"
#include "apilab/runtime/virtual_scheduler.hpp"
#include "apilab/sandbox/github/provider.hpp"
#include "apilab/sandbox/github/store.hpp"
#include "apilab/sandbox/google/provider.hpp"
#include "apilab/sandbox/oauth/provider.hpp"
#include "apilab/sandbox/sandbox.hpp"
#include "apilab/sandbox/seed/keys.hpp"
#include "apilab/sandbox/seed/seed.hpp"
#include "apilab/transport/loopback_transport.hpp"

namespace apilab::sandbox {
namespace {

using namespace std::chrono_literals;

http::Url url(std::string_view path) {
    return *http::Url::parse("http://sandbox.test" + std::string(path));
}

auth::SigningKey key(std::string_view name) {
    return *auth::SigningKey::from_pem(Secret(std::string(seed::key(name))));
}

class OurGrants : public ::testing::Test {
protected:
    OurGrants() {
        SandboxOptions options;
        oauth::OAuthOptions clients;
        for (const std::string kind : {"rs256", "es256"}) {
            clients.clients.push_back(
                {.id = "apilab-" + kind, .key = std::string(seed::key("oauth-client-" + kind))});
        }
        options.providers.push_back(std::make_unique<oauth::OAuthProvider>(std::move(clients)));
        options.providers.push_back(std::make_unique<google::GoogleProvider>());
        options.providers.push_back(std::make_unique<github::GitHubProvider>(
            std::make_shared<const github::Store>(*seed::built_in_facts())));
        sandbox = *Sandbox::make(scheduler, std::move(options));
        transport = std::make_unique<transport::LoopbackTransport>(scheduler, *sandbox);
    }
    // A page behind a token of this grant; an hour later behind the next one.
    int status_of(std::shared_ptr<const auth::Grant> grant, std::string_view page) {
        auth::RenewingTokenSource tokens(scheduler, *transport, rng, std::move(grant));
        auth::BearerAuth service(*transport, tokens, "http://sandbox.test");
        int status = 0;
        for (int hour = 0; hour < 2; ++hour) {
            const auto answer =
                runtime::run(scheduler, service.call(http::Request::get(url(page)), {}));
            status = answer ? answer->status() : 0;
            EXPECT_TRUE(answer) << answer.error().to_string();
            scheduler.advance(1h);
        }
        EXPECT_EQ(tokens.status().generation, 2U);
        runtime::run(scheduler, tokens.close());
        return status;
    }
    std::string refusal_of(std::shared_ptr<const auth::Grant> grant) {
        auth::RenewingTokenSource tokens(scheduler, *transport, rng, std::move(grant));
        const auto token = runtime::run(scheduler, tokens.token());
        return token ? "" : token.error().to_string();
    }

    runtime::VirtualScheduler scheduler;
    SeededRng rng{1};
    std::unique_ptr<Sandbox> sandbox;
    std::unique_ptr<transport::LoopbackTransport> transport;
};

TEST_F(OurGrants, a_service_account_of_google_gets_in_by_its_key_file) {
    const auto file =
        R"({"type":"service_account","client_email":"apilab@sandbox.iam.gserviceaccount.com",)"
        R"("private_key_id":"k1","token_uri":"http://127.0.0.1/google/token","private_key":)" +
        http::json_quote(seed::key("google-service-account")) + "}";
    const auto account = auth::ServiceAccount::from_json(Secret(file));
    ASSERT_TRUE(account) << account.error().to_string();
    auto options = account->grant_options("https://www.googleapis.com/auth/gmail.modify", "me");
    options.token_url = url("/google/token");
    EXPECT_EQ(status_of(std::make_shared<auth::JwtBearerGrant>(options),
                        "/google/gmail/v1/users/me/profile"),
              200);
    options.key = key("github-app");  // somebody else's
    EXPECT_THAT(refusal_of(std::make_shared<auth::JwtBearerGrant>(options)),
                ::testing::HasSubstr("invalid_grant"));
}

TEST_F(OurGrants, a_client_of_either_kind_of_key_says_who_it_is_by_signing) {
    for (const std::string kind : {"rs256", "es256"}) {
        const auth::ClientAuthentication client{
            .client_id = "apilab-" + kind,
            .assertion = auth::ClientAssertion{.key = key("oauth-client-" + kind), .rng = rng}};
        const auth::TokenEndpoint endpoint{.url = url("/oauth/token"), .client = client};
        EXPECT_EQ(status_of(std::make_shared<auth::ClientCredentialsGrant>(
                                auth::ClientCredentialsOptions{.endpoint = endpoint}),
                            "/oauth/documents/1"),
                  200)
            << kind;
    }
}

TEST_F(OurGrants, a_github_app_gets_tokens_of_its_installation) {
    auth::GitHubAppOptions options{
        .api = url("/github"), .app = "4711", .key = key("github-app"), .installation = 815};
    EXPECT_EQ(status_of(std::make_shared<auth::GitHubAppGrant>(options), "/github/rate_limit"),
              200);
    options.installation = 816;
    EXPECT_THAT(refusal_of(std::make_shared<auth::GitHubAppGrant>(options)),
                ::testing::HasSubstr("404"));
    options.key = key("oauth-client-rs256");
    EXPECT_THAT(refusal_of(std::make_shared<auth::GitHubAppGrant>(options)),
                ::testing::HasSubstr("401"));
}

}  // namespace
}  // namespace apilab::sandbox
