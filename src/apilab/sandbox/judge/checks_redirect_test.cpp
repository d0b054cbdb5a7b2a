// Each check has a client that passes, one that fails, and one that does nothing.

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <utility>

#include "apilab/sandbox/internal/test_tokens.hpp"
#include "apilab/sandbox/internal/test_world.hpp"
#include "apilab/sandbox/judge/judge.hpp"

namespace apilab::sandbox {
namespace {

using namespace std::chrono_literals;
using internal::TokenWorld;

std::string redirecting(const std::string& where, const std::string& how) {
    return "[[fault]]\nwhere = \"oauth:" + where + "\"\nwhat = { redirect = { " + how + " } }\n";
}

http::Request request(std::string method, const std::string& url, std::string body = "") {
    http::Request made(std::move(method), *http::Url::parse(url));
    made.body(std::move(body));
    return made;
}

TEST(RedirectChecks, who_does_nothing_is_not_judged) {
    for (const auto* id : {"RDR-01", "RDR-03", "RDR-04", "RDR-05", "RDR-06"}) {
        EXPECT_EQ(TokenWorld().judged(id).reason, UnknownReason::not_exercised) << id;
    }
}

// Led from https to http at the same path, and followed with these header fields.
Finding led_to_http(const std::optional<http::Headers>& followed_with) {
    internal::World world(
        "name = \"x\"\n[[fault]]\nwhere = \"things:*\"\nwhat = { redirect = { to = "
        "\"http\" } }\nwhen = { first = 1 }\n");
    world.sandbox->set_plain_origin("http://sandbox.test:4010");
    const auto led = world.send({.tls = true});
    EXPECT_EQ(led.headers.value("location"), "http://sandbox.test:4010/things/items/a");
    if (followed_with) {
        world.wait(1ms);
        world.send({.headers = *followed_with, .connection = 2});
    }
    for (const auto& result : judge_run(*world.sandbox)->checks) {
        if (result.card.id == "RDR-04") {
            return result.finding;
        }
    }
    throw std::logic_error("no such check");
}

TEST(PlaintextCheck, who_stays_or_goes_bare_passes_and_who_takes_credentials_fails) {
    EXPECT_EQ(led_to_http(std::nullopt).verdict, Verdict::pass);
    EXPECT_EQ(led_to_http(http::Headers{{"accept", "*/*"}}).verdict, Verdict::pass);
    for (const auto* name : {"Authorization", "Cookie"}) {
        const auto found = led_to_http(http::Headers{{name, "a=b"}});
        EXPECT_EQ(found.verdict, Verdict::fail) << name;
        EXPECT_EQ(found.rows.size(), 2U);
    }
}

class LedAway : public ::testing::Test {
protected:
    // Follows by hand, with these header fields at every hop.
    void follow(const http::Headers& headers) {
        auto url = first.location;
        for (int hop = 0; hop < 5 && !url.empty(); ++hop) {
            auto next = request("GET", url);
            for (const auto& [name, value] : headers) {
                next.headers().add(name, value);
            }
            url = world.send(std::move(next)).location;
        }
    }
    TokenWorld world{redirecting("get_document", "to = \"foreign/hop/1\"")};
    TokenWorld::Reply first = world.send(request("GET", "http://sandbox.test/oauth/documents/1"));
};

TEST_F(LedAway, bare_requests_elsewhere_pass) {
    EXPECT_EQ(first.location, "http://foreign.test/hop/1");
    follow({{"accept", "*/*"}});
    EXPECT_EQ(world.sandbox->numbers().at("foreign requests"), 2);
    EXPECT_EQ(world.judged("RDR-01").verdict, Verdict::pass);
    EXPECT_EQ(world.judged("RDR-03").verdict, Verdict::pass);
}

TEST_F(LedAway, who_does_not_go_there_passes) {
    EXPECT_EQ(world.judged("RDR-01").verdict, Verdict::pass);
}

TEST_F(LedAway, credentials_of_the_standard_fail) {
    follow({{"Authorization", "Bearer x"}});
    const auto found = world.judged("RDR-01");
    EXPECT_EQ(found.verdict, Verdict::fail);
    EXPECT_EQ(found.rows.size(), 2U);
    EXPECT_EQ(world.judged("RDR-03").verdict, Verdict::pass);
    EXPECT_EQ(world.sandbox->numbers().at("foreign requests with credentials"), 2);
}

TEST_F(LedAway, a_key_of_ones_own_is_remarked_on) {
    follow({{"x-api-key", "k"}});
    EXPECT_EQ(world.judged("RDR-01").verdict, Verdict::pass);
    EXPECT_EQ(world.judged("RDR-03").verdict, Verdict::fail);
}

// A write that is redirected with this status, and followed so.
Verdict followed(int status, std::string method, std::string body) {
    TokenWorld world(redirecting(
        "revoke", "status = " + std::to_string(status) + ", to = \"/oauth/introspect\""));
    world.send(request("POST", "http://sandbox.test/oauth/revoke", "token=x"));
    world.scheduler.advance(1ms);
    world.send(request(std::move(method), "http://sandbox.test/oauth/introspect", std::move(body)));
    return world.judged("RDR-05").verdict;
}

TEST(RedirectChecks, a_write_is_followed_as_its_status_says) {
    for (const int status : {307, 308}) {
        EXPECT_EQ(followed(status, "POST", "token=x"), Verdict::pass) << status;
        EXPECT_EQ(followed(status, "POST", ""), Verdict::fail) << status;
        EXPECT_EQ(followed(status, "GET", ""), Verdict::fail) << status;
    }
    EXPECT_EQ(followed(303, "GET", ""), Verdict::pass);
    EXPECT_EQ(followed(303, "POST", "token=x"), Verdict::fail);
    for (const int status : {301, 302}) {
        EXPECT_EQ(followed(status, "GET", ""), Verdict::pass) << status;
        EXPECT_EQ(followed(status, "POST", "token=x"), Verdict::pass) << status;
        EXPECT_EQ(followed(status, "PUT", "token=x"), Verdict::fail) << status;
    }
}

TEST(RedirectChecks, a_circle_is_left) {
    TokenWorld world(redirecting("get_document", "to = \"loop\""));
    const std::string url = "http://sandbox.test/oauth/documents/1";
    for (int i = 0; i < 30; ++i) {
        EXPECT_EQ(world.send(request("GET", url)).location, url);
    }
    EXPECT_EQ(world.judged("RDR-06").verdict, Verdict::pass);
    TokenWorld giddy(redirecting("get_document", "to = \"loop\""));
    for (int i = 0; i < 31; ++i) {
        giddy.send(request("GET", url));
    }
    EXPECT_EQ(giddy.judged("RDR-06").verdict, Verdict::fail);
}

TEST(RedirectFault, is_read_with_its_limits) {
    const auto parsed = [](const std::string& what) {
        const auto json = http::JsonDocument::parse("{\"where\":\"*:*\",\"what\":" + what + "}");
        const auto fault = parse_fault(json->root(), "");
        return fault ? std::string("good") : fault.error().detail();
    };
    EXPECT_EQ(parsed(R"({"redirect":{"status":307,"to":"http"},"delay":"1s"})"), "good");
    EXPECT_EQ(parsed(R"({"redirect":{"status":304,"to":"http"}})"), "/what/redirect/status");
    EXPECT_EQ(parsed(R"({"redirect":{"status":307}})"), "/what/redirect/to");
    EXPECT_EQ(parsed(R"({"redirect":{"to":"loop"},"status":503})"), "/what/redirect");
}

}  // namespace
}  // namespace apilab::sandbox
