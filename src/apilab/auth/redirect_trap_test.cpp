// Redirects to somebody else, over real sockets: one server leads on, another one keeps all that
// arrives, and what we were given for the first is looked for in it.

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "apilab/auth/bearer_auth.hpp"
#include "apilab/auth/client_authentication.hpp"
#include "apilab/auth/credentials_auth.hpp"
#include "apilab/auth/hmac_signer.hpp"
#include "apilab/base/base64.hpp"
#include "apilab/base/rng.hpp"
#include "apilab/client/client.hpp"
#include "apilab/client/cookie_session.hpp"
#include "apilab/http/query.hpp"
#include "apilab/runtime/real_scheduler.hpp"
#include "apilab/server/certificates.hpp"
#include "apilab/server/server.hpp"
#include "apilab/transport/asio_transport.hpp"

namespace apilab::auth {
namespace {

using runtime::Task;

const std::string canary = "canary-7f3a9c1e5b";

// Leads on to where `to` says, and gives a cookie to who asks for one.
class Leading final : public runtime::Service {
public:
    Task<Result<http::Response>> call(http::Request request, runtime::CallContext) override {
        if (request.url().path() == "/cookie") {
            co_return http::Response(200).header("set-cookie", "sid=" + canary);
        }
        co_return http::Response(status).header("location", to);
    }
    int status = 302;
    std::string to;
};

// Keeps every byte that it understands, and leads back where it is told to.
class Keeping final : public runtime::Service {
public:
    Task<Result<http::Response>> call(http::Request request, runtime::CallContext) override {
        ++requests;
        seen += request.method() + " " + request.url().to_string() + "\n";
        for (const auto& [name, value] : request.headers()) {
            seen += name + ": " + value + "\n";
        }
        seen += std::string(request.body()) + "\n";
        if (!back.empty() && request.url().path() == "/1") {
            co_return http::Response(302).header("location", back);
        }
        co_return http::Response(200, "thank you");
    }
    int requests = 0;
    std::string seen;
    std::string back;
};

class Fixed final : public TokenSource {
public:
    Task<Result<Secret>> token(SteadyTime /*deadline*/) override { co_return Secret(canary); }
    Task<Result<Secret>> replace(Secret /*refused*/, SteadyTime deadline) override {
        return token(deadline);
    }
};

class RedirectTrap : public ::testing::Test {
protected:
    RedirectTrap() {
        EXPECT_TRUE(first.listen() && other.listen() && secure.listen());
        leading_url = "http://127.0.0.1:" + std::to_string(first.port());
        elsewhere = {"http://127.0.0.1:" + std::to_string(other.port()),
                     "http://localhost:" + std::to_string(other.port()),
                     "https://127.0.0.1:" + std::to_string(secure.port())};
    }
    ~RedirectTrap() override {
        for (auto* server : {&first, &other, &secure}) {
            runtime::run(scheduler, server->stop(Duration::zero()));
        }
    }
    static server::ServerOptions with_tls(const server::CertificateAuthority& authority) {
        auto leaf = *authority.issue(RealClock().system_now());
        return {.tls = server::TlsServerOptions{.certificate_chain = leaf.certificate,
                                                .private_key = leaf.key}};
    }

    using Send = std::function<Result<http::Response>(http::Request)>;
    // Sends over every redirect there is and looks for the canary in what the others got. Returns
    // how many requests came to them.
    int tempt(const Send& send, const std::vector<std::string>& targets) {
        for (const int status : {301, 302, 303, 307, 308}) {
            for (const auto& target : targets) {
                for (const auto* method : {"GET", "POST"}) {
                    leading.status = status;
                    leading.to = target + "/1";
                    http::Request request(method, *http::Url::parse(leading_url + "/start"));
                    if (request.method() == "POST") {
                        request.body("a body");
                    }
                    SCOPED_TRACE(std::string(method) + " " + std::to_string(status) + " " + target);
                    (void)send(std::move(request));
                    EXPECT_FALSE(keeping.seen.contains(canary)) << keeping.seen;
                    EXPECT_FALSE(keeping.seen.contains(base64_encode("u:" + canary)));
                    EXPECT_FALSE(keeping.seen.contains("authorization:")) << keeping.seen;
                }
            }
        }
        return keeping.requests;
    }
    Send through(runtime::Service& service) {
        return [&](http::Request request) {
            return runtime::run(scheduler, service.call(std::move(request), {}));
        };
    }

    runtime::RealScheduler scheduler;
    server::CertificateAuthority authority =
        *server::CertificateAuthority::create(RealClock().system_now());
    Leading leading;
    Keeping keeping;
    server::Server first{scheduler, leading};
    server::Server other{scheduler, keeping};
    server::Server secure{scheduler, keeping, with_tls(authority)};
    SeededRng rng{1};
    transport::AsioTransport transport{scheduler, {.ca_pem = authority.certificate()}};
    std::unique_ptr<client::Client> client =
        *client::Client::create(scheduler, transport, rng, {.breaker = std::nullopt});
    std::string leading_url;
    /// Another port, another name, another scheme.
    std::vector<std::string> elsewhere;
    /// 5 statuses, 3 targets, 2 methods.
    static constexpr int ways = 30;
};

TEST_F(RedirectTrap, no_kind_of_credential_in_a_header_follows_one) {
    const auto base = *http::Url::parse(leading_url);
    int arrived = 0;
    for (const auto& credentials :
         {Credentials::api_key(Secret(canary)), Credentials::api_key(Secret(canary), "shop"),
          Credentials::basic("u", Secret(canary)), Credentials::bearer(Secret(canary)),
          Credentials::api_key_in_query_unsafe(Secret(canary), "appid")}) {
        CredentialsAuth service(*client, credentials, base);
        arrived += ways;
        EXPECT_EQ(tempt(through(service), elsewhere), arrived) << credentials.describe();
    }
}

TEST_F(RedirectTrap, no_token_follows_one) {
    Fixed tokens;
    BearerAuth service(*client, tokens, leading_url);
    EXPECT_EQ(tempt(through(service), elsewhere), ways);
}

TEST_F(RedirectTrap, a_signer_below_the_client_signs_for_nobody_else) {
    HmacSigner signer(transport, scheduler,
                      {.key_id = "k1", .key = Secret(canary), .origin = leading_url});
    const auto signing = *client::Client::create(scheduler, signer, rng, {.breaker = std::nullopt});
    EXPECT_EQ(tempt(through(*signing), elsewhere), ways);
    EXPECT_FALSE(keeping.seen.contains("HMAC"));
}

// Another port or scheme of the same host is the same place to a cookie (RFC 6265 section 8.5).
TEST_F(RedirectTrap, a_cookie_follows_none_to_another_host) {
    client::CookieSession session(scheduler, transport);
    const auto keeps_cookies =
        *client::Client::create(scheduler, session, rng, {.breaker = std::nullopt});
    ASSERT_TRUE(runtime::run(scheduler, keeps_cookies->get(leading_url + "/cookie")));
    EXPECT_EQ(session.jar().size(), 1U);
    EXPECT_EQ(tempt(through(*keeps_cookies), {elsewhere[1]}), ways / 3);
}

TEST_F(RedirectTrap, on_the_way_back_they_are_not_put_on_again) {
    Fixed tokens;
    BearerAuth service(*client, tokens, leading_url);
    keeping.back = "http://localhost:" + std::to_string(other.port()) + "/2";
    EXPECT_EQ(tempt(through(service), {elsewhere[0]}), 2 * ways / 3) << "a chain of two";
}

TEST_F(RedirectTrap, a_client_that_tells_its_secret_in_the_body_tells_nobody_else) {
    const auto endpoint = *http::Url::parse(leading_url + "/token");
    for (const auto method :
         {ClientAuthentication::Method::post, ClientAuthentication::Method::basic}) {
        const ClientAuthentication who{
            .method = method, .client_id = "c", .client_secret = Secret(canary)};
        const Send ask = [&](const http::Request&) {
            http::Query form;
            form.add("grant_type", "refresh_token").add("refresh_token", canary);
            auto request = form_request(endpoint, std::move(form), who, scheduler.system_now());
            auto answer = through(*client)(*std::move(request));
            EXPECT_EQ(answer.error().detail(), "redirect");
            return answer;
        };
        EXPECT_EQ(tempt(ask, elsewhere), 0);
    }
}

}  // namespace
}  // namespace apilab::auth
