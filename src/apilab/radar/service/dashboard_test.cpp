#include "apilab/radar/service/dashboard.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <functional>
#include <string>

#include "apilab/http/json.hpp"
#include "apilab/radar/service/internal/test_dashboard.hpp"
#include "apilab/runtime/task_group.hpp"

namespace apilab::radar {
namespace {

using namespace std::chrono_literals;
using internal::DashboardTest;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr std::array asked{"/api/session", "/api/now",         "/api/decisions", "/api/calls",
                           "/api/calls/1", "/api/calls/1/har", "/api/limits",    "/api/breakers",
                           "/api/tokens",  "/api/drift",       "/api/events",    "/api/jobs",
                           "/api/jobs/1",  "/api/quarantine",  "/api/outbox",    "/api/audit",
                           "/api/dead"};
constexpr std::array done{"redeliver", "resolve", "snooze", "check", "queue", "quarantine"};

TEST_F(DashboardTest, the_page_and_its_files_are_there_and_lead_to_nobody_else) {
    for (const auto* path : {"/", "/app.css", "/app.js", "/icon.svg", "/pages_now.js"}) {
        EXPECT_TRUE(Dashboard::serves(path)) << path;
        const auto answer = get(path);
        EXPECT_EQ(answer.status(), 200) << path;
        EXPECT_THAT(answer.headers().value("content-security-policy"),
                    StartsWith("default-src 'none'"));
        EXPECT_THAT(answer.body(), Not(HasSubstr("innerHTML"))) << path;
        EXPECT_THAT(answer.body(), Not(HasSubstr("src=\"http"))) << path;
        EXPECT_THAT(answer.body(), Not(HasSubstr("href=\"http"))) << path;
    }
    EXPECT_EQ(get("/").headers().value("content-type"), "text/html; charset=utf-8");
    for (const auto* path : {"/index.html", "/nothing", "/../app.js", "/webhooks/github"}) {
        EXPECT_FALSE(Dashboard::serves(path)) << path;
        EXPECT_EQ(get(path).status(), 404) << path;
    }
}

TEST_F(DashboardTest, an_empty_radar_has_empty_pages_and_no_errors) {
    for (const std::string path : asked) {
        if (path.find("/1") == std::string::npos) {
            EXPECT_EQ(get(path).status(), 200) << path;
        }
    }
    EXPECT_EQ(get("/api/jobs/1").status(), 404);
    EXPECT_EQ(get("/api/calls/1").status(), 404);
    EXPECT_EQ(get("/api/calls/1/har").status(), 404);
    EXPECT_EQ(get("/api/nothing").status(), 404);
}

TEST_F(DashboardTest, every_answer_is_json_and_holds_no_secret) {
    fill(true);
    for (const auto* path : asked) {
        const auto answer = get(path);
        ASSERT_EQ(answer.status(), 200) << path << answer.body();
        EXPECT_TRUE(http::JsonDocument::parse(answer.body())) << path;
        EXPECT_EQ(answer.headers().value("cache-control"), "no-store") << path;
        for (const auto& canary : internal::test_canaries()) {
            EXPECT_THAT(answer.body(), Not(HasSubstr(canary))) << path;
        }
    }
}

TEST_F(DashboardTest, nothing_is_told_under_another_name_or_without_the_token) {
    fill();
    const auto paths =
        [&](const std::function<void(const std::string&, const std::string&)>& each) {
            for (const std::string path : asked) {
                each("GET", path);
            }
            each("GET", "/api/stream");
            for (const std::string name : done) {
                each("POST", "/api/actions/" + name);
            }
        };
    paths([&](const std::string& method, const std::string& path) {
        auto evil = request(method, path, "evil.example");
        EXPECT_EQ(send(evil).status(), 421) << path;
        auto far = request(method, path, "radar.example");
        far.header("content-type", "application/json");
        far.header("origin", "http://radar.example");
        EXPECT_EQ(send(far, "10.0.0.9").status(), 401) << path;
        auto other = request(method, path);
        other.header("origin", "http://evil.example");
        EXPECT_EQ(send(other).status(), 403) << path;
    });
    EXPECT_EQ(get("/api/audit").body().find("at\""), std::string::npos) << "nothing was done";
}

TEST_F(DashboardTest, the_token_opens_it_from_elsewhere_once) {
    auto enter = request("POST", "/api/session", "radar.example");
    enter.header("content-type", "application/json").header("origin", "http://radar.example");
    enter.body(R"({"token":"canary-dashboard-token-5"})");
    const auto entered = send(enter, "10.0.0.9");
    ASSERT_EQ(entered.status(), 200);
    const std::string cookie(entered.headers().value("set-cookie"));
    auto asks = request("GET", "/api/now", "radar.example");
    asks.header("cookie", cookie.substr(0, cookie.find(';')));
    EXPECT_EQ(send(asks, "10.0.0.9").status(), 200);
    enter.body(R"({"token":"canary-dashboard-token-6"})");
    EXPECT_EQ(send(enter, "10.0.0.9").status(), 401);
    enter.body(R"([1])");
    EXPECT_EQ(send(enter, "10.0.0.9").status(), 422);
}

TEST_F(DashboardTest, now_says_what_needs_a_person) {
    fill();
    const auto body = get("/api/now").body();
    for (const auto* alert :
         {"1 effect of unknown outcome", "2 dead letters", "2 events in quarantine",
          "webshop was checked without every source", "is left alone"}) {
        EXPECT_THAT(body, HasSubstr(alert));
    }
    const auto now = json(body);
    EXPECT_EQ(now.root()["phase"].string_or(""), "ready");
    EXPECT_EQ(now.root()["watches"].size(), 2U);
    EXPECT_EQ(now.root()["jobs"]["dead"].integer(), 2);
}

TEST_F(DashboardTest, what_was_given_up_is_on_one_page_jobs_and_messages_alike) {
    fill();
    const auto dead = json(get("/api/dead").body());
    EXPECT_EQ(dead.root()["jobs"].size(), 2U);
    EXPECT_EQ(dead.root()["messages"].size(), 1U);
    EXPECT_EQ(dead.root().at_pointer("/messages/0/state").string_or(""), "escalated");
}

runtime::Task<void> ask(Dashboard* dashboard, http::Request request, http::Response* answer) {
    runtime::CallContext context;
    context.inbound = runtime::Inbound{.peer_address = "127.0.0.1"};
    *answer = *co_await dashboard->call(std::move(request), std::move(context));
}

TEST_F(DashboardTest, a_store_that_takes_nothing_is_told_and_the_rest_still_shows) {
    parts->call("npm", "get_packument", "https://registry.example/lodash");
    // As many operations wait as may, when the request comes to its own.
    const auto overloaded = [&](http::Request request) {
        http::Response answer(0);
        runtime::TaskGroup tasks(scheduler);
        tasks.spawn(ask(&*dashboard, std::move(request), &answer));
        for (std::size_t i = 0; i < parts->writer.options().waiting_max; ++i) {
            parts->writer.post<int>([](work::Store&) { return Result<int>(0); },
                                    [](const Result<int>& /*done*/) {});
        }
        runtime::run(scheduler, tasks.join());
        return answer;
    };
    const auto now = overloaded(request("GET", "/api/now"));
    EXPECT_EQ(now.status(), 200);
    EXPECT_THAT(now.body(), HasSubstr("the store does not answer"));
    EXPECT_THAT(now.body(), HasSubstr("get_packument"));
    const auto events = overloaded(request("GET", "/api/events"));
    EXPECT_EQ(events.status(), 503);
    EXPECT_EQ(events.headers().value("retry-after"), "5");
    auto check = request("POST", "/api/actions/check", "localhost");
    check.header("content-type", "application/json")
        .header("authorization", "Bearer canary-dashboard-token-5")
        .body("{}");
    EXPECT_EQ(overloaded(check).status(), 503);
    EXPECT_TRUE(store->jobs({}, 10)->empty());
}

TEST_F(DashboardTest, decisions_come_by_their_score_and_only_those_that_are_asked_for) {
    fill();
    const auto names = [&](const std::string& query) {
        const auto document = json(get("/api/decisions" + query).body());
        std::string text;
        for (const auto& one : document.root()["decisions"].elements()) {
            text += std::string(one["package"].string_or("?")) + " ";
        }
        return text;
    };
    EXPECT_EQ(names(""), "lodash minimist request ");
    EXPECT_EQ(names("?show=snoozed"), "ws ");
    EXPECT_EQ(names("?show=declined"), "left-pad ");
    EXPECT_EQ(names("?show=resolved"), "y18n ");
    EXPECT_EQ(names("?watch=blog"), "request ");
    EXPECT_EQ(names("?limit=1&offset=1"), "minimist ");
    EXPECT_EQ(json(get("/api/decisions?limit=1").body()).root()["total"].integer(), 3);
    EXPECT_EQ(get("/api/decisions?limit=101").status(), 422);
    EXPECT_EQ(get("/api/decisions?offset=-1").status(), 422);
}

TEST_F(DashboardTest, lists_are_bounded) {
    for (const auto* path :
         {"/api/calls?limit=501", "/api/events?limit=101", "/api/jobs?limit=201",
          "/api/outbox?limit=201", "/api/dead?limit=0", "/api/audit?limit=201",
          "/api/jobs?state=odd", "/api/outbox?state=odd", "/api/calls?before=x"}) {
        EXPECT_EQ(get(path).status(), 422) << path;
    }
}

TEST_F(DashboardTest, a_call_has_its_rows_its_reasons_and_a_command_line_without_the_token) {
    fill();
    const auto call = json(get("/api/calls/2").body());
    EXPECT_EQ(call.root()["attempts"].integer(), 3);
    EXPECT_GE(call.root()["rows"].size(), 5U) << "three attempts and two waits";
    EXPECT_THAT(std::string(call.root()["why"].to_text()), HasSubstr("503 -> retry"));
    EXPECT_THAT(std::string(call.root()["exchanges"].to_text()), HasSubstr("$AUTHORIZATION"));
    const auto har = get("/api/calls/2/har");
    EXPECT_THAT(har.body(), HasSubstr("\"log\""));
    EXPECT_EQ(har.headers().value("content-disposition"), "attachment; filename=\"call-2.har\"");
}

}  // namespace
}  // namespace apilab::radar
