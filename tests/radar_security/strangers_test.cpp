// Dashboard, its API, its actions, /status and /metrics: for nobody under another name, from
// another site, from elsewhere without the token or through a proxy; and what they ask for does
// not happen.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "apilab/http/json.hpp"
#include "apilab/runtime/virtual_scheduler.hpp"
#include "world.hpp"

namespace apilab::radar_security {
namespace {

using namespace std::chrono_literals;
using testing::AnyOf;
using testing::Eq;
using testing::HasSubstr;
using testing::Not;

const std::vector<std::string> data{"/api/session",  "/api/now",         "/api/decisions?show=all",
                                    "/api/calls",    "/api/calls/1",     "/api/limits",
                                    "/api/breakers", "/api/calls/1/har", "/api/tokens",
                                    "/api/drift",    "/api/events",      "/api/jobs",
                                    "/api/jobs/1",   "/api/outbox",      "/api/quarantine",
                                    "/api/audit",    "/api/stream",      "/status",
                                    "/metrics",      "/api/nothing",     "/status?x=/api",
                                    "/api/",         "/metrics?"};
const std::vector<std::string> files{"/", "/app.css", "/app.js", "/dom.js", "/icon.svg"};

struct Action {
    std::string name;
    std::string body;
};
const std::vector<Action> actions{
    {"check", R"({"watch":"shop"})"},
    {"redeliver", R"({"all":true})"},
    {"resolve", R"({"id":1,"as":"drop"})"},
    {"snooze", R"({"key":"shop/lodash","until":"2027-01-01T00:00:00Z"})"},
    {"queue", R"({"queue":"radar","pause":true,"reason":"x"})"},
    {"quarantine", R"({"id":1,"do":"release"})"},
    {"../session/end", "{}"},
    {"nothing", "{}"}};

struct Stranger {
    std::string what;
    std::string host = "localhost:8080";
    http::Headers headers;
    std::string peer = "127.0.0.1";
    /// A page may be opened from a link anywhere; it holds no data.
    bool sees_files = false;
};

std::vector<Stranger> other_names() {
    std::vector<Stranger> all;
    for (const auto* host : {"evil.example",
                             "evil.example:8080",
                             "localhost.evil.example",
                             "127.0.0.1.evil.example",
                             "localhost.:8080",
                             "127.0.0.1.",
                             "evil.example.",
                             "0.0.0.0",
                             "0.0.0.0:8080",
                             "[::]",
                             "[fd00::1]:8080",
                             "[::ffff:10.0.0.1]",
                             "10.0.0.9",
                             "169.254.169.254",
                             "localhost8080",
                             "xn--lcalhost-eya",
                             "radar.example.evil.example",
                             "evilradar.example",
                             "127.0.0.1.nip.io",
                             "local-host",
                             "localhost%2eevil.example",
                             "2130706433.evil.example"}) {
        all.push_back({.what = std::string("Host ") + host, .host = host});
    }
    for (const auto* said : {"", "evil.example", "localhost:8080, evil.example",
                             "localhost:8080@evil.example", "evil.example#localhost", "://",
                             "localhost:8080/x", "localhost:99999", "[::1", "[evil.example]"}) {
        all.push_back({.what = std::string("a field Host ") + said, .headers = {{"host", said}}});
    }
    all.push_back({.what = "two fields Host",
                   .headers = {{"host", "localhost:8080"}, {"host", "evil.example"}}});
    all.push_back({.what = "the same field Host twice",
                   .headers = {{"host", "localhost:8080"}, {"host", "localhost:8080"}}});
    return all;
}

std::vector<Stranger> other_sites() {
    std::vector<Stranger> all;
    for (const auto* origin :
         {"http://evil.example", "null", "https://localhost.evil.example", "http://localhost:9999",
          "http://localhost", "file://", "http://127.0.0.1:8080", "http://[::1]:8080",
          "chrome-extension://x", "http://localhost:8080.evil.example",
          "http://localhost:8080@evil.example", ""}) {
        all.push_back({.what = std::string("Origin ") + origin,
                       .headers = {{"origin", origin}},
                       .sees_files = true});
    }
    for (const auto* site :
         {"cross-site", "same-site", "CROSS-SITE", "same-origin, cross-site", "x"}) {
        all.push_back({.what = std::string("Sec-Fetch-Site ") + site,
                       .headers = {{"sec-fetch-site", site}},
                       .sees_files = true});
    }
    all.push_back({.what = "two sites",
                   .headers = {{"sec-fetch-site", "same-origin"}, {"sec-fetch-site", "cross-site"}},
                   .sees_files = true});
    all.push_back(
        {.what = "our origin and another one",
         .headers = {{"origin", "http://localhost:8080"}, {"origin", "http://evil.example"}},
         .sees_files = true});
    return all;
}

std::vector<Stranger> from_elsewhere() {
    std::vector<Stranger> all;
    for (const auto* peer : {"203.0.113.9", "10.0.0.1", "::ffff:10.0.0.1", "fe80::1", "", "unknown",
                             "128.0.0.1", "127.evil", "::", "0.0.0.0", "127.0.0.1.evil.example"}) {
        all.push_back({.what = std::string("from ") + peer, .peer = peer, .sees_files = true});
    }
    for (const auto* proxy :
         {"x-forwarded-for", "forwarded", "x-real-ip", "via", "x-forwarded-host", "fly-client-ip",
          "cf-connecting-ip", "true-client-ip", "x-client-ip", "x-envoy-external-address"}) {
        for (const auto* value : {"127.0.0.1", "for=127.0.0.1", "::1", ""}) {
            all.push_back({.what = fmt::format("through a proxy, {}: {}", proxy, value),
                           .headers = {{proxy, value}},
                           .sees_files = true});
        }
    }
    for (const auto* wrong :
         {"Bearer x", "bearer ", "Bearer", "Basic YTpi", "Bearer canary-81-dashboard/token+8",
          "Bearer CANARY-81-DASHBOARD/TOKEN+8~", "Bearer  canary-81-dashboard/token+8~ x", ""}) {
        all.push_back({.what = std::string("shows ") + wrong,
                       .headers = {{"authorization", wrong}},
                       .peer = "203.0.113.9",
                       .sees_files = true});
    }
    all.push_back({.what = "a cookie that nobody signed",
                   .headers = {{"cookie", "apilab_radar_8080=t.a.99999999999.AAAA"}},
                   .peer = "203.0.113.9",
                   .sees_files = true});
    all.push_back({.what = "the token where none is looked for",
                   .headers = {{"x-token", "canary-81-dashboard/token+8~"},
                               {"cookie", "token=canary-81-dashboard/token+8~"}},
                   .peer = "203.0.113.9",
                   .sees_files = true});
    return all;
}

class Strangers : public testing::TestWithParam<bool> {
protected:
    Strangers() {
        world.radar().start();
        scheduler.advance(12min);  // there is something to be seen
        runtime::run(scheduler, world.radar().stop());
    }
    http::Response ask(const Stranger& who, std::string method, std::string target,
                       std::string body = {}, const http::Headers& more = {}) {
        // Guessing has a limit of its own.
        scheduler.advance(4s);
        auto headers = who.headers;
        for (const auto& [name, value] : more) {
            headers.add(name, value);
        }
        return world.ask({.method = std::move(method),
                          .target = std::move(target),
                          .host = who.host,
                          .headers = std::move(headers),
                          .body = std::move(body),
                          .peer = who.peer});
    }
    void is_refused(const http::Response& answer, const std::string& what) {
        EXPECT_THAT(answer.status(),
                    AnyOf(Eq(400), Eq(401), Eq(403), Eq(404), Eq(405), Eq(415), Eq(421), Eq(429)))
            << what;
        for (const auto* fact : {"lodash", "shop", "csrf\"", "radar_"}) {
            EXPECT_THAT(answer.body(), Not(HasSubstr(fact))) << what;
        }
        EXPECT_FALSE(answer.headers().contains("set-cookie")) << what;
        EXPECT_FALSE(answer.headers().contains("access-control-allow-origin")) << what;
    }
    void sees_nothing(const Stranger& who) {
        for (const auto& target : data) {
            for (const auto* method : {"GET", "HEAD"}) {
                is_refused(ask(who, method, target),
                           fmt::format("{} {}, {}", method, target, who.what));
            }
        }
        if (who.sees_files) {
            return;
        }
        for (const auto& target : files) {
            EXPECT_THAT(ask(who, "GET", target).status(), AnyOf(Eq(400), Eq(421)))
                << target << ", " << who.what;
        }
    }
    void does_nothing(const Stranger& who) {
        const auto before = world.tables();
        for (const auto& [name, body] : actions) {
            is_refused(ask(who, "POST", "/api/actions/" + name, body,
                           {{"content-type", "application/json"}, {"x-csrf-token", "AAAA"}}),
                       name + ", " + who.what);
        }
        const auto enter = ask(who, "POST", "/api/session", R"({"token":"not this one"})",
                               {{"content-type", "application/json"}});
        is_refused(enter, "a wrong token, " + who.what);
        EXPECT_EQ(world.tables(), before) << who.what;
    }

    runtime::VirtualScheduler scheduler;
    World world{scheduler, {.seed = 81, .has_token = GetParam()}};
};

INSTANTIATE_TEST_SUITE_P(WithTokenOrNot, Strangers, testing::Bool());

TEST_P(Strangers, see_nothing_and_do_nothing_under_another_name) {
    for (const auto& who : other_names()) {
        sees_nothing(who);
        does_nothing(who);
    }
}

TEST_P(Strangers, see_nothing_and_do_nothing_from_a_page_of_another_site) {
    for (const auto& who : other_sites()) {
        sees_nothing(who);
        does_nothing(who);
    }
}

TEST_P(Strangers, see_nothing_and_do_nothing_from_elsewhere_without_the_token) {
    for (const auto& who : from_elsewhere()) {
        sees_nothing(who);
        does_nothing(who);
    }
}

TEST_P(Strangers, act_by_no_other_method_and_without_no_csrf_token) {
    const auto session = world.ask({.target = "/api/session"});
    ASSERT_EQ(session.status(), 200);
    const auto document = http::JsonDocument::parse(session.body());
    const std::string csrf(document->root()["csrf"].string_or(""));
    std::string cookie(session.headers().value("set-cookie"));
    cookie = cookie.substr(0, cookie.find(';'));
    const http::Headers ours{{"content-type", "application/json"},
                             {"origin", "http://localhost:8080"},
                             {"cookie", cookie}};
    const auto with = [&](std::string_view name, std::string value) {
        http::Headers headers = ours;
        headers.set(name, std::move(value));
        return headers;
    };
    const auto right = with("x-csrf-token", csrf);
    const auto before = world.tables();
    const auto act = [&](const std::string& method, const http::Headers& headers,
                         const std::string& what) {
        for (const auto& [name, body] : actions) {
            is_refused(ask({}, method, "/api/actions/" + name, body, headers),
                       fmt::format("{} {}, {}", method, name, what));
        }
    };
    for (const auto* method :
         {"GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "post", "TRACE"}) {
        act(method, right, "another method");
    }
    act("POST", ours, "no CSRF token");
    act("POST", with("x-csrf-token", ""), "an empty one");
    act("POST", with("x-csrf-token", csrf.substr(1)), "half of it");
    auto twice = right;
    twice.add("x-csrf-token", csrf);
    act("POST", twice, "twice");
    for (const auto* type : {"text/plain", "application/x-www-form-urlencoded",
                             "multipart/form-data", "text/json", ""}) {
        auto typed = right;
        typed.set("content-type", type);
        act("POST", typed, std::string("a form of a page: ") + type);
    }
    auto nowhere = right;
    nowhere.remove("origin");
    act("POST", nowhere, "it does not say from where");
    auto stolen = right;
    stolen.remove("cookie");
    act("POST", stolen, "without its session");
    act("GET", right, "?_method=POST");
    EXPECT_EQ(world.tables(), before);

    // All of it together is let in: this test would see it.
    const auto done = ask({}, "POST", "/api/actions/check", R"({"watch":"shop"})", right);
    EXPECT_EQ(done.status(), 200) << done.body();
    EXPECT_NE(world.tables(), before);
}

TEST_P(Strangers, are_not_who_asks_rightly) {
    for (const auto* target : {"/api/now", "/status", "/metrics", "/"}) {
        for (const auto* host : {"localhost:8080", "127.0.0.1", "[::1]:8080", "LOCALHOST:8080"}) {
            EXPECT_EQ(ask({.host = host}, "GET", target).status(), 200) << target << " " << host;
        }
    }
    const Stranger far{.host = "radar.example",
                       .headers = {{"authorization", "Bearer canary-81-dashboard/token+8~"}},
                       .peer = "203.0.113.9"};
    for (const auto* target : {"/api/now", "/status", "/metrics"}) {
        EXPECT_EQ(ask(far, "GET", target).status() == 200, GetParam()) << target;
    }
    for (const auto* target : {"/livez", "/readyz"}) {
        const auto answer = ask({.host = "evil.example", .peer = "203.0.113.9"}, "GET", target);
        EXPECT_THAT(answer.status(), AnyOf(Eq(200), Eq(503))) << "platforms ask by any name";
        EXPECT_THAT(answer.body(), Not(HasSubstr("shop")));
    }
}

}  // namespace
}  // namespace apilab::radar_security
