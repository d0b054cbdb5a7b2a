// Started by run.sh, which starts the server and says where it is.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

#include "apilab/auth/bearer_auth.hpp"
#include "apilab/auth/memory_token_store.hpp"
#include "apilab/auth/oauth2.hpp"
#include "apilab/base/rng.hpp"
#include "apilab/client/client.hpp"
#include "apilab/http/json.hpp"
#include "apilab/runtime/real_scheduler.hpp"
#include "apilab/transport/asio_transport.hpp"

namespace apilab::auth {
namespace {

http::JsonDocument about_peer() {
    const char* path = std::getenv("APILAB_OIDC_PEER");
    std::ifstream file(path == nullptr ? "" : path);
    const std::string text((std::istreambuf_iterator<char>(file)), {});
    auto document = http::JsonDocument::parse(text.empty() ? "{}" : text);
    return *std::move(document);
}

class OidcProvider : public ::testing::Test {
protected:
    http::JsonDocument peer = about_peer();
    runtime::RealScheduler scheduler;
    transport::AsioTransport transport{scheduler};
    SeededRng rng{1};
    std::unique_ptr<apilab::client::Client> client =
        *apilab::client::Client::create(scheduler, transport, rng);

    void SetUp() override {
        if (peer.root()["url"].missing()) {
            GTEST_SKIP() << "run by tests/oidc/run.sh";
        }
    }
    std::string about(std::string_view name) {
        return std::string(peer.root()[name].string_or(""));
    }
    http::Url url(std::string_view path) { return http::Url::parse(about("url"))->with(path); }
    OAuth2Options options(std::string_view user) {
        return {.token_url = url("/token"),
                .client_id = about("client_id"),
                .client_secret = Secret(about("client_secret")),
                .refresh_token = Secret(about(user))};
    }
    Result<Secret> token(OAuth2TokenSource& source) {
        return runtime::run(scheduler, source.token());
    }
    Result<http::Response> me(TokenSource& source) {
        BearerAuth service(*client, source, url("/me").origin());
        return runtime::run(scheduler, service.call(http::Request::get(url("/me")), {}));
    }
};

TEST_F(OidcProvider, gives_the_client_a_token_of_its_own) {
    OAuth2TokenSource source(scheduler, *client, rng, options(""));
    const auto got = token(source);
    ASSERT_TRUE(got) << got.error().to_string();
    EXPECT_FALSE(got->empty());
}

TEST_F(OidcProvider, refuses_a_wrong_secret_and_is_asked_once) {
    auto wrong = options("");
    wrong.client_secret = Secret("wrong");
    OAuth2TokenSource source(scheduler, *client, rng, wrong);
    for (int i = 0; i < 2; ++i) {
        const auto got = token(source);
        ASSERT_FALSE(got);
        EXPECT_EQ(got.error().provider_code(), "invalid_client");
        EXPECT_EQ(got.error().ending(), Ending::permanent);
    }
}

TEST_F(OidcProvider, rotates_and_we_keep_the_newest) {
    MemoryTokenStore store;
    auto how = options("nils");
    how.renewal.store = &store;
    OAuth2TokenSource source(scheduler, *client, rng, how);
    const auto first = me(source);
    ASSERT_TRUE(first) << first.error().to_string();
    EXPECT_EQ(first->status(), 200) << first->body();
    EXPECT_THAT(first->body(), ::testing::HasSubstr("nils"));
    const auto kept = **store.load("default");
    EXPECT_EQ(kept.tokens.lifetime, Duration(std::chrono::seconds(60)));

    const auto next = runtime::run(scheduler, source.replace(*token(source)));
    ASSERT_TRUE(next) << next.error().to_string();
    EXPECT_EQ(me(source)->status(), 200);
    EXPECT_FALSE((*store.load("default"))->tokens.refresh_token == kept.tokens.refresh_token);
}

// Has a token from a while ago.
class Stale final : public TokenSource {
public:
    explicit Stale(TokenSource& inner) : inner_(inner) {}
    runtime::Task<Result<Secret>> token(SteadyTime /*deadline*/) override {
        co_return Secret("from-a-while-ago");
    }
    runtime::Task<Result<Secret>> replace(Secret /*refused*/, SteadyTime deadline) override {
        return inner_.token(deadline);
    }

private:
    TokenSource& inner_;
};

TEST_F(OidcProvider, refuses_a_stale_token_and_gets_the_request_once_more) {
    OAuth2TokenSource source(scheduler, *client, rng, options("mara"));
    Stale stale(source);
    const auto answer = me(stale);
    ASSERT_TRUE(answer) << answer.error().to_string();
    EXPECT_EQ(answer->status(), 200) << answer->body();
}

TEST_F(OidcProvider, ends_the_session_when_an_old_refresh_token_turns_up_and_we_stop) {
    OAuth2TokenSource ours(scheduler, *client, rng, options("ilse"));
    const auto access = token(ours);
    ASSERT_TRUE(access) << access.error().to_string();
    OAuth2TokenSource thief(scheduler, *client, rng, options("ilse"));  // with the token of before
    EXPECT_EQ(token(thief).error().provider_code(), "invalid_grant");
    const auto after = me(ours);
    ASSERT_FALSE(after) << after->status();
    EXPECT_EQ(after.error().provider_code(), "invalid_grant");
    EXPECT_EQ(token(ours).error().ending(), Ending::permanent);
}

}  // namespace
}  // namespace apilab::auth
