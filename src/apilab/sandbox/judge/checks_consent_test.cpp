// Each check has a client that passes, one that fails, and one that does nothing.

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "apilab/sandbox/credentials.hpp"
#include "apilab/sandbox/internal/ask_oauth.hpp"
#include "apilab/sandbox/internal/test_tokens.hpp"

namespace apilab::sandbox {
namespace {

using namespace std::chrono_literals;
using internal::TokenWorld;

std::string fault(const std::string& where, const std::string& what, const std::string& when = "") {
    return "[[fault]]\nwhere = \"oauth:" + where + "\"\nwhat = { " + what + " }\n" +
           (when.empty() ? "" : "when = { " + when + " }\n");
}

Verdict verdict(TokenWorld& world, std::string_view id) {
    const auto found = world.judged(id);
    EXPECT_EQ(found.verdict == Verdict::fail && found.rows.empty(), false) << "no proof";
    return found.verdict;
}

TEST(ConsentChecks, who_does_nothing_is_not_judged) {
    for (const auto* id :
         {"AUT-04", "AUT-05", "AUT-07", "AUT-09", "AUT-10", "AUT-12", "AUT-15", "AUT-16"}) {
        EXPECT_EQ(TokenWorld().judged(id).reason, UnknownReason::not_exercised) << id;
    }
}

// Sends document `a` with a fresh token so often, each time refused.
std::unique_ptr<TokenWorld> refused_with(int tokens) {
    auto owned = std::make_unique<TokenWorld>(fault("get_document", "status = 401"));
    TokenWorld& world = *owned;
    std::string refresh = "seed-refresh-token";
    for (int i = 0; i < tokens; ++i) {
        const auto fresh = world.send(TokenWorld::token(refresh));
        refresh = fresh.refresh;
        world.documents("a", 1, fresh.access);
        world.scheduler.advance(1s);
    }
    return owned;
}

TEST(ConsentChecks, one_or_two_fresh_tokens_are_tried_and_no_more) {
    auto once = refused_with(1);
    EXPECT_EQ(once->judged("AUT-04").reason, UnknownReason::not_exercised);
    auto fair = refused_with(3);
    EXPECT_EQ(verdict(*fair, "AUT-04"), Verdict::pass);
    auto endless = refused_with(4);
    EXPECT_EQ(verdict(*endless, "AUT-04"), Verdict::fail);
}

class NarrowToken : public ::testing::Test {
protected:
    http::Request info() {
        auto request = http::Request::get(*http::Url::parse("http://sandbox.test/oauth/userinfo"));
        request.header("authorization", "Bearer " + own.access);
        return request;
    }
    TokenWorld world;
    // Nobody's token: `/userinfo` is out of its reach.
    TokenWorld::Reply own = world.send(TokenWorld::grant("grant_type=client_credentials"));
};

TEST_F(NarrowToken, a_403_is_the_last_word) {
    EXPECT_EQ(world.send(info()).status, 403);
    EXPECT_EQ(verdict(world, "AUT-05"), Verdict::pass);
}

TEST_F(NarrowToken, a_refresh_does_not_widen_it) {
    world.send(info());
    world.send(TokenWorld::grant("grant_type=client_credentials"));
    EXPECT_EQ(verdict(world, "AUT-05"), Verdict::fail);
}

TEST_F(NarrowToken, nor_does_asking_again) {
    world.send(info());
    world.scheduler.advance(1s);
    world.send(info());
    EXPECT_EQ(verdict(world, "AUT-05"), Verdict::fail);
}

TEST_F(NarrowToken, a_refresh_much_later_has_another_reason) {
    world.send(info());
    world.scheduler.advance(1h);
    world.send(TokenWorld::grant("grant_type=client_credentials"));
    EXPECT_EQ(verdict(world, "AUT-05"), Verdict::pass);
}

// Two 503s at the token endpoint, and a client that asks after such waits.
std::unique_ptr<TokenWorld> troubled(const std::vector<Duration>& waits) {
    auto owned = std::make_unique<TokenWorld>(fault("token", "status = 503", "first = 2"));
    TokenWorld& world = *owned;
    world.send(TokenWorld::token("seed-refresh-token"));
    for (const auto wait : waits) {
        world.scheduler.advance(wait);
        world.send(TokenWorld::token("seed-refresh-token"));
    }
    return owned;
}

TEST(ConsentChecks, trouble_at_the_token_endpoint_is_waited_out) {
    auto patient = troubled({1s, 2s});
    EXPECT_EQ(verdict(*patient, "AUT-07"), Verdict::pass);
    auto hasty = troubled({0s, 0s});
    EXPECT_EQ(verdict(*hasty, "AUT-07"), Verdict::fail);
    auto gone = troubled({1s});
    EXPECT_EQ(verdict(*gone, "AUT-07"), Verdict::fail) << "it never came back";
}

// The answer to the first refresh is lost; so often the old token is tried again.
std::unique_ptr<TokenWorld> lost_answer(int again) {
    auto owned =
        std::make_unique<TokenWorld>(fault("token", "reset = \"after_commit\"", "nth = 1"));
    TokenWorld& world = *owned;
    for (int i = 0; i <= again; ++i) {
        world.send(TokenWorld::token("seed-refresh-token"));
        world.scheduler.advance(1s);
    }
    return owned;
}

TEST(ConsentChecks, a_lost_rotation_is_asked_for_once_more) {
    auto once = lost_answer(1);
    EXPECT_EQ(verdict(*once, "AUT-09"), Verdict::pass);
    auto never = lost_answer(0);
    EXPECT_EQ(verdict(*never, "AUT-09"), Verdict::fail);
    auto often = lost_answer(2);
    EXPECT_EQ(verdict(*often, "AUT-09"), Verdict::fail);
}

// Three tokens of a minute, each used again after `age`.
std::unique_ptr<TokenWorld> three_lives(Duration age) {
    auto owned = std::make_unique<TokenWorld>("", oauth::OAuthOptions{.lifetime = 60s});
    TokenWorld& world = *owned;
    std::string refresh = "seed-refresh-token";
    for (int i = 0; i < 3; ++i) {
        const auto fresh = world.send(TokenWorld::token(refresh));
        refresh = fresh.refresh;
        world.scheduler.advance(age);
        world.documents("a" + std::to_string(i), 1, fresh.access);
    }
    return owned;
}

TEST(ConsentChecks, tokens_are_renewed_before_they_expire) {
    auto early = three_lives(50s);
    EXPECT_EQ(verdict(*early, "AUT-10"), Verdict::pass);
    auto late = three_lives(60s);
    EXPECT_EQ(verdict(*late, "AUT-10"), Verdict::fail);
}

TEST(ConsentChecks, a_token_that_a_fault_ended_was_not_used_too_late) {
    TokenWorld world(fault("get_document", "auth = \"expire\"", "nth = 1"));
    const auto first = world.send(TokenWorld::token("seed-refresh-token"));
    world.documents("a", 2, first.access);
    EXPECT_EQ(world.judged("AUT-10").reason, UnknownReason::not_exercised);
}

http::Request authorize(const std::string& challenge) {
    return http::Request::get(*http::Url::parse(
        "http://sandbox.test/oauth/authorize?response_type=code&client_id=cid&state=s"
        "&redirect_uri=http%3A%2F%2F127.0.0.1%3A9%2Fcb" +
        challenge));
}
const std::string s256 =
    "&code_challenge=" + internal::s256(oauth::verifier) + "&code_challenge_method=S256";

std::string code_in(const TokenWorld::Reply& reply) {
    const auto begin = reply.location.find("code=") + 5;
    return reply.location.substr(begin, reply.location.find('&', begin) - begin);
}

http::Request redeem(const std::string& code) {
    return TokenWorld::grant(
        "grant_type=authorization_code&redirect_uri=http%3A%2F%2F127.0.0.1%3A9"
        "%2Fcb&code=" +
        code + "&code_verifier=" + std::string(oauth::verifier));
}

TEST(ConsentChecks, a_code_with_anothers_state_or_issuer_is_let_lie) {
    for (const auto* lie : {"wrong_state", "wrong_issuer"}) {
        TokenWorld careful(fault("authorize", "auth = \"" + std::string(lie) + "\"", "nth = 1"));
        careful.send(authorize(s256));
        const auto honest = careful.send(authorize(s256));
        EXPECT_EQ(careful.send(redeem(code_in(honest))).status, 200);
        EXPECT_EQ(verdict(careful, "AUT-12"), Verdict::pass) << lie;

        TokenWorld blind(fault("authorize", "auth = \"" + std::string(lie) + "\""));
        const auto reply = blind.send(authorize(s256));
        blind.send(redeem(code_in(reply)));
        EXPECT_EQ(verdict(blind, "AUT-12"), Verdict::fail) << lie;
    }
}

TEST(ConsentChecks, consent_is_asked_for_with_s256) {
    TokenWorld good;
    good.send(authorize(s256));
    EXPECT_EQ(verdict(good, "AUT-15"), Verdict::pass);
    TokenWorld bare;
    bare.send(authorize(""));
    EXPECT_EQ(verdict(bare, "AUT-15"), Verdict::fail);
    TokenWorld plain;
    plain.send(authorize("&code_challenge=" + std::string(oauth::verifier)));
    EXPECT_EQ(verdict(plain, "AUT-15"), Verdict::fail);
}

// A device of ours, polled at these times after one another; approved after 12 s.
std::unique_ptr<TokenWorld> polled(const std::vector<Duration>& waits) {
    auto owned = std::make_unique<TokenWorld>(
        "", oauth::OAuthOptions{.seed = 5, .devices = {.approves_after = 12s}});
    TokenWorld& world = *owned;
    auto start =
        http::Request::post(*http::Url::parse("http://sandbox.test/oauth/device_authorization"),
                            "scope=openid", "application/x-www-form-urlencoded");
    start.header("authorization", "Basic " + base64_encode("cid:sec"));
    world.send(std::move(start));
    for (const auto wait : waits) {
        world.scheduler.advance(wait);
        world.send(TokenWorld::grant(
            "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code&device_code=" +
            seed_secret(5, "device code 1", "dc_")));
    }
    return owned;
}

TEST(ConsentChecks, a_device_code_is_polled_as_told) {
    auto patient = polled({5s, 5s, 5s});
    EXPECT_EQ(verdict(*patient, "AUT-16"), Verdict::pass);
    auto hasty = polled({5s, 2s, 20s});
    EXPECT_EQ(verdict(*hasty, "AUT-16"), Verdict::fail);
    auto deaf = polled({5s, 5s, 5s, 5s});
    EXPECT_EQ(verdict(*deaf, "AUT-16"), Verdict::fail) << "it had its token";
}

}  // namespace
}  // namespace apilab::sandbox
