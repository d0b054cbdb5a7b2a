#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "apilab/provider/github.hpp"
#include "apilab/provider/npm.hpp"
#include "apilab/provider/osv.hpp"
#include "apilab/testing/harness.hpp"
#include "apilab/testing/matchers.hpp"

namespace apilab::provider {
namespace {

using apilab::testing::Harness;
using apilab::testing::IsError;
using apilab::testing::IsErrorSaying;
using apilab::testing::IsOk;
using http::Response;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

class ProviderTest : public ::testing::Test {
protected:
    Endpoint at(std::string_view base) {
        return {.client = &harness_.client(), .base = *http::Url::parse(base)};
    }
    template <class T>
    T run(runtime::Task<T> task) {
        return runtime::run(harness_.scheduler(), std::move(task));
    }
    const http::Request& asked(std::size_t i) { return harness_.transport().seen()[i].request; }

    Harness harness_;
};

TEST_F(ProviderTest, a_packument_is_asked_for_in_the_form_wanted) {
    const Npm npm(at("http://h/npm"));
    harness_.transport().otherwise(Response::json(200, R"({"name":"lodash"})"));
    auto full = run(npm.packument("lodash", Npm::Form::full));
    ASSERT_THAT(full, IsOk());
    EXPECT_EQ(full->root()["name"].string(), "lodash");
    EXPECT_EQ(asked(0).url().to_string(), "http://h/npm/lodash");
    EXPECT_EQ(asked(0).headers().value("accept"), "application/json");
    ASSERT_THAT(run(npm.packument("@types/node", Npm::Form::abbreviated)), IsOk());
    EXPECT_EQ(asked(1).url().path(), "/npm/@types%2Fnode");
    EXPECT_THAT(asked(1).headers().value("accept"),
                HasSubstr("application/vnd.npm.install-v1+json"));
}

TEST_F(ProviderTest, a_registry_token_goes_into_its_header_only) {
    const Npm npm(at("http://h"), {.token = Secret("t0k3n")});
    harness_.transport().otherwise(Response(404));
    const auto reply = run(npm.packument("x", Npm::Form::full));
    ASSERT_THAT(reply, IsError(ErrorKind::status));
    EXPECT_EQ(reply.error().status(), 404);
    EXPECT_EQ(asked(0).headers().value("authorization"), "Bearer t0k3n");
    EXPECT_FALSE(reply.error().to_string().contains("t0k3n"));
}

TEST_F(ProviderTest, a_hostile_package_name_cannot_leave_its_path) {
    const Npm npm(at("http://h/npm"));
    harness_.transport().otherwise(Response(404));
    for (const char* name : {"..", ".", "", "a\r\nb", "@..", "../../admin", "x/..%2f..%2fadmin"}) {
        EXPECT_THAT(run(npm.packument(name, Npm::Form::full)), IsError(ErrorKind::invalid_argument))
            << name;
    }
    ASSERT_FALSE(run(npm.packument("x/admin?x#y", Npm::Form::full)));
    EXPECT_EQ(asked(0).url().path(), "/npm/x%2Fadmin%3Fx%23y");
}

TEST_F(ProviderTest, html_with_status_200_is_a_decode_error_that_names_the_operation) {
    const Npm npm(at("http://h"));
    harness_.transport().otherwise(Response(200, "<html>maintenance</html>"));
    EXPECT_THAT(run(npm.packument("x", Npm::Form::full)),
                IsErrorSaying(HasSubstr("npm get_packument: not JSON")));
}

TEST_F(ProviderTest, a_batch_asks_again_only_for_packages_with_more_pages) {
    const Osv osv(at("http://h/osv"));
    harness_.transport()
        .reply(Response::json(
            200, R"({"results":[{"vulns":[{"id":"A","modified":"m"}],"next_page_token":"t"},
                                       {},{"next_page_token":"u"}]})"))
        .reply(Response::json(200, R"({"results":[{"vulns":[{"id":"B","modified":"m"}]},
                                       {"vulns":[{"id":"C","modified":"m"}]}]})"));
    const auto hits =
        run(osv.query_batch({{"npm", "a", "1.0.0"}, {"npm", "b", "1.0.0"}, {"npm", "c", "2.0.0"}}));
    ASSERT_THAT(hits, IsOk());
    ASSERT_THAT(*hits, SizeIs(3));
    EXPECT_THAT((*hits)[0], SizeIs(2));
    EXPECT_THAT((*hits)[1], SizeIs(0));
    EXPECT_EQ((*hits)[2][0].id, "C");
    EXPECT_EQ(
        asked(1).body(),
        R"({"queries":[{"package":{"name":"a","ecosystem":"npm"},"version":"1.0.0","page_token":"t"},)"
        R"({"package":{"name":"c","ecosystem":"npm"},"version":"2.0.0","page_token":"u"}]})");
}

TEST_F(ProviderTest, more_than_a_thousand_packages_are_split) {
    const Osv osv(at("http://h"));
    const auto answer = [](std::size_t n) {
        std::string body = R"({"results":[{})";
        for (std::size_t i = 1; i < n; ++i) {
            body += ",{}";
        }
        return Response::json(200, body + "]}");
    };
    harness_.transport().reply(answer(1000)).reply(answer(1));
    EXPECT_THAT(run(osv.query_batch(std::vector<Osv::Package>(1001, {"npm", "a", "1.0.0"}))),
                IsOk());
    EXPECT_EQ(harness_.transport().steps_left(), 0U);
}

TEST_F(ProviderTest, a_batch_answer_of_another_length_is_refused) {
    const Osv osv(at("http://h"));
    harness_.transport().otherwise(Response::json(200, R"({"results":[{}]})"));
    EXPECT_THAT(run(osv.query_batch({{"npm", "a", "1"}, {"npm", "b", "1"}})),
                IsErrorSaying(HasSubstr("expected 2 results, got 1")));
}

TEST_F(ProviderTest, endless_pages_end_in_an_error_and_not_in_a_cut) {
    const Osv osv(at("http://h"));
    for (std::size_t i = 0; i <= Osv::pages_max; ++i) {
        harness_.transport().reply(
            Response::json(200, R"({"next_page_token":")" + std::to_string(i) + "\"}"));
    }
    EXPECT_THAT(run(osv.query({"npm", "a", ""})), IsError(ErrorKind::too_large));
    EXPECT_THAT(harness_.transport().seen(), SizeIs(Osv::pages_max));
}

TEST_F(ProviderTest, a_page_that_leads_to_itself_is_asked_for_twice_and_no_more) {
    const Osv osv(at("http://h"));
    harness_.transport().otherwise(Response::json(200, R"({"next_page_token":"again"})"));
    EXPECT_THAT(run(osv.query({"npm", "a", ""})), IsErrorSaying(HasSubstr("in a circle")));
    EXPECT_THAT(run(osv.query_batch({{"npm", "a", ""}})), IsError(ErrorKind::decode));
    EXPECT_THAT(harness_.transport().seen(), SizeIs(3));
}

TEST_F(ProviderTest, a_query_that_is_a_post_is_repeated_after_a_reset) {
    const Osv osv(at("http://h"));
    harness_.transport()
        .fail_with(Error(ErrorKind::connection_lost, "reset").with_outcome(Outcome::unknown))
        .reply(Response::json(200, "{}"));
    EXPECT_THAT(run(osv.query({"npm", "a", ""})), IsOk());
}

TEST_F(ProviderTest, github_pages_are_followed_as_given) {
    const GitHub github(at("http://h/github"), {.token = Secret("t")});
    harness_.transport()
        .reply(
            Response::json(200, "[1]")
                .header(
                    "link",
                    R"(<http://h/github/repositories/7/releases?per_page=100&page=2>; rel="next")"))
        .reply(Response::json(200, "[2]"));
    auto pages = run(github.releases("o", "r", 5));
    ASSERT_THAT(pages, IsOk());
    EXPECT_THAT(*pages, SizeIs(2));
    EXPECT_EQ(asked(0).url().to_string(), "http://h/github/repos/o/r/releases?per_page=100");
    EXPECT_EQ(asked(1).url().target(), "/github/repositories/7/releases?per_page=100&page=2");
    EXPECT_EQ(asked(1).headers().value("authorization"), "Bearer t");
}

TEST_F(ProviderTest, a_next_page_at_another_origin_is_refused) {
    const GitHub github(at("http://h/github"), {.token = Secret("t")});
    harness_.transport().otherwise(
        Response::json(200, "[]").header("link", R"(<http://evil.test/x>; rel="next")"));
    EXPECT_THAT(run(github.npm_advisories({"a@1"})), IsErrorSaying(HasSubstr("another origin")));
    EXPECT_THAT(harness_.transport().seen(), SizeIs(1));
}

TEST_F(ProviderTest, a_renamed_repository_is_followed_within_its_origin) {
    const GitHub github(at("http://h/github"));
    harness_.transport()
        .reply(Response(301, "{}", {{"location", "http://h/github/repositories/7/releases"}}))
        .reply(Response::json(200, "[1]"));
    EXPECT_THAT(run(github.releases("old", "name")), IsOk());
    EXPECT_EQ(asked(1).url().path(), "/github/repositories/7/releases");
}

TEST_F(ProviderTest, a_redirect_to_another_origin_gets_no_token_and_a_loop_ends) {
    const GitHub github(at("http://h/github"), {.token = Secret("t")});
    harness_.transport().reply(Response(302, "", {{"location", "http://other.test/"}}));
    harness_.transport().reply(Response::json(200, "[]"));
    EXPECT_THAT(run(github.releases("o", "r")), IsOk());
    ASSERT_THAT(harness_.transport().seen(), SizeIs(2));
    EXPECT_TRUE(asked(0).headers().contains("authorization"));
    EXPECT_FALSE(asked(1).headers().contains("authorization"));
    harness_.transport().otherwise(Response(301, "", {{"location", "/loop"}}));
    EXPECT_THAT(run(github.releases("o", "r")), IsErrorSaying(HasSubstr("circle")));
    EXPECT_THAT(harness_.transport().seen(), SizeIs(2 + 2));
}

TEST_F(ProviderTest, many_packages_are_asked_for_in_several_advisory_requests) {
    const GitHub github(at("http://h"));
    harness_.transport().otherwise(Response::json(200, "[]"));
    EXPECT_THAT(run(github.npm_advisories(std::vector<std::string>(250, "left@1.0.0"))), IsOk());
    ASSERT_THAT(harness_.transport().seen(), SizeIs(3));
    EXPECT_LT(asked(0).url().target().size(), 8192U);
    EXPECT_THAT(asked(0).url().query(), HasSubstr("ecosystem=npm&affects=left%401.0.0,left"));
}

TEST_F(ProviderTest, the_token_goes_with_a_file_and_its_ref_is_encoded) {
    const GitHub github(at("http://h/github"), {.token = Secret("t")});
    harness_.transport().otherwise(
        Response(200, "{}", {{"content-type", "application/vnd.github.raw+json; charset=utf-8"}}));
    EXPECT_EQ(*run(github.file("o", "r", "a b/package-lock.json", "feature/x&y")), "{}");
    EXPECT_EQ(asked(0).url().target(),
              "/github/repos/o/r/contents/a%20b/package-lock.json?ref=feature%2Fx%26y");
    EXPECT_EQ(asked(0).headers().value("accept"), "application/vnd.github.raw+json");
    EXPECT_EQ(asked(0).headers().value("authorization"), "Bearer t");
    for (const auto* path : {"../secret", "a/../../b", "/etc", ""}) {
        EXPECT_THAT(run(github.file("o", "r", path, "")), IsError(ErrorKind::invalid_argument))
            << path;
    }
}

TEST_F(ProviderTest, a_file_that_is_too_large_is_told_from_one_that_is_not_there) {
    const GitHub github(at("http://h"), {.file_bytes_max = 4});
    harness_.transport()
        .reply(Response(200, "12345", {{"content-type", "application/vnd.github.raw"}}))
        .reply(Response::json(403, R"({"message":"This API returns blobs up to 100 MB in size.",
                     "errors":[{"resource":"Blob","field":"data","code":"too_large"}]})"))
        .reply(Response::json(404, R"({"message":"Not Found","status":"404"})"));
    const auto ours = run(github.file("o", "r", "f", ""));
    ASSERT_THAT(ours, IsError(ErrorKind::too_large));
    EXPECT_EQ(ours.error().detail(), "file_bytes_max");
    const auto theirs = run(github.file("o", "r", "f", ""));
    ASSERT_THAT(theirs, IsError(ErrorKind::too_large));
    EXPECT_EQ(theirs.error().status(), 403);
    const auto absent = run(github.file("o", "r", "f", ""));
    ASSERT_THAT(absent, IsError(ErrorKind::status));
    EXPECT_EQ(absent.error().status(), 404);
}

TEST_F(ProviderTest, errors_keep_the_code_that_the_provider_gives) {
    struct Case {
        int status;
        std::string_view body, code;
        ErrorKind kind = ErrorKind::status;
    };
    for (const auto& one : std::vector<Case>{
             {422,
              R"({"message":"Validation Failed","errors":[{"resource":"Label","code":"invalid"}]})",
              "invalid"},
             {404, R"({"error":"Not found"})", "Not found"},
             {400, R"({"code":3,"message":"Invalid ecosystem."})", "3"},
             {409, R"({"object":"error","status":409,"code":"conflict_error"})", "conflict_error"},
             {403, R"({"error":{"code":403,"errors":[{"reason":"dailyLimitExceeded"}]}})",
              "dailyLimitExceeded"},
             {401, R"({"error":{"code":401,"status":"UNAUTHENTICATED"}})", "UNAUTHENTICATED",
              ErrorKind::auth},
             {404, R"({"message":"Not Found","status":"404"})", ""},
             {502, "<html>", ""},
             {400, R"({"error":""})", ""}}) {
        const auto error = refusal_of(Response::json(one.status, std::string(one.body)));
        EXPECT_EQ(error.provider_code(), one.code) << one.body;
        EXPECT_EQ(error.kind(), one.kind) << one.body;
        EXPECT_EQ(error.status(), one.status);
    }
    EXPECT_EQ(refusal_of(Response::json(400, R"({"error":")" + std::string(101, 'x') + "\"}"))
                  .provider_code(),
              "");
}

TEST_F(ProviderTest, a_403_that_is_a_limit_is_one) {
    const auto kind = [](http::Headers headers, std::string body = "{}") {
        return refusal_of(Response(403, std::move(body), std::move(headers)), "github").kind();
    };
    EXPECT_EQ(kind({}, R"({"message":"You have exceeded a secondary rate limit."})"),
              ErrorKind::rate_limited)
        << "GitHub names no time for these";
    EXPECT_EQ(kind({{"x-ratelimit-remaining", "0"}}), ErrorKind::rate_limited);
    EXPECT_EQ(kind({{"retry-after", "60"}}), ErrorKind::rate_limited);
    EXPECT_EQ(kind({{"x-ratelimit-remaining", "10"}}), ErrorKind::status);
    EXPECT_EQ(kind({}), ErrorKind::status);
}

TEST_F(ProviderTest, a_403_that_is_a_limit_is_one_on_a_page_of_a_list_too) {
    const GitHub github(at("http://h"));
    const auto error = [&](Response answer) {
        harness_.transport().otherwise(std::move(answer));
        return run(github.releases("o", "r")).error();
    };
    const auto limit = error(Response(403, R"({"message":"API rate limit exceeded"})",
                                      {{"x-ratelimit-remaining", "0"}, {"retry-after", "7200"}}));
    EXPECT_EQ(limit.kind(), ErrorKind::rate_limited);
    EXPECT_EQ(limit.status(), 403);
    EXPECT_EQ(limit.retry_after(), std::chrono::hours(2));
    EXPECT_EQ(limit.outcome(), Outcome::answered);
    harness_.scheduler().advance(std::chrono::hours(3));
    EXPECT_EQ(error(Response(403, R"({"message":"Resource not accessible"})")).kind(),
              ErrorKind::status);
}

TEST_F(ProviderTest, what_can_be_no_package_is_not_asked_for) {
    const GitHub github(at("http://h"));
    harness_.transport().otherwise(Response::json(200, "[]"));
    EXPECT_THAT(run(github.npm_advisories({"a,b"})), IsOk());
    EXPECT_THAT(harness_.transport().seen(), SizeIs(0));
    EXPECT_THAT(run(github.npm_advisories({"a,b", "c@1.0.0"})), IsOk());
    EXPECT_EQ(asked(0).url().query(), "ecosystem=npm&affects=c%401.0.0&per_page=100");
}

}  // namespace
}  // namespace apilab::provider
