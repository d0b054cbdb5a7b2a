#include "apilab/http/message.hpp"

#include <gtest/gtest.h>

#include <set>

#include "apilab/http/wire.hpp"

namespace apilab::http {
namespace {

Url url(std::string_view text) {
    return Url::parse(text).value();
}

TEST(Request, get_has_neither_headers_nor_body) {
    const auto request = Request::get(url("http://h/p?q"));
    EXPECT_EQ(request.method(), "GET");
    EXPECT_EQ(request.url().target(), "/p?q");
    EXPECT_TRUE(request.headers().empty());
    EXPECT_EQ(request.body(), "");
}

TEST(Request, post_says_what_its_body_is) {
    const auto json = Request::post(url("http://h/"), "{}");
    EXPECT_EQ(json.method(), "POST");
    EXPECT_EQ(json.body(), "{}");
    EXPECT_EQ(json.headers().value("Content-Type"), "application/json");
    const auto form = Request::post(url("http://h/"), "a=1", "application/x-www-form-urlencoded");
    EXPECT_EQ(form.headers().value("content-type"), "application/x-www-form-urlencoded");
    EXPECT_EQ(form.headers().size(), 1U);
}

TEST(Request, setters_replace_and_chain) {
    auto request =
        Request::get(url("http://h/")).header("accept", "a").header("Accept", "b").body("x");
    EXPECT_EQ(request.headers(), (Headers{{"accept", "b"}}));
    EXPECT_EQ(request.body(), "x");
    request.header("x", "1").body("y").url(url("http://other/"));
    EXPECT_EQ(request.headers().value("x"), "1");
    EXPECT_EQ(request.body(), "y");
    EXPECT_EQ(request.url().host(), "other");
}

TEST(Response, is_an_empty_200_until_told_otherwise) {
    Response response;
    EXPECT_EQ(response.status(), 200);
    EXPECT_TRUE(response.ok());
    EXPECT_EQ(response.body(), "");
    EXPECT_EQ(response.reason(), "");
    EXPECT_EQ(response.wire(), nullptr);
    response.status(503).reason("Busy").body("x").header("a", "1").header("A", "2");
    EXPECT_FALSE(response.ok());
    EXPECT_EQ(response.reason(), "Busy");
    EXPECT_EQ(response.headers(), (Headers{{"a", "2"}}));
    EXPECT_EQ(std::move(response).body(), "x");
    EXPECT_EQ(Response(204).header("b", "3").headers().value("b"), "3");
}

TEST(Response, json_says_so) {
    const auto response = Response::json(201, "{}");
    EXPECT_EQ(response.status(), 201);
    EXPECT_EQ(response.body(), "{}");
    EXPECT_TRUE(response.headers().value("content-type").starts_with("application/json"));
}

TEST(Response, carries_a_wire_plan_on_its_way_out) {
    auto plan = std::make_shared<WirePlan>();
    plan->truncate_body_at = 3;
    Response response;
    response.wire(plan);
    const Response copy = response;
    EXPECT_EQ(copy.wire()->truncate_body_at, 3U);
}

TEST(ErrorForStatus, lets_success_and_not_modified_pass) {
    for (const int status : {200, 201, 204, 206, 299, 304}) {
        const auto result = Response(status, "body", {{"etag", "\"a\""}}).error_for_status();
        ASSERT_TRUE(result.has_value()) << status;
        EXPECT_EQ(result->status(), status);
        EXPECT_EQ(result->body(), "body");
        EXPECT_EQ(result->headers().value("etag"), "\"a\"");
    }
    const Response kept(200, "body");
    EXPECT_EQ(kept.error_for_status()->body(), "body");
    EXPECT_EQ(kept.body(), "body");
}

TEST(ErrorForStatus, names_the_kind_of_everything_else) {
    struct Row {
        int status;
        ErrorKind kind;
        std::string_view message;
    };
    const Row rows[] = {
        {100, ErrorKind::status, "HTTP 100 Continue"},
        {199, ErrorKind::status, "HTTP 199"},
        {301, ErrorKind::status, "HTTP 301 Moved Permanently"},
        {400, ErrorKind::status, "HTTP 400 Bad Request"},
        {401, ErrorKind::auth, "HTTP 401 Unauthorized"},
        {403, ErrorKind::status, "HTTP 403 Forbidden"},
        {404, ErrorKind::status, "HTTP 404 Not Found"},
        {429, ErrorKind::rate_limited, "HTTP 429 Too Many Requests"},
        {503, ErrorKind::status, "HTTP 503 Service Unavailable"},
        {529, ErrorKind::status, "HTTP 529"},
    };
    for (const auto& row : rows) {
        const Response response(row.status, "secret body");
        for (const auto& result :
             {response.error_for_status(), Response(response).error_for_status()}) {
            ASSERT_FALSE(result.has_value()) << row.status;
            EXPECT_EQ(result.error().kind(), row.kind) << row.status;
            EXPECT_EQ(result.error().to_string(), row.message);
            EXPECT_EQ(result.error().status(), row.status);
            EXPECT_EQ(result.error().outcome(), Outcome::answered);
        }
    }
}

TEST(SharedBody, copies_of_the_answer_have_the_same_bytes) {
    Response response(200, "one");
    const auto bytes = response.share_body();
    const Response copy = response;
    EXPECT_EQ(&copy.body(), bytes.get());
    EXPECT_EQ(&response.body(), bytes.get());
    EXPECT_EQ(response.share_body(), bytes);
    EXPECT_EQ(Response(copy).body(), "one");  // moved out of a copy: the others keep theirs
    EXPECT_EQ(*bytes, "one");
    response.body("two");
    EXPECT_EQ(response.body(), "two");
    EXPECT_EQ(copy.body(), "one");
    response.shared_body(bytes);
    EXPECT_EQ(&response.body(), bytes.get());
    response.shared_body(nullptr);
    EXPECT_EQ(response.body(), "");
}

TEST(ReasonPhrase, is_known_for_the_registered_statuses_only) {
    int known = 0;
    std::set<std::string_view> phrases;
    for (int status = 0; status < 1000; ++status) {
        known += reason_phrase(status).empty() ? 0 : 1;
        phrases.insert(reason_phrase(status));
    }
    EXPECT_EQ(known, 46);
    EXPECT_EQ(phrases.size(), 47U);  // each its own, and the empty one
    EXPECT_EQ(reason_phrase(404), "Not Found");
    EXPECT_EQ(reason_phrase(504), "Gateway Timeout");
    EXPECT_EQ(reason_phrase(299), "");
    EXPECT_EQ(reason_phrase(-1), "");
}

}  // namespace
}  // namespace apilab::http
