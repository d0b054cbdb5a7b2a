#include "apilab/sandbox/api/provider.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "apilab/runtime/virtual_scheduler.hpp"
#include "apilab/sandbox/credentials.hpp"
#include "apilab/sandbox/internal/ask_provider.hpp"
#include "apilab/sandbox/sandbox.hpp"

namespace apilab::sandbox::api {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::StartsWith;

// Behind a whole sandbox, so that the clock moves and the journal's facts are there.
class Shop : public ::testing::Test {
protected:
    runtime::VirtualScheduler scheduler;
    std::unique_ptr<Sandbox> sandbox;
    http::JsonDocument keep = http::JsonDocument::parse("null").value();
    std::string cookie;

    Shop() {
        SandboxOptions options;
        options.providers.push_back(std::make_unique<ApiProvider>(1));
        sandbox = Sandbox::make(scheduler, std::move(options)).value();
    }
    http::Response send(std::string method, const std::string& path, http::Headers headers = {},
                        std::string body = {}) {
        http::Request request(std::move(method), *http::Url::parse("http://shop.test/api" + path));
        request.headers() = std::move(headers);
        if (!cookie.empty()) {
            request.header("cookie", cookie);
        }
        request.body(std::move(body));
        return runtime::run(scheduler, sandbox->call(std::move(request), {})).value();
    }
    void take_cookie(const http::Response& answer) {
        for (const auto field : answer.headers().get_all("set-cookie")) {
            if (field.starts_with("sid=")) {
                cookie = field.substr(0, field.find(';'));
            }
        }
    }
    void log_in() {
        const auto answer =
            send("POST", "/session", {}, R"({"user":"ada","password":"api_password_stub"})");
        ASSERT_EQ(answer.status(), 200);
        take_cookie(answer);
    }
    http::Response order(const std::string& reference, const std::string& key = {}) {
        http::Headers headers;
        if (!key.empty()) {
            headers.add("idempotency-key", key);
        }
        return send("POST", "/orders", headers,
                    "{\"reference\":\"" + reference + "\",\"sku\":\"left-box\"}");
    }
    const Exchange& row() { return sandbox->journal().rows().back(); }
    std::int64_t number(const std::string& name) { return sandbox->numbers().at(name); }
};

TEST_F(Shop, a_login_sets_cookies_with_their_paths_and_orders_need_one) {
    EXPECT_EQ(order("a").status(), 401);
    EXPECT_EQ(send("POST", "/session", {}, R"({"user":"ada","password":"no"})").status(), 401);
    const auto answer =
        send("POST", "/session", {}, R"({"user":"ada","password":"api_password_stub"})");
    const auto fields = answer.headers().get_all("set-cookie");
    ASSERT_EQ(fields.size(), 2U);
    EXPECT_THAT(std::string(fields[0]), HasSubstr("; Path=/api; HttpOnly"));
    EXPECT_THAT(std::string(fields[1]), StartsWith("theme=dark; Path=/api/ui"));
    EXPECT_EQ(row().facts.at("set_cookie"), "sid;/api,theme;/api/ui");
    take_cookie(answer);
    EXPECT_EQ(order("a").status(), 201);
    EXPECT_EQ(number("logins"), 1);
}

TEST_F(Shop, a_session_gets_a_new_id_and_the_old_one_is_good_for_ten_more) {
    log_in();
    for (int i = 0; i < 49; ++i) {
        EXPECT_FALSE(send("GET", "/session").headers().contains("set-cookie")) << i;
    }
    const auto turned = send("GET", "/session");
    ASSERT_TRUE(turned.headers().contains("set-cookie"));
    for (int i = 0; i < 10; ++i) {
        EXPECT_TRUE(send("GET", "/session").headers().contains("set-cookie")) << "said again";
    }
    EXPECT_EQ(send("GET", "/session").status(), 401);
    EXPECT_EQ(row().facts.at("refused"), "stale_session");
    take_cookie(turned);
    EXPECT_EQ(send("GET", "/session").status(), 200);
}

TEST_F(Shop, a_logout_and_half_an_hour_of_silence_end_a_session) {
    log_in();
    scheduler.advance(29min);
    EXPECT_EQ(send("GET", "/session").status(), 200);
    scheduler.advance(31min);
    EXPECT_EQ(send("GET", "/session").status(), 401);
    log_in();
    EXPECT_EQ(send("DELETE", "/session").status(), 204);
    EXPECT_EQ(send("GET", "/session").status(), 401);
}

TEST_F(Shop, one_key_has_one_effect_and_its_answer_comes_again) {
    log_in();
    const auto first = order("a", "k-1");
    EXPECT_EQ(row().facts.at("idempotency"), "new");
    EXPECT_TRUE(row().applied);
    scheduler.advance(100ms);
    const auto again = order("a", "k-1");
    EXPECT_EQ(again.status(), 201);
    EXPECT_EQ(again.body(), first.body());
    EXPECT_EQ(again.headers().value("idempotent-replayed"), "true");
    EXPECT_FALSE(row().applied);
    EXPECT_EQ(number("orders"), 1);
}

TEST_F(Shop, a_key_whose_first_request_is_not_over_is_a_conflict) {
    log_in();
    order("a", "k-1");
    scheduler.advance(99ms);
    EXPECT_EQ(order("a", "k-1").status(), 409);
    EXPECT_EQ(row().facts.at("idempotency"), "in_progress");
    EXPECT_EQ(number("orders"), 1);
}

TEST_F(Shop, a_key_with_another_body_is_refused_and_without_a_key_everything_counts) {
    log_in();
    order("a", "k-1");
    scheduler.advance(1s);
    EXPECT_EQ(order("b", "k-1").status(), 422);
    EXPECT_EQ(order("c", std::string(256, 'k')).status(), 400);
    EXPECT_EQ(order("a").status(), 201);
    EXPECT_EQ(number("orders"), 2);
    EXPECT_EQ(number("orders doubled"), 1);
}

TEST_F(Shop, a_refused_order_leaves_its_key_free) {
    log_in();
    EXPECT_EQ(send("POST", "/orders", {{"idempotency-key", "k"}}, "{}").status(), 422);
    EXPECT_EQ(order("a", "k").status(), 201);
    EXPECT_EQ(send("POST", "/orders", {}, "no").status(), 400);
}

TEST_F(Shop, placed_orders_can_be_read) {
    log_in();
    const auto made = order("a");
    EXPECT_EQ(made.headers().value("location"), "http://shop.test/api/orders/ord_000001");
    EXPECT_EQ(send("GET", "/orders/ord_000001").body(), made.body());
    EXPECT_EQ(send("GET", "/orders/ord_9").status(), 404);
    order("b");
    EXPECT_EQ(parsed(send("GET", "/orders?reference=b"), keep)["total"].integer(), 1);
}

TEST_F(Shop, each_scheme_takes_its_credential_and_challenges_without) {
    EXPECT_EQ(send("GET", "/auth/key", {{"X-Api-Key", "api_stub"}}).status(), 200);
    EXPECT_EQ(send("GET", "/auth/key?api_key=api_stub").status(), 200);
    EXPECT_EQ(row().facts.at("credential_in"), "query");
    EXPECT_EQ(send("GET", "/auth/basic", {{"authorization", "Basic YWRhOmFwaV9wYXNzd29yZF9zdHVi"}})
                  .status(),
              200);
    EXPECT_EQ(send("GET", "/auth/bearer", {{"authorization", "Bearer api_bearer_stub"}}).status(),
              200);
    for (const char* scheme : {"key", "basic", "bearer"}) {
        const auto refused = send("GET", "/auth/" + std::string(scheme));
        EXPECT_EQ(refused.status(), 401) << scheme;
        EXPECT_TRUE(refused.headers().contains("www-authenticate")) << scheme;
    }
    EXPECT_EQ(send("GET", "/auth/key", {{"x-api-key", "no"}}).status(), 401);
    EXPECT_EQ(send("GET", "/auth/bearer", {{"authorization", "Bearer no"}}).status(), 401);
    EXPECT_EQ(send("GET", "/items", {{"x-api-key", "no"}}).status(), 401);
}

TEST_F(Shop, the_seeds_own_credentials_are_taken_too) {
    std::map<std::string, std::string> seeded;
    for (auto& [name, value] : seed_credentials(1)) {
        seeded.emplace(name, value);
    }
    EXPECT_EQ(send("GET", "/auth/key", {{"x-api-key", seeded["APILAB_API_KEY"]}}).status(), 200);
    EXPECT_EQ(
        send("GET", "/auth/bearer", {{"authorization", "Bearer " + seeded["APILAB_API_TOKEN"]}})
            .status(),
        200);
    EXPECT_EQ(send("POST", "/session", {},
                   R"({"user":"ada","password":")" + seeded["APILAB_API_PASSWORD"] + "\"}")
                  .status(),
              200);
}

TEST_F(Shop, a_replaced_key_is_taken_for_a_minute_more) {
    const auto old = seed_secret(1, "api key", "ak_");
    const auto turned = send("POST", "/keys/rotate", {{"x-api-key", old}});
    const std::string fresh(parsed(turned, keep)["key"].string_or(""));
    EXPECT_NE(fresh, old);
    EXPECT_EQ(send("GET", "/auth/key", {{"x-api-key", fresh}}).status(), 200);
    EXPECT_EQ(row().facts.at("key"), "1");
    scheduler.advance(59s);
    EXPECT_EQ(send("GET", "/auth/key", {{"x-api-key", old}}).status(), 200);
    scheduler.advance(1s);
    EXPECT_EQ(send("GET", "/auth/key", {{"x-api-key", old}}).status(), 401);
    EXPECT_EQ(row().facts.at("refused"), "expired_key");
    sandbox->reset();
    EXPECT_EQ(send("GET", "/auth/key", {{"x-api-key", old}}).status(), 200);
}

TEST_F(Shop, items_are_created_changed_and_removed_by_whoever_may) {
    EXPECT_EQ(send("POST", "/items", {}, R"({"title":"New"})").status(), 401);
    const http::Headers key{{"x-api-key", "api_stub"}};
    const auto made = send("POST", "/items", key, R"({"title":"New","labels":["b","a"]})");
    EXPECT_EQ(made.status(), 201);
    EXPECT_EQ(parsed(made, keep)["labels"].to_text(), R"(["a","b"])");
    EXPECT_EQ(made.headers().value("location"), "http://shop.test/api/items/itm_0161");
    EXPECT_EQ(send("PATCH", "/items/itm_0161", key, R"({"state":"closed"})").status(), 200);
    EXPECT_EQ(parsed(send("GET", "/items/itm_0161"), keep)["state"].string(), "closed");
    EXPECT_EQ(send("PATCH", "/items/itm_0161", key, R"({"state":"odd"})").status(), 422);
    EXPECT_EQ(send("POST", "/items", key, R"({"package":"x"})").status(), 422);
    EXPECT_EQ(send("DELETE", "/items/itm_0161", key).status(), 204);
    EXPECT_EQ(send("GET", "/items/itm_0161").status(), 404);
    EXPECT_EQ(send("DELETE", "/items/itm_0161", key).status(), 404);
}

TEST_F(Shop, an_unknown_path_is_a_problem_document_and_the_root_lists_what_there_is) {
    EXPECT_EQ(send("GET", "/nowhere").headers().value("content-type"), "application/problem+json");
    EXPECT_THAT(send("GET", "/").body(), HasSubstr("POST /orders"));
}

TEST_F(Shop, its_openapi_document_describes_each_route_and_refers_to_what_is_there) {
    const auto document = parsed(send("GET", "/openapi.json"), keep);
    EXPECT_EQ(document["openapi"].string(), "3.1.0");
    EXPECT_EQ(document.at_pointer("/servers/0/url").string(), "http://shop.test/api");
    const auto schemas = document["components"]["schemas"];
    std::size_t operations = 0;
    for (const auto& [path, item] : document["paths"].members()) {
        for (const auto& [method, operation] : item.members()) {
            ++operations;
            EXPECT_NE(operation["summary"].string(), operation["operationId"].string()) << path;
            const auto text = operation.to_text();
            constexpr std::string_view mark = "#/components/schemas/";
            for (auto at = text.find(mark); at != std::string::npos; at = text.find(mark, at + 1)) {
                const auto name =
                    text.substr(at + mark.size(), text.find('"', at) - at - mark.size());
                EXPECT_TRUE(schemas[name].is_object()) << path << name;
            }
        }
    }
    EXPECT_EQ(operations, ApiProvider().routes().size());
}

TEST_F(Shop, a_key_in_the_query_is_refused_where_only_headers_are_taken) {
    EXPECT_EQ(send("GET", "/auth/key-header", {{"x-api-key", "api_stub"}}).status(), 200);
    EXPECT_EQ(send("GET", "/auth/key-header?api_key=api_stub").status(), 400);
    EXPECT_EQ(row().facts.at("refused"), "key_in_query");
    EXPECT_EQ(row().facts.at("credential_in"), "query");
}

}  // namespace
}  // namespace apilab::sandbox::api
