#include "apilab/sandbox/internal/corrupt.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "apilab/http/content_coding.hpp"
#include "apilab/http/date.hpp"
#include "apilab/http/json.hpp"
#include "apilab/sandbox/internal/test_walker.hpp"
#include "apilab/sandbox/internal/test_world.hpp"

namespace apilab::sandbox::internal {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::StartsWith;

std::string fault(std::string_view what, std::string_view where = "api:*",
                  std::string_view when = "") {
    return "name = \"x\"\n[[fault]]\nwhere = \"" + std::string(where) +
           "\"\nwhat = " + std::string(what) + "\n" +
           (when.empty() ? "" : "when = " + std::string(when) + "\n");
}

struct Spoilt {
    http::Response answer;
    std::map<std::string, std::string> facts;
};
Spoilt spoil(Corrupt kind, std::string body = R"({"list":[{"id":7,"name":"x"},{"id":8}]})") {
    Spoilt made{.answer = http::Response::json(200, std::move(body)), .facts = {}};
    corrupt_answer(kind, made.answer, made.facts);
    return made;
}

TEST(Corrupt, each_kind_is_wrong_in_its_own_way) {
    EXPECT_THAT(spoil(Corrupt::html).answer.body(), StartsWith("<!DOCTYPE html>"));
    EXPECT_THAT(std::string(spoil(Corrupt::html).answer.headers().value("content-type")),
                StartsWith("text/html"));
    const auto mislabelled = spoil(Corrupt::wrong_type);
    EXPECT_TRUE(http::JsonDocument::parse(mislabelled.answer.body()));
    EXPECT_THAT(std::string(mislabelled.answer.headers().value("content-type")),
                StartsWith("text/html"));
    const auto cut = spoil(Corrupt::truncated_json);
    EXPECT_THAT(R"({"list":[{"id":7,"name":"x"},{"id":8}]})", StartsWith(cut.answer.body()));
    EXPECT_FALSE(http::JsonDocument::parse(cut.answer.body()));
    EXPECT_THAT(spoil(Corrupt::invalid_utf8).answer.body(), HasSubstr("\"name\":\"\xc3\x28x\""));
    EXPECT_FALSE(http::JsonDocument::parse(spoil(Corrupt::invalid_utf8).answer.body()));
    EXPECT_THAT(spoil(Corrupt::bom).answer.body(), StartsWith("\xef\xbb\xbf{"));
    EXPECT_EQ(spoil(Corrupt::deep).answer.body().size(), 200'000U);
    for (const auto kind : {Corrupt::html, Corrupt::wrong_type, Corrupt::truncated_json,
                            Corrupt::invalid_utf8, Corrupt::bom, Corrupt::deep}) {
        EXPECT_EQ(spoil(kind).facts.at("corrupt"), to_string(kind));
    }
}

TEST(Corrupt, a_name_stands_twice_with_a_value_that_is_nowhere_else) {
    const auto number = spoil(Corrupt::duplicate_keys);
    EXPECT_THAT(number.answer.body(), HasSubstr(R"("id":7,"id":9990007,"name")"));
    EXPECT_EQ(number.facts.at("twin"), "7 9990007");
    const auto text = spoil(Corrupt::duplicate_keys, R"({"id":"a\"b","n":1})");
    EXPECT_EQ(text.answer.body(), R"({"id":"a\"b","id":"a\"b-twin","n":1})");
    const auto other = spoil(Corrupt::duplicate_keys, R"({"inner":{"n":true}})");
    EXPECT_EQ(other.answer.body(), R"({"inner":{"n":true,"n":"twin"}})");
    const auto none = spoil(Corrupt::duplicate_keys, "[1,2]");
    EXPECT_EQ(none.answer.body(), "[1,2]");
    EXPECT_TRUE(none.facts.empty());
    EXPECT_TRUE(spoil(Corrupt::html, "").answer.body().empty()) << "a 204 has nothing to spoil";
}

TEST(Corrupt, a_bomb_is_a_megabyte_that_becomes_a_thousand) {
    const auto bomb = spoil(Corrupt::gzip_bomb);
    EXPECT_EQ(bomb.answer.headers().value("content-encoding"), "gzip");
    EXPECT_LT(bomb.answer.body().size(), 1'100'000U);
    auto whole = http::ContentDecoder::create(
        "gzip", {.decoded_bytes_max = std::uint64_t{1} << 31U, .ratio_max = 2000});
    ASSERT_TRUE(whole);
    std::size_t size = 0;
    const std::string& bytes = bomb.answer.body();
    constexpr std::size_t piece = 16384;
    std::string last;
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
        std::string out;
        ASSERT_TRUE(whole->feed(std::string_view(bytes).substr(at, piece), out));
        size += out.size();
        last = out.empty() ? last : std::move(out);
    }
    EXPECT_TRUE(whole->finish());
    EXPECT_EQ(size, (std::size_t{1} << 30U) + 2);
    EXPECT_EQ(last.back(), ']');
}

TEST(Corrupt, answers_under_way_share_what_is_huge) {
    const auto one = spoil(Corrupt::huge);
    const auto two = spoil(Corrupt::huge);
    EXPECT_EQ(one.answer.body().data(), two.answer.body().data());
    EXPECT_GT(one.answer.body().size(), 100'000'000U);
    EXPECT_EQ(one.answer.body().substr(0, 5), "[0,0,");
    EXPECT_EQ(one.answer.body().substr(one.answer.body().size() - 5), "0,0 ]");
}

TEST(Corrupt, errors_are_left_as_they_are) {
    World world(fault(R"({ corrupt = "html" })"), 1, "api");
    EXPECT_THAT(world.get("/api/items/a").body, HasSubstr("Maintenance"));
    EXPECT_EQ(world.rows().back().facts.at("corrupt"), "html");
    EXPECT_THAT(world.get("/api/items/missing").body, HasSubstr("no such item"));
    EXPECT_FALSE(world.rows().back().facts.contains("corrupt"));
}

TEST(IndexLag, what_was_made_is_found_by_lists_only_later) {
    Walker walker(fault(R"({ index_lag = "2s" })", "api:create_item"));
    const http::Headers headers{{"authorization", "Bearer api_bearer_stub"}};
    const auto made = walker.send("POST", "/api/items", R"({"title":"new"})", headers);
    ASSERT_EQ(made.status, 201) << made.body;
    EXPECT_EQ(walker.fact("index_lag"), "2 s");
    const auto document = http::JsonDocument::parse(made.body);
    const auto id = document->root()["id"].is_string()
                        ? std::string(*document->root()["id"].string())
                        : document->root()["id"].to_text();
    EXPECT_EQ(walker.get("/api/items/" + id, headers).status, 200) << "by its own address it is";
    const auto listed = [&] {
        std::string ids;
        std::string target = "/api/items/offset?limit=100";
        for (int offset = 0; offset < 300; offset += 100) {
            walker.get(target + "&offset=" + std::to_string(offset), headers);
            ids += " " + walker.fact("page_ids") + " ";
        }
        return ids.contains(" " + id + " ");
    };
    EXPECT_FALSE(listed());
    walker.wait(3s);
    EXPECT_TRUE(listed());
}

TEST(Skew, a_providers_clock_stays_wrong_and_its_dates_with_it) {
    World world(fault(R"({ auth = "skew:+400s" })", "api:*", "{ nth = 1 }") +
                    "[[fault]]\nwhere = \"api:*\"\nwhat = { status = 503, retry_after = "
                    "\"http-date:3s\" }\nwhen = { nth = 1 }\n",
                1, "api");
    const auto served = world.get("/api/items/a");
    EXPECT_EQ(served.status, 200);
    EXPECT_EQ(http::parse_http_date(served.headers.value("date")),
              world.scheduler.system_now() + 400s);
    EXPECT_EQ(world.things->last().system_now, world.scheduler.system_now() + 400s);
    const auto refused = world.get("/api/items/a");
    EXPECT_EQ(refused.status, 503);
    EXPECT_EQ(http::parse_http_date(refused.headers.value("retry-after")),
              world.scheduler.system_now() + 403s);
    EXPECT_EQ(world.rows().back().not_before(), world.scheduler.now() + 3s)
        << "judged against the answer's own date";
    EXPECT_EQ(world.rows().back().facts.at("skew"), "400");
    world.sandbox->reset();
    EXPECT_FALSE(world.get("/api/items/missing").headers.contains("date") &&
                 world.rows().back().facts.contains("skew") &&
                 world.rows().back().decision == Exchange::Decision::served);
}

TEST(ReducedScope, is_told_as_each_provider_tells_it) {
    const auto told = [](std::string_view where, const std::string& target,
                         const http::Headers& headers, std::string method = "GET") {
        Walker walker(fault(R"({ auth = "reduce_scope" })", where));
        auto seen = walker.send(std::move(method), target, {}, headers);
        EXPECT_EQ(walker.fact("scope"), "reduced") << where;
        return seen;
    };
    const auto api = told("api:*", "/api/items/1", {});
    EXPECT_EQ(api.status, 403);
    EXPECT_THAT(std::string(api.headers.value("www-authenticate")),
                HasSubstr("insufficient_scope"));
    const auto oauth = told("oauth:*", "/oauth/documents/1", {});
    EXPECT_EQ(oauth.status, 403);
    EXPECT_THAT(std::string(oauth.headers.value("www-authenticate")),
                HasSubstr("insufficient_scope"));
    const auto google = told("google:*", "/google/gmail/v1/users/me/labels", {});
    EXPECT_EQ(google.status, 403);
    EXPECT_THAT(google.body, HasSubstr("insufficientPermissions"));
    const auto slack = told("slack:*", "/slack/api/conversations.list", {});
    EXPECT_EQ(slack.status, 200);
    EXPECT_THAT(slack.body, HasSubstr("missing_scope"));
    const auto notion = told("notion:*", "/notion/v1/users/me", {});
    EXPECT_EQ(notion.status, 403);
    EXPECT_THAT(notion.body, HasSubstr("restricted_resource"));
    const auto github = told("github:*", "/github/repos/octo/hello", {});
    EXPECT_EQ(github.status, 403);
    EXPECT_EQ(github.headers.value("x-accepted-oauth-scopes"), "repo");
}

TEST(RetryAfterForms, every_legal_and_illegal_form_is_sent_as_it_is_meant) {
    struct Form {
        std::string written;
        std::string sent;
        // Seconds; -1: a client is told nothing.
        int announced;
    };
    for (const auto& form : std::vector<Form>{
             {"2s", "2", 2},
             {"1500ms", "2", 2},
             {"http-date:3s", "Thu, 01 Jan 2026 00:00:03 GMT", 3},
             {"Thu, 01 Jan 2026 00:00:05 GMT", "Thu, 01 Jan 2026 00:00:05 GMT", 5},
             {"Thursday, 01-Jan-26 00:00:05 GMT", "Thursday, 01-Jan-26 00:00:05 GMT", 5},
             {"Thu Jan  1 00:00:05 2026", "Thu Jan  1 00:00:05 2026", 5},
             {"Wed, 31 Dec 2025 23:59:00 GMT", "Wed, 31 Dec 2025 23:59:00 GMT", 0},
             {"0", "0", 0},
             {"2.0", "2.0", 2},
             {"-1", "-1", 0},
             {"soon", "soon", -1},
             {"1e12", "1e12", -1},
             {"1, 2", "1, 2", -1},
             {"0x10", "0x10", -1},
             {" ", "", -1}}) {
        World world(fault("{ status = 503, retry_after = \"" + form.written + "\" }"), 1, "api");
        const auto seen = world.get("/api/items/a");
        EXPECT_EQ(seen.status, 503) << form.written;
        if (form.sent.empty()) {
            continue;
        }
        EXPECT_EQ(seen.headers.value("retry-after"), form.sent) << form.written;
        const auto& announced = world.rows().back().announced;
        EXPECT_EQ(
            announced ? std::chrono::duration_cast<std::chrono::seconds>(*announced).count() : -1,
            form.announced)
            << form.written;
        EXPECT_EQ(world.rows().back().facts.at("retry_after"), form.sent);
    }
}

TEST(TokenEndpoint, is_slow_or_failing_by_where) {
    Walker walker(
        "name = \"x\"\n[[fault]]\nwhere = \"oauth:token\"\nwhat = { status = 503, "
        "retry_after = \"1s\", delay = \"2s\" }\nwhen = { nth = 1 }\n");
    const http::Headers headers{{"authorization", "Basic Y2lkOnNlYw=="},
                                {"content-type", "application/x-www-form-urlencoded"}};
    const auto before = walker.scheduler.now();
    const auto ask = [&] {
        return walker.send("POST", "/oauth/token",
                           "grant_type=refresh_token&refresh_token=seed-refresh-token", headers);
    };
    const auto refused = ask();
    EXPECT_EQ(refused.status, 503);
    EXPECT_THAT(refused.body, HasSubstr("temporarily_unavailable"));
    EXPECT_EQ(refused.headers.value("retry-after"), "1");
    EXPECT_GE(walker.scheduler.now() - before, 2s);
    EXPECT_EQ(ask().status, 200) << "the refresh token was not spent";
}

}  // namespace
}  // namespace apilab::sandbox::internal
