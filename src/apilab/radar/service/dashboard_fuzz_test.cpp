// Requests that nobody means well with: drawn from parts that matter, bent, and mixed. What may
// come of each is said by rules of their own, written without a look at the guard.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/radar/service/internal/test_dashboard.hpp"

namespace apilab::radar {
namespace {

// What comes near to being let in comes more often.
constexpr std::array methods{"GET", "GET",    "GET",     "POST", "POST", "HEAD",
                             "PUT", "DELETE", "OPTIONS", "get",  "PATCH"};
constexpr std::array paths{"/",
                           "/app.js",
                           "/api/now",
                           "/api/session",
                           "/api/session/end",
                           "/api/stream",
                           "/api/decisions?show=all&limit=100",
                           "/api/decisions?limit=99999999999999999999",
                           "/api/calls/1",
                           "/api/calls/-1",
                           "/api/calls/1/har",
                           "/api/calls/..%2f..%2fetc/har",
                           "/api/jobs/1",
                           "/api/jobs/%00",
                           "/api/jobs?state=dead&reason=%27%20or%201=1--",
                           "/api/outbox?target=%ff%fe",
                           "/api/audit?after=%f0%28%8c%28",
                           "/api//now",
                           "/api/../api/now",
                           "/api/actions/check",
                           "/api/actions/redeliver",
                           "/api/actions/quarantine",
                           "/api/actions/queue",
                           "/webhooks/github"};
constexpr std::array hosts{
    "localhost:8080", "localhost:8080", "localhost:8080",         "127.0.0.1",
    "radar.example",  "evil.example",   "localhost.evil.example", "10.0.0.9:8080"};
constexpr std::array peers{"127.0.0.1", "127.0.0.1",       "127.0.0.1", "::1",
                           "10.0.0.9",  "::ffff:10.0.0.9", "",          "169.254.169.254"};
constexpr std::array bodies{"{}",
                            R"({"all":true})",
                            R"({"watch":"blog"})",
                            R"({"token":"canary-dashboard-token-6"})",
                            R"({"id":1,"do":"release"})",
                            R"({"queue":"radar","pause":true,"reason":"http://169.254.169.254/"})",
                            "[[[[[[[[[[[[[[[[[[[[[[",
                            "\xff\xfe",
                            ""};
constexpr std::array fields{"origin: http://evil.example",
                            "origin: null",
                            "origin: http://localhost:8080",
                            "origin: http://radar.example",
                            "sec-fetch-site: cross-site",
                            "sec-fetch-site: same-origin",
                            "sec-fetch-site: none",
                            "content-type: application/json",
                            "content-type: text/plain",
                            "x-csrf-token: AAAA",
                            "cookie: apilab_radar_8080=t.a.9999999999.AAAA",
                            "cookie: apilab_radar_80=l.a.b.c",
                            "authorization: Bearer canary-dashboard-token-6",
                            "authorization: Basic YTpi",
                            "x-forwarded-for: 127.0.0.1",
                            "x-forwarded-host: localhost",
                            "forwarded: for=127.0.0.1",
                            "last-event-id: ../../x",
                            "host: localhost:8080"};

class DashboardFuzz : public internal::DashboardTest {
protected:
    template <class List>
    auto draw(const List& list) {
        return list[static_cast<std::size_t>(
            chance.between(0, static_cast<std::int64_t>(list.size()) - 1))];
    }
    std::string bent(std::string text) {
        if (!text.empty() && chance.between(0, 3) == 0) {
            text[static_cast<std::size_t>(
                chance.between(0, static_cast<std::int64_t>(text.size()) - 1))] =
                static_cast<char>(chance.between(33, 126));
        }
        return text;
    }
    SeededRng chance{20261127};
};

TEST_F(DashboardFuzz, whatever_comes_nothing_is_told_or_done_that_should_not_be) {
    fill();
    const std::set<std::string_view> ours{"localhost", "127.0.0.1", "radar.example"};
    int answered = 0;
    int refused = 0;
    for (int i = 0; i < 6000; ++i) {
        const auto url = http::Url::parse("http://" + std::string(draw(hosts)) + bent(draw(paths)));
        if (!url) {
            continue;
        }
        http::Request asks(draw(methods), *url);
        asks.header("host", url->authority());
        for (auto n = chance.between(-2, 4); n > 0; --n) {
            const std::string field = bent(draw(fields));
            const auto colon = std::min(field.find(": "), field.size() - 2);
            asks.headers().add(field.substr(0, colon), field.substr(colon + 2));
        }
        asks.body(draw(bodies));
        const std::string peer = draw(peers);
        const auto answer = send(asks, peer);

        ASSERT_TRUE(answer.status() < 500 || answer.status() == 501) << answer.body();
        ASSERT_THAT(answer.headers().value("content-security-policy"),
                    ::testing::StartsWith("default-src 'none'"));
        for (const auto& canary : internal::test_canaries()) {
            ASSERT_EQ(answer.body().find(canary), std::string::npos) << canary;
        }
        const bool told = answer.ok() && url->path().starts_with("/api/");
        if (!told) {
            ++refused;
            continue;
        }
        ++answered;
        // No token is known to who asks here: only this machine, by its own name, without a
        // proxy, and no page of another site.
        const auto& headers = asks.headers();
        EXPECT_TRUE(ours.contains(url->host()) && url->host() != "radar.example") << url->host();
        EXPECT_TRUE(peer == "127.0.0.1" || peer == "::1") << peer;
        EXPECT_FALSE(headers.contains("x-forwarded-for") || headers.contains("forwarded") ||
                     headers.contains("x-forwarded-host") || headers.contains("authorization"));
        EXPECT_TRUE(headers.value("origin").empty() || headers.value("origin") == url->origin());
        EXPECT_TRUE(asks.method() == "GET" || asks.method() == "HEAD") << asks.method();
    }
    EXPECT_GT(answered, 50) << "the corpus reaches what is behind the guard";
    EXPECT_GT(refused, 3000);
    EXPECT_EQ(store->documents("audit", {}, 10)->size(), 0U) << "nothing was done";
    EXPECT_TRUE(store->paused()->empty());
    EXPECT_EQ(store->jobs({.kind = "check"}, 10)->size(), 0U);
    EXPECT_TRUE(parts->transport.seen().size() <= 8) << "no request led to another one";
}

}  // namespace
}  // namespace apilab::radar
