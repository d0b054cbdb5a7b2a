#include "apilab/sandbox/admin.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "apilab/http/json.hpp"
#include "apilab/sandbox/credentials.hpp"
#include "apilab/sandbox/internal/test_world.hpp"
#include "apilab/server/connection_watch.hpp"
#include "apilab/transport/loopback_transport.hpp"

namespace apilab::sandbox {
namespace {

using internal::World;
using testing::HasSubstr;

class AdminApi : public testing::Test {
protected:
    http::Response ask(std::string method, std::string_view path, std::string body = "",
                       std::string token = "Bearer t0ken") {
        http::Request request(
            std::move(method),
            *http::Url::parse("http://127.0.0.1:4011/_sandbox" + std::string(path)));
        request.body(std::move(body));
        if (!token.empty()) {
            request.header("authorization", std::move(token));
        }
        return *runtime::run(world_.scheduler, admin_.call(std::move(request), {}));
    }
    http::JsonDocument json(const http::Response& response) {
        return *http::JsonDocument::parse(response.body());
    }
    void expect_problem(const http::Response& response, int status, std::string_view place,
                        std::string_view where) {
        EXPECT_EQ(response.status(), status) << response.body();
        EXPECT_EQ(response.headers().value("content-type"), "application/problem+json");
        const auto document = json(response);
        EXPECT_EQ(document.root()["status"].integer(), status);
        EXPECT_FALSE(document.root()["detail"].string_or("").empty());
        if (!place.empty()) {
            EXPECT_EQ(document.root()[place].string(), where) << response.body();
        }
    }

    World world_;
    Admin admin_{*world_.sandbox, Secret("t0ken")};
};

TEST_F(AdminApi, is_closed_without_its_token) {
    for (const auto* token :
         {"", "t0ken", "Bearer ", "Bearer t0kem", "Basic t0ken", "Bearer t0ken1"}) {
        const auto response = ask("GET", "/health", "", token);
        expect_problem(response, 401, "", "");
        EXPECT_EQ(response.headers().value("www-authenticate"), "Bearer");
    }
    EXPECT_EQ(ask("GET", "/health", "", "bearer t0ken").status(), 200);
}

TEST_F(AdminApi, takes_no_token_that_comes_twice) {
    http::Request request("GET", *http::Url::parse("http://127.0.0.1:4011/_sandbox/health"));
    request.headers().add("authorization", "Bearer t0ken");
    request.headers().add("authorization", "Bearer t0ken");
    const auto response = *runtime::run(world_.scheduler, admin_.call(std::move(request), {}));
    expect_problem(response, 401, "", "");
}

TEST_F(AdminApi, tells_health_version_services_scenarios_and_checks) {
    EXPECT_EQ(json(ask("GET", "/health")).root()["run"].string(), "r-0001");
    EXPECT_FALSE(json(ask("GET", "/version")).root()["version"].string_or("").empty());
    const auto services = json(ask("GET", "/services"));
    EXPECT_EQ(services.root().at_pointer("/services/0/name").string(), "things");
    EXPECT_EQ(services.root().at_pointer("/services/0/operations/0/path").string(), "/items");
    EXPECT_GE(json(ask("GET", "/scenarios")).root()["scenarios"].size(), 4U);
    EXPECT_GE(json(ask("GET", "/checks")).root()["checks"].size(), 11U);
}

TEST_F(AdminApi, arms_a_fault_and_gives_it_back_with_its_hits) {
    const auto added = ask("POST", "/faults",
                           R"({"where":"things:GET /items/{x}","what":{"status":503},"times":1})");
    EXPECT_EQ(added.status(), 201);
    const auto id = std::string(*json(added).root()["id"].string());
    EXPECT_EQ(json(added).root()["hits"].integer(), 0);
    EXPECT_EQ(json(added).root()["completed"].boolean(), false);
    EXPECT_EQ(world_.get("/things/items/a").status, 503);
    EXPECT_EQ(world_.get("/things/items/a").status, 200);
    const auto read = json(ask("GET", "/faults/" + id));
    EXPECT_EQ(read.root()["hits"].integer(), 1);
    EXPECT_EQ(read.root()["completed"].boolean(), true);
    EXPECT_EQ(read.root()["where"].string(), "things:GET /items/{x}");
    EXPECT_EQ(read.root()["what"]["status"].integer(), 503);
    EXPECT_EQ(json(ask("GET", "/faults")).root()["faults"].size(), 1U);
    EXPECT_EQ(ask("DELETE", "/faults/" + id).status(), 204);
    EXPECT_EQ(ask("DELETE", "/faults/" + id).status(), 404);
    EXPECT_EQ(ask("GET", "/faults/" + id).status(), 404);
}

TEST_F(AdminApi, clears_all_faults) {
    (void)ask("POST", "/faults", R"({"where":"things:*","what":{"status":503}})");
    EXPECT_EQ(ask("DELETE", "/faults").status(), 204);
    EXPECT_EQ(world_.get("/things/items/a").status, 200);
}

TEST_F(AdminApi, refuses_a_wrong_fault_and_names_the_field) {
    const auto post = [&](std::string body) { return ask("POST", "/faults", std::move(body)); };
    expect_problem(post("{"), 422, "pointer", "");
    expect_problem(post(R"({"where":"things:nothing","what":{"status":503}})"), 422, "pointer",
                   "/where");
    expect_problem(post(R"({"where":"slack:*","what":{"status":503}})"), 422, "pointer", "/where");
    expect_problem(post(R"({"where":"things:*","what":{"sttus":503}})"), 422, "pointer",
                   "/what/sttus");
    EXPECT_EQ(json(ask("GET", "/faults")).root()["faults"].size(), 0U);
}

TEST_F(AdminApi, gives_the_journal_as_rows_count_and_lines) {
    world_.get("/things/items/a");
    world_.get("/things/items");
    world_.get("/things/nowhere");
    EXPECT_EQ(json(ask("GET", "/requests?operation=get_item")).root()["rows"].size(), 1U);
    EXPECT_EQ(json(ask("GET", "/requests/count?status=200")).root()["count"].integer(), 2);
    const auto lines = ask("GET", "/journal?after=1&limit=1");
    EXPECT_EQ(lines.headers().value("content-type"), "application/x-ndjson");
    EXPECT_EQ(std::ranges::count(lines.body(), '\n'), 1);
    EXPECT_THAT(lines.body(), HasSubstr("\"seq\":2"));
    expect_problem(ask("GET", "/requests?stats=200"), 422, "parameter", "stats");
    expect_problem(ask("GET", "/requests/count?status=ok"), 422, "parameter", "status");
    expect_problem(ask("GET", "/journal?faulted=1"), 422, "parameter", "faulted");
}

TEST_F(AdminApi, runs_the_judge) {
    (void)ask("POST", "/faults", R"({"where":"things:*","what":{"status":503},"times":1})");
    world_.get("/things/items/a");
    world_.wait(std::chrono::seconds(1));
    world_.get("/things/items/a");
    for (const auto* method : {"GET", "POST"}) {
        const auto verdict = json(ask(method, "/verify"));
        EXPECT_EQ(verdict.root()["verdict"].string(), "pass");
    }
    expect_problem(ask("GET", "/verify?deadline=soon"), 422, "parameter", "deadline");
    expect_problem(ask("GET", "/verify?stern=true"), 422, "parameter", "stern");
}

TEST_F(AdminApi, starts_stops_and_reports_runs) {
    const auto started = ask("POST", "/runs", R"({"scenario":"flaky","seed":7})");
    EXPECT_EQ(started.status(), 201);
    EXPECT_EQ(json(started).root()["id"].string(), "r-0002");
    EXPECT_EQ(json(started).root()["seed"].integer(), 7);
    EXPECT_EQ(ask("GET", "/runs/r-0002/report.json").status(), 200);
    EXPECT_THAT(ask("GET", "/runs/r-0002/report.junit.xml").body(), HasSubstr("<testsuite"));
    EXPECT_THAT(ask("GET", "/runs/r-0002/report.html").body(), HasSubstr("<html"));
    EXPECT_THAT(ask("GET", "/runs/r-0002/report.md").body(), HasSubstr("| verdict |"));
    expect_problem(ask("GET", "/runs/r-0002/report.pdf"), 404, "", "");
    expect_problem(ask("GET", "/runs/r-0001/report.json"), 404, "", "");
    EXPECT_EQ(json(ask("GET", "/runs/r-0002")).root()["seed"].integer(), 7);
    expect_problem(ask("GET", "/runs/r-0001"), 404, "", "");
    const auto stopped = ask("POST", "/runs/r-0002/stop");
    EXPECT_EQ(json(stopped).root()["running"].boolean(), false);
    EXPECT_EQ(json(ask("GET", "/runs")).root()["runs"].size(), 1U);
    EXPECT_EQ(json(ask("POST", "/reset")).root()["id"].string(), "r-0003");
}

TEST_F(AdminApi, refuses_a_wrong_run) {
    expect_problem(ask("POST", "/runs", R"({"scenario":"flakey"})"), 422, "pointer", "/scenario");
    expect_problem(ask("POST", "/runs", R"({"scenario":"/etc/x.toml"})"), 422, "pointer",
                   "/scenario");
    expect_problem(ask("POST", "/runs", R"({"scenario":"none","seed":-1})"), 422, "pointer",
                   "/seed");
    expect_problem(ask("POST", "/runs", "[]"), 422, "pointer", "");
    EXPECT_EQ(world_.sandbox->run().id, "r-0001");
}

TEST_F(AdminApi, gives_metrics_as_text) {
    world_.get("/things/items/a");
    EXPECT_THAT(ask("GET", "/metrics").body(),
                HasSubstr("apilab_sandbox_requests{provider=\"things\",decision=\"served\"} 1\n"));
}

TEST(AdminRun, gives_what_a_program_of_another_process_needs) {
    World world("name = 'k'\n[kill]\ncount = 5\nwithin = '20s'\naway = '500ms'\n", 3);
    Admin admin(*world.sandbox, Secret("t"));
    const auto ask = [&](std::string_view path) {
        auto request = http::Request::get(
            *http::Url::parse("http://127.0.0.1:4011/_sandbox" + std::string(path)));
        request.header("authorization", "Bearer t");
        return *http::JsonDocument::parse(
            runtime::run(world.scheduler, admin.call(std::move(request), {}))->body());
    };
    const auto run = ask("/runs");
    EXPECT_EQ(run.root().at_pointer("/runs/0/kills_ms").size(), 5U);
    EXPECT_EQ(run.root().at_pointer("/runs/0/away_ms").integer(), 500);
    const auto credentials = ask("/credentials");
    for (const auto& [name, value] : seed_credentials(3)) {
        EXPECT_EQ(credentials.root()[name].string(), value) << name;
    }
    world.get("/things/items/a");
    EXPECT_EQ(ask("/numbers").root()["429s"].integer(), 0);
    EXPECT_EQ(ask("/health").root()["speed"].integer(), 1);
}

TEST_F(AdminApi, takes_a_text_to_be_judged_and_the_news_of_a_kill) {
    EXPECT_EQ(ask("POST", "/handed-in/log", "a line").status(), 204);
    EXPECT_EQ(world_.sandbox->handed_in().at("log"), "a line");
    EXPECT_EQ(ask("POST", "/kills").status(), 204);
    EXPECT_EQ(world_.sandbox->journal().outbound().back().from, "kill");
    for (int i = 0; i < 15; ++i) {
        EXPECT_EQ(ask("POST", "/handed-in/text" + std::to_string(i), "x").status(), 204);
    }
    EXPECT_EQ(ask("POST", "/handed-in/one-too-many", "x").status(), 413);
}

TEST_F(AdminApi, a_world_plays_only_against_this_machine) {
    for (const auto* base : {"http://example.com", "http://10.0.0.1:80", "http://169.254.169.254",
                             "ftp://127.0.0.1", "nowhere"}) {
        const auto body = R"({"base":")" + std::string(base) + R"("})";
        expect_problem(ask("POST", "/world", body), 422, "pointer", "/base");
    }
    // Nor where nobody gave the sandbox a way to call.
    expect_problem(ask("POST", "/world", R"({"base":"http://127.0.0.1:1"})"), 422, "pointer",
                   "/base");
    EXPECT_EQ(json(ask("GET", "/world")).root()["state"].string(), "idle");
}

// Answers as a program that is visited.
struct Visited final : runtime::Service {
    runtime::Task<Result<http::Response>> call(http::Request, runtime::CallContext) override {
        ++visits;
        co_return http::Response(200);
    }
    int visits = 0;
};

TEST(AdminWorld, plays_against_a_program_until_it_is_over) {
    World world("name = 'v'\n[[visitor]]\npath = '/'\nevery = '1s'\ncount = 3\n");
    Visited program;
    transport::LoopbackTransport way(world.scheduler, program);
    Admin admin(*world.sandbox, Secret("t"), &way);
    const auto ask = [&](std::string method, std::string_view path, std::string body = "") {
        http::Request request(
            std::move(method),
            *http::Url::parse("http://127.0.0.1:4011/_sandbox" + std::string(path)));
        request.header("authorization", "Bearer t").body(std::move(body));
        return *runtime::run(world.scheduler, admin.call(std::move(request), {}));
    };
    const std::string base = R"({"base":"http://127.0.0.1:8080"})";
    EXPECT_EQ(ask("POST", "/world", base).status(), 202);
    EXPECT_THAT(ask("GET", "/world").body(), HasSubstr("playing"));
    EXPECT_EQ(ask("POST", "/world", base).status(), 409);
    EXPECT_EQ(ask("POST", "/runs", R"({"scenario":"none"})").status(), 409);
    world.wait(std::chrono::seconds(5));
    EXPECT_THAT(ask("GET", "/world").body(), HasSubstr("over"));
    EXPECT_EQ(program.visits, 3);
    EXPECT_EQ(ask("POST", "/world", base).status(), 202);
    runtime::run(world.scheduler, admin.stop());
    EXPECT_LE(program.visits, 4);
    EXPECT_THAT(ask("GET", "/world").body(), HasSubstr("idle"));
}

TEST_F(AdminApi, knows_its_paths_and_methods) {
    expect_problem(ask("GET", "/nothing"), 404, "", "");
    const auto method = ask("PUT", "/faults");
    expect_problem(method, 405, "", "");
    EXPECT_EQ(method.headers().value("allow"), "GET, POST, DELETE");
}

TEST_F(AdminApi, is_closed_to_pages_of_other_origins_and_to_other_names) {
    const auto from = [&](std::string_view url, std::string_view name, std::string value) {
        auto request = http::Request::get(*http::Url::parse(url));
        request.header("authorization", "Bearer t0ken");
        if (!name.empty()) {
            request.header(name, std::move(value));
        }
        return runtime::run(world_.scheduler, admin_.call(std::move(request), {}))->status();
    };
    const std::string here = "http://127.0.0.1:4011/_sandbox/health";
    EXPECT_EQ(from(here, "origin", "http://127.0.0.1:4011"), 200);
    EXPECT_EQ(from(here, "sec-fetch-site", "none"), 200);
    EXPECT_EQ(from("http://localhost:4011/_sandbox/health", "", ""), 200);
    EXPECT_EQ(from("http://[::1]:4011/_sandbox/health", "", ""), 200);
    EXPECT_EQ(from(here, "origin", "http://evil.test"), 403);
    EXPECT_EQ(from(here, "origin", "null"), 403);
    EXPECT_EQ(from(here, "origin", "http://127.0.0.1:4010"), 403) << "another port";
    EXPECT_EQ(from(here, "sec-fetch-site", "cross-site"), 403);
    EXPECT_EQ(from("http://evil.test:4011/_sandbox/health", "", ""), 403) << "a name led here";
    EXPECT_EQ(from("http://127.0.0.1.evil.test/_sandbox/health", "", ""), 403);
}

TEST_F(AdminApi, a_body_beyond_a_mebibyte_is_refused) {
    expect_problem(ask("POST", "/faults", std::string((1U << 20U) + 1, ' ')), 413, "", "");
}

TEST_F(AdminApi, finds_rows_by_everything_they_have) {
    world_.send({.target = "/things/items/a?x=1&y=2"});
    world_.send({.method = "POST", .target = "/things/items", .body = "{}"});
    world_.get("/things/nowhere");
    const auto found = [&](std::string body) {
        const auto rows = json(ask("POST", "/requests/find", std::move(body)));
        std::string seqs;
        for (const auto row : rows.root()["rows"].elements()) {
            seqs += std::to_string(row["seq"].integer().value_or(0)) + " ";
        }
        return seqs;
    };
    EXPECT_EQ(found("{}"), "1 2 3 ");
    EXPECT_EQ(found(R"({"query":{"y":"2"}})"), "1 ");
    EXPECT_EQ(found(R"({"query":{"y":"1"}})"), "");
    EXPECT_EQ(found(R"({"headers":{"User-Agent":"test/1"},"method":"POST"})"), "2 ");
    EXPECT_EQ(found(R"({"status":[200,404],"limit":2})"), "1 3 ");
    EXPECT_EQ(found(R"({"unsupported":true})"), "3 ");
    expect_problem(ask("POST", "/requests/find", R"({"stats":1})"), 422, "pointer", "/stats");
    expect_problem(ask("POST", "/requests/find", R"({"status":["x"]})"), 422, "pointer",
                   "/status/0");
    expect_problem(ask("POST", "/requests/find", R"({"query":[]})"), 422, "pointer", "/query");
}

TEST_F(AdminApi, says_what_a_request_without_operation_may_have_meant) {
    world_.get("/things/itms/a");
    world_.send({.method = "PATCH", .target = "/things/items/a"});
    world_.get("/thing/items");
    const auto misses = json(ask("GET", "/near-misses"));
    const auto at = [&](std::string_view pointer) {
        return std::string(misses.root().at_pointer(pointer).string_or(""));
    };
    EXPECT_EQ(at("/near_misses/2/nearest/0/operation"), "get_item");
    EXPECT_EQ(at("/near_misses/2/nearest/0/why/0"), "segment 1 is \"items\", not \"itms\"");
    EXPECT_EQ(at("/near_misses/1/path"), "/items/a");
    EXPECT_THAT(at("/near_misses/1/nearest/0/why/0"), HasSubstr("the method is "));
    EXPECT_EQ(at("/near_misses/0/path"), "/thing/items");
    EXPECT_EQ(json(ask("GET", "/near-misses?limit=1")).root()["near_misses"].size(), 1U);
    expect_problem(ask("GET", "/near-misses?limit=x"), 422, "parameter", "limit");
}

TEST_F(AdminApi, settings_hold_for_what_comes_after) {
    (void)ask("POST", "/faults", R"({"where":"things:*","what":{"status":503}})");
    const auto changed =
        ask("PATCH", "/settings", R"({"faults":false,"delay":"20ms","journal":{"rows_max":2}})");
    EXPECT_EQ(changed.status(), 200);
    EXPECT_EQ(json(changed).root()["faults"].boolean(), false);
    EXPECT_EQ(json(changed).root()["delay_ms"].integer(), 20);
    EXPECT_EQ(json(changed).root().at_pointer("/journal/rows_max").integer(), 2);
    const auto began = world_.scheduler.now();
    EXPECT_EQ(world_.get("/things/items/a").status, 200);
    EXPECT_EQ(world_.scheduler.now() - began, std::chrono::milliseconds(20));
    EXPECT_EQ(json(ask("GET", "/faults")).root().at_pointer("/faults/0/matches").integer(), 0);
    world_.get("/things/items/a");
    world_.get("/things/items/a");
    EXPECT_EQ(world_.rows().size(), 2U);
    (void)ask("PATCH", "/settings", R"({"faults":true})");
    EXPECT_EQ(world_.get("/things/items/a").status, 503);
    for (const auto& [body, pointer] :
         {std::pair(R"({"fault":true})", "/fault"), std::pair(R"({"delay":"11m"})", "/delay"),
          std::pair(R"({"journal":{"rows_max":0}})", "/journal/rows_max"),
          std::pair(R"({"limits":"off"})", "/limits"), std::pair("[", "")}) {
        expect_problem(ask("PATCH", "/settings", body), 422, "pointer", pointer);
    }
}

TEST_F(AdminApi, services_have_counts_and_a_card) {
    world_.get("/things/items/a");
    world_.get("/things/items/b");
    world_.get("/things/nowhere");
    const auto services = json(ask("GET", "/services"));
    EXPECT_EQ(services.root().at_pointer("/services/0/requests").integer(), 2);
    EXPECT_EQ(services.root().at_pointer("/services/0/unsupported").integer(), 1);
    EXPECT_TRUE(services.root().at_pointer("/services/0/fidelity/copied").is_array());
}

TEST_F(AdminApi, keeps_the_verdicts_of_runs_that_are_over) {
    world_.get("/things/items/a");
    (void)ask("POST", "/reset");
    world_.get("/things/items/a");
    EXPECT_EQ(json(ask("GET", "/runs")).root()["runs"].size(), 2U);
    EXPECT_EQ(json(ask("GET", "/runs/r-0001")).root()["running"].boolean(), false);
    const auto report = json(ask("GET", "/runs/r-0001/report.json"));
    EXPECT_EQ(report.root().at_pointer("/run/id").string(), "r-0001");
    expect_problem(ask("GET", "/runs/r-0001/report.har"), 404, "", "");
    const auto har = json(ask("GET", "/runs/r-0002/report.har"));
    EXPECT_EQ(har.root().at_pointer("/log/version").string(), "1.2");
    EXPECT_EQ(har.root().at_pointer("/log/entries/0/response/status").integer(), 200);
    EXPECT_EQ(har.root().at_pointer("/log/entries/0/_operation").string(), "get_item");
}

TEST_F(AdminApi, describes_each_of_its_routes) {
    const auto document = json(ask("GET", "/openapi.json"));
    EXPECT_EQ(document.root()["openapi"].string(), "3.1.0");
    std::size_t operations = 0;
    for (const auto& [path, item] : document.root()["paths"].members()) {
        EXPECT_TRUE(path.starts_with("/_sandbox/")) << path;
        for (const auto& [method, operation] : item.members()) {
            ++operations;
            EXPECT_FALSE(operation["summary"].string_or("").empty()) << path << method;
            EXPECT_TRUE(operation["responses"]["default"].is_object());
        }
    }
    EXPECT_GE(operations, 35U);
    EXPECT_TRUE(document.root()["paths"]["/_sandbox/faults/{id}"]["delete"].is_object());
}

TEST_F(AdminApi, a_token_that_was_never_issued_cannot_be_ended) {
    expect_problem(ask("POST", "/tokens/none/expire"), 404, "", "");
    expect_problem(ask("POST", "/tokens/1/revoke?provider=slack"), 422, "parameter", "provider");
}

TEST_F(AdminApi, its_clock_is_not_moved_where_its_program_does) {
    EXPECT_EQ(json(ask("GET", "/clock")).root()["state"].string(), "running");
    expect_problem(ask("POST", "/clock/freeze"), 409, "", "");
    expect_problem(ask("POST", "/clock/advance", R"({"by":"soon"})"), 422, "pointer", "/by");
    expect_problem(ask("POST", "/clock/advance", R"({"by":"10000d"})"), 422, "pointer", "/by");
}

// Reads what a follower gets, as the server would.
class Follower {
public:
    Follower(World& world, Admin& admin, std::string_view path) : world_(world) {
        const auto live = std::make_shared<runtime::LiveAnswer>();
        auto request = http::Request::get(
            *http::Url::parse("http://127.0.0.1:4011/_sandbox" + std::string(path)));
        request.header("authorization", "Bearer t0ken");
        response = *runtime::run(world.scheduler, admin.call_live(std::move(request), {}, live));
        source = live->source;
    }
    std::string read() { return *runtime::run(world_.scheduler, source->read(65536)); }

    http::Response response{0};
    std::shared_ptr<runtime::BodySource> source;

private:
    World& world_;
};

TEST_F(AdminApi, a_journal_that_is_followed_gives_each_row_as_it_is_complete) {
    world_.get("/things/items/a");
    Follower follower(world_, admin_, "/journal?follow=1");
    EXPECT_EQ(follower.response.headers().value("content-type"), "application/x-ndjson");
    EXPECT_THAT(follower.read(), HasSubstr("\"seq\":1"));
    EXPECT_EQ(follower.read(), "\n") << "nothing for 15 s";
    world_.get("/things/items/b");
    EXPECT_THAT(follower.read(), HasSubstr("\"path\":\"/items/b\""));
    runtime::run(world_.scheduler, admin_.stop());
    EXPECT_EQ(follower.read(), "");
    EXPECT_EQ(Follower(world_, admin_, "/journal?follow=1").response.status(), 503);
}

TEST_F(AdminApi, events_begin_now_have_ids_and_tell_of_a_new_run) {
    world_.get("/things/items/a");
    Follower follower(world_, admin_, "/events?operation=get_item");
    world_.get("/things/items");
    world_.get("/things/items/b");
    const auto text = follower.read();
    EXPECT_THAT(text, testing::StartsWith("event: exchange\nid: 3\ndata: {\"seq\":3,"));
    EXPECT_THAT(text, testing::EndsWith("}\n\n"));
    (void)ask("POST", "/reset");
    EXPECT_THAT(follower.read(), HasSubstr("event: run\ndata: {\"id\":\"r-0002\""));
    EXPECT_EQ(follower.read(), ":\n\n");
}

TEST_F(AdminApi, followers_are_told_of_connections_among_the_rows) {
    const auto watch = world_.sandbox->watch_listener("http");
    Follower events(world_, admin_, "/events");
    Follower lines(world_, admin_, "/journal?follow=1");
    Follower of_an_operation(world_, admin_, "/events?operation=get_item");
    watch->accepted(7, "127.0.0.1:5000");
    EXPECT_THAT(events.read(), testing::StartsWith("event: connection\nid: 1\ndata: {\"seq\":1,"));
    EXPECT_THAT(lines.read(), HasSubstr(R"("event":"accepted","conn":7)"));
    world_.get("/things/items/a");
    watch->closed(7, {});
    const auto text = lines.read();
    EXPECT_LT(text.find(R"("type":"exchange")"), text.find(R"("event":"closed")"));
    EXPECT_THAT(text, HasSubstr(R"("op":null,"attempt":null)"));
    const auto filtered = of_an_operation.read();
    EXPECT_THAT(filtered, testing::StartsWith("event: exchange\nid: 2\n"));
    EXPECT_THAT(filtered, testing::Not(HasSubstr("connection")));
}

TEST_F(AdminApi, a_reader_that_has_read_what_is_dropped_misses_nothing) {
    (void)ask("PATCH", "/settings", R"({"journal":{"rows_max":1}})");
    const auto watch = world_.sandbox->watch_listener("http");
    Follower follower(world_, admin_, "/events");
    world_.get("/things/items/a");
    EXPECT_THAT(follower.read(), HasSubstr("id: 1\n"));
    watch->accepted(7, "127.0.0.1:5000");
    world_.get("/things/items/b");
    const auto text = follower.read();
    EXPECT_THAT(text, HasSubstr("id: 2\n"));
    EXPECT_THAT(text, HasSubstr("id: 3\n"));
}

TEST_F(AdminApi, a_reader_that_is_too_slow_is_told_and_let_go) {
    (void)ask("PATCH", "/settings", R"({"journal":{"rows_max":2}})");
    Follower follower(world_, admin_, "/events");
    for (int i = 0; i < 5; ++i) {
        world_.get("/things/items/a");
    }
    EXPECT_THAT(follower.read(), HasSubstr("event: dropped"));
    EXPECT_EQ(follower.read(), "");
}

TEST_F(AdminApi, not_everybody_may_follow_at_once) {
    std::vector<std::unique_ptr<Follower>> followers;
    for (int i = 0; i < 16; ++i) {
        followers.push_back(std::make_unique<Follower>(world_, admin_, "/events"));
        EXPECT_EQ(followers.back()->response.status(), 200);
    }
    EXPECT_EQ(Follower(world_, admin_, "/events").response.status(), 503);
    followers.clear();
    EXPECT_EQ(Follower(world_, admin_, "/events").response.status(), 200);
    expect_problem(ask("GET", "/events"), 501, "", "");
    expect_problem(ask("GET", "/journal?follow=maybe"), 422, "parameter", "follow");
}

}  // namespace
}  // namespace apilab::sandbox
