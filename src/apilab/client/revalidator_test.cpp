#include "apilab/client/revalidator.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "apilab/runtime/virtual_scheduler.hpp"
#include "apilab/transport/scripted_transport.hpp"

namespace apilab::client {
namespace {

using http::Response;

class RevalidatorTest : public ::testing::Test {
protected:
    Response get(std::string_view path, std::string accept = "*/*") {
        auto request = http::Request::get(*http::Url::parse("http://api.test" + std::string(path)));
        request.header("accept", std::move(accept));
        return *runtime::run(scheduler_, revalidator_.call(std::move(request), {}));
    }
    std::string_view asked_with(std::size_t i) {
        return transport_.seen()[i].request.headers().value("if-none-match");
    }

    runtime::VirtualScheduler scheduler_;
    transport::ScriptedTransport transport_{scheduler_};
    Revalidator revalidator_{transport_, {.size_max = 10}};
};

TEST_F(RevalidatorTest, a_304_becomes_the_answer_it_stands_for) {
    transport_.reply(Response(200, "body", {{"etag", "W/\"1\""}})).reply(Response(304));
    EXPECT_EQ(get("/a").body(), "body");
    const auto again = get("/a");
    EXPECT_EQ(again.status(), 200);
    EXPECT_EQ(again.body(), "body");
    EXPECT_EQ(asked_with(0), "");
    EXPECT_EQ(asked_with(1), "W/\"1\"");  // verbatim, weak mark included
}

TEST_F(RevalidatorTest, a_changed_answer_replaces_the_old_one) {
    transport_.reply(Response(200, "one", {{"etag", "1"}}))
        .reply(Response(200, "two", {{"etag", "2"}}))
        .reply(Response(304));
    get("/a");
    get("/a");
    EXPECT_EQ(get("/a").body(), "two");
    EXPECT_EQ(asked_with(2), "2");
}

TEST_F(RevalidatorTest, variants_of_one_url_are_kept_apart) {
    transport_.otherwise(Response(200, "x", {{"etag", "1"}}));
    get("/a", "application/json");
    get("/a", "text/html");
    EXPECT_EQ(asked_with(1), "");
}

TEST_F(RevalidatorTest, errors_and_no_store_are_not_kept) {
    transport_.reply(Response(404, "x", {{"etag", "1"}}))
        .reply(Response(200, "x", {{"etag", "1"}, {"cache-control", "private, no-store"}}))
        .reply(Response(200, "x"));
    get("/a");
    get("/a");
    get("/a");
    EXPECT_EQ(asked_with(1), "");
    EXPECT_EQ(asked_with(2), "");
    EXPECT_EQ(revalidator_.size(), 0U);
}

TEST_F(RevalidatorTest, the_one_unused_longest_makes_room) {
    transport_.otherwise(Response(200, "four", {{"etag", "1"}}));
    get("/a");
    get("/b");
    get("/a");
    get("/c");  // 12 bytes: /b goes
    EXPECT_LE(revalidator_.size(), 10U);
    get("/a");
    get("/b");
    EXPECT_EQ(asked_with(4), "1");
    EXPECT_EQ(asked_with(5), "");
}

TEST_F(RevalidatorTest, what_is_larger_than_everything_is_not_kept) {
    transport_.otherwise(Response(200, "eleven bytes", {{"etag", "1"}}));
    get("/a");
    get("/a");
    EXPECT_EQ(asked_with(1), "");
}

}  // namespace
}  // namespace apilab::client
