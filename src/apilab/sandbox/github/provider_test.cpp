#include "apilab/sandbox/github/provider.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <set>
#include <string>
#include <vector>

#include "apilab/http/link.hpp"
#include "apilab/sandbox/internal/ask_provider.hpp"
#include "apilab/sandbox/world.hpp"

namespace apilab::sandbox::github {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

const http::Headers with_token{{"authorization", "Bearer ghp_stubtoken"}};

class GitHub : public ::testing::Test {
protected:
    GitHubProvider provider{make_world().value().github};
    AskProvider ask{provider};
    http::JsonDocument keep = http::JsonDocument::parse("null").value();

    std::vector<std::string> texts(const http::Response& reply, std::string_view field) {
        std::vector<std::string> out;
        for (const auto entry : parsed(reply, keep).elements()) {
            out.emplace_back(entry[field].string_or(""));
        }
        return out;
    }
};

TEST_F(GitHub, releases_come_newest_first_and_in_pages_over_the_repository_number) {
    const auto first = ask.get("/repos/octo/hello/releases?per_page=3", with_token);
    EXPECT_EQ(first.status(), 200);
    EXPECT_THAT(texts(first, "tag_name"), ElementsAre("v2.0.0", "v2.0.0-beta.1", "v1.1.0"));
    EXPECT_THAT(std::string(first.headers().value("link")),
                HasSubstr("<" + ask.base_url + "/repositories/"));
    EXPECT_FALSE(http::find_link(first.headers(), "prev"));
    EXPECT_EQ(http::find_link(first.headers(), "next"), http::find_link(first.headers(), "last"));

    const auto next = http::find_link(first.headers(), "next");
    ASSERT_TRUE(next);
    const auto second = ask.follow(*next, with_token);
    EXPECT_EQ(ask.operation, "list_releases_by_id");
    EXPECT_THAT(texts(second, "tag_name"), ElementsAre("v1.0.0"));
    EXPECT_FALSE(http::find_link(second.headers(), "next"));
    EXPECT_TRUE(http::find_link(second.headers(), "prev"));
    EXPECT_TRUE(http::find_link(second.headers(), "first"));
}

TEST_F(GitHub, one_page_has_no_link_and_a_page_beyond_the_end_no_rows) {
    EXPECT_FALSE(ask.get("/repos/octo/hello/releases", with_token).headers().contains("link"));
    EXPECT_EQ(ask.get("/repos/octo/hello/releases?page=9", with_token).body(), "[]");
    EXPECT_EQ(ask.get("/repos/octo/quiet/releases", with_token).body(), "[]");
    EXPECT_EQ(
        texts(ask.get("/repos/octo/hello/releases?per_page=0&page=-4", with_token), "id").size(),
        4U)
        << "nonsense counts as not asked";
}

TEST_F(GitHub, the_latest_release_is_no_prerelease) {
    EXPECT_EQ(parsed(ask.get("/repos/octo/left-box/releases/latest", with_token), keep)["tag_name"]
                  .string(),
              "v1.2.0");
    EXPECT_EQ(ask.get("/repos/octo/quiet/releases/latest", with_token).status(), 404);
    const auto by_tag = ask.get("/repos/octo/left-box/releases/tags/v2.0.0", with_token);
    EXPECT_EQ(parsed(by_tag, keep)["prerelease"].boolean(), true);
    EXPECT_EQ(ask.get("/repos/octo/left-box/releases/tags/v9", with_token).status(), 404);
}

TEST_F(GitHub, tags_lack_what_was_published_without_one) {
    EXPECT_THAT(texts(ask.get("/repos/octo/util/tags", with_token), "name"),
                ElementsAre("v1.1.0", "v1.0.0"));
}

TEST_F(GitHub, a_repository_is_known_without_regard_to_case) {
    const auto reply = ask.get("/repos/Octo/HELLO", with_token);
    EXPECT_EQ(parsed(reply, keep)["full_name"].string(), "octo/hello");
    EXPECT_EQ(parsed(ask.get("/repos/octo/shelved", with_token), keep)["archived"].boolean(), true);
    const auto missing = ask.get("/repos/octo/none", with_token);
    EXPECT_EQ(missing.status(), 404);
    EXPECT_EQ(parsed(missing, keep)["status"].string(), "404") << "a string, as the real one";
    EXPECT_TRUE(parsed(missing, keep)["documentation_url"].is_string());
}

TEST_F(GitHub, a_renamed_repository_redirects_to_its_number) {
    const auto reply = ask.get("/repos/octo/old-name/releases?per_page=5", with_token);
    EXPECT_EQ(reply.status(), 301);
    const std::string location(reply.headers().value("location"));
    EXPECT_THAT(location, StartsWith(ask.base_url + "/repositories/"));
    EXPECT_EQ(parsed(reply, keep)["url"].string(), location);
    EXPECT_THAT(texts(ask.follow(location, with_token), "tag_name"), ElementsAre("v3.0.0"));
    EXPECT_EQ(ask.get("/repos/substack/minimist/releases/tags/v1.2.8", with_token).status(), 301);
}

TEST_F(GitHub, advisories_are_filtered_by_package_and_version) {
    const auto reply = ask.get(
        "/advisories?ecosystem=npm&affects=ws%407.5.9,ip%402.0.1,%40octo/util@1.0.0", with_token);
    EXPECT_THAT(texts(reply, "ghsa_id"), ElementsAre("GHSA-3h5v-q93c-6h6q", "GHSA-2p57-rm9w-gvfp"));
    const auto rows = parsed(reply, keep);
    const auto ws = rows.at_pointer("/0/vulnerabilities/2");
    EXPECT_EQ(ws["vulnerable_version_range"].string(), ">= 7.0.0, < 7.5.10");
    EXPECT_EQ(ws["first_patched_version"].string(), "7.5.10");
    EXPECT_TRUE(rows.at_pointer("/1/vulnerabilities/0/first_patched_version").is_null());
    EXPECT_EQ(rows.at_pointer("/0/cvss/score").number(), 7.5);
}

TEST_F(GitHub, advisories_page_by_cursor_in_both_directions) {
    std::vector<std::string> forward;
    std::string target = "/advisories?ecosystem=npm&per_page=7";
    std::string last;
    for (int pages = 0; pages < 20; ++pages) {
        const auto reply = ask.get(target, with_token);
        ASSERT_EQ(reply.status(), 200);
        for (auto& id : texts(reply, "ghsa_id")) {
            forward.push_back(std::move(id));
        }
        last = target;
        const auto next = http::find_link(reply.headers(), "next");
        if (!next) {
            break;
        }
        EXPECT_THAT(*next, HasSubstr("after="));
        target = next->substr(ask.base_url.size());
    }
    const auto all = texts(ask.get("/advisories?per_page=100", with_token), "ghsa_id");
    EXPECT_EQ(forward, all);
    EXPECT_EQ(std::set<std::string>(all.begin(), all.end()).size(), all.size());
    const auto previous = http::find_link(ask.get(last, with_token).headers(), "prev");
    ASSERT_TRUE(previous);
    EXPECT_THAT(*previous, HasSubstr("before="));
    EXPECT_EQ(texts(ask.follow(*previous, with_token), "ghsa_id").size(), 7U);
}

TEST_F(GitHub, advisory_errors_are_a_list_of_strings) {
    for (const auto* target : {"/advisories?ecosystem=NPM", "/advisories?after=zz"}) {
        const auto reply = ask.get(target, with_token);
        EXPECT_EQ(reply.status(), 422) << target;
        EXPECT_TRUE(parsed(reply, keep)["errors"].at_pointer("/0").is_string()) << target;
    }
}

TEST_F(GitHub, one_source_only_and_withdrawn) {
    EXPECT_EQ(ask.get("/advisories/GHSA-4mjr-xmp4-gh2g", with_token).status(), 200);
    EXPECT_EQ(ask.get("/advisories/GHSA-pxg6-pf52-xh8x", with_token).status(), 404);
    const auto withdrawn = ask.get("/advisories?is_withdrawn=true", with_token);
    EXPECT_THAT(texts(withdrawn, "ghsa_id"), ElementsAre("GHSA-8p5q-j9m2-g8wr"));
    EXPECT_EQ(ask.get("/advisories?type=malware", with_token).body(), "[]");
}

TEST_F(GitHub, quota_counts_down_per_credential_and_ends_in_403) {
    for (int i = 0; i < 60; ++i) {
        const auto reply = ask.get("/repos/octo/hello");
        ASSERT_EQ(reply.status(), 200);
        ASSERT_EQ(reply.headers().value("x-ratelimit-limit"), "60");
        ASSERT_EQ(reply.headers().value("x-ratelimit-remaining"), std::to_string(59 - i));
        ASSERT_EQ(reply.headers().value("x-ratelimit-used"), std::to_string(i + 1));
        ASSERT_EQ(reply.headers().value("x-ratelimit-resource"), "core");
    }
    const auto over = ask.get("/repos/octo/hello");
    EXPECT_EQ(over.status(), 403);
    EXPECT_EQ(over.headers().value("x-ratelimit-remaining"), "0");
    EXPECT_EQ(over.headers().value("x-ratelimit-reset"), std::to_string(1'790'000'000 + 3600));
    EXPECT_FALSE(over.headers().contains("retry-after")) << "the real one gives none";
    // Another credential has a bucket of its own, and the window ends.
    EXPECT_EQ(ask.get("/repos/octo/hello", with_token).headers().value("x-ratelimit-remaining"),
              "4999");
    ask.system_now += std::chrono::hours(1);
    EXPECT_EQ(ask.get("/repos/octo/hello").headers().value("x-ratelimit-remaining"), "59");
}

TEST_F(GitHub, asking_for_the_limit_is_free_even_when_nothing_is_left) {
    for (int i = 0; i < 60; ++i) {
        (void)ask.get("/repos/octo/hello");
    }
    const auto reply = ask.get("/rate_limit");
    EXPECT_EQ(reply.status(), 200);
    const auto core = parsed(reply, keep)["resources"]["core"];
    EXPECT_EQ(core["remaining"].integer(), 0);
    EXPECT_EQ(core["used"].integer(), 60);
    EXPECT_TRUE(parsed(reply, keep)["rate"].is_object());
    const auto newer = ask.get("/rate_limit", {{"x-github-api-version", "2026-03-10"}});
    EXPECT_TRUE(parsed(newer, keep)["rate"].missing());
}

TEST_F(GitHub, a_304_is_free_only_with_credentials) {
    const auto first = ask.get("/repos/octo/hello", with_token);
    const std::string etag(first.headers().value("etag"));
    EXPECT_THAT(etag, StartsWith("W/\""));
    auto headers = with_token;
    headers.set("if-none-match", etag);
    const auto again = ask.get("/repos/octo/hello", headers);
    EXPECT_EQ(again.status(), 304);
    EXPECT_EQ(again.body(), "");
    EXPECT_EQ(again.headers().value("x-ratelimit-remaining"), "4999");

    const std::string anonymous(ask.get("/repos/octo/hello").headers().value("etag"));
    EXPECT_NE(anonymous, etag) << "another credential, another representation";
    const auto charged = ask.get("/repos/octo/hello", {{"if-none-match", anonymous}});
    EXPECT_EQ(charged.status(), 304);
    EXPECT_EQ(charged.headers().value("x-ratelimit-remaining"), "58");
}

TEST_F(GitHub, who_asks_has_to_be_told) {
    EXPECT_EQ(ask.get("/user").status(), 401);
    EXPECT_EQ(parsed(ask.get("/user", {{"authorization", "token ghp_stubtoken"}}), keep)["login"]
                  .string(),
              "octo");
    const auto wrong = ask.get("/user", {{"authorization", "Bearer nonsense"}});
    EXPECT_EQ(wrong.status(), 401);
    EXPECT_EQ(parsed(wrong, keep)["message"].string(), "Bad credentials");
    EXPECT_TRUE(wrong.headers().contains("x-ratelimit-limit"));
    ask.user_agent = "";
    EXPECT_EQ(ask.get("/repos/octo/hello", with_token).status(), 403);
}

TEST_F(GitHub, an_unknown_api_version_is_400) {
    EXPECT_EQ(ask.get("/repos/octo/hello", {{"x-github-api-version", "2020-01-01"}}).status(), 400);
    EXPECT_EQ(ask.get("/repos/octo/hello", {{"x-github-api-version", "2022-11-28"}}).status(), 200);
}

TEST_F(GitHub, refusals_speak_its_dialect) {
    const auto now = SystemTime(std::chrono::seconds(1000));
    const auto primary = provider.refuse({.limit = "primary"}, now);
    EXPECT_EQ(primary.status(), 403);
    EXPECT_EQ(primary.headers().value("x-ratelimit-remaining"), "0");
    EXPECT_EQ(primary.headers().value("x-ratelimit-reset"), "1060");
    const auto told = provider.refuse({.limit = "primary", .retry_after = "3"}, now);
    EXPECT_EQ(told.headers().value("retry-after"), "3");
    EXPECT_EQ(told.headers().value("x-ratelimit-reset"), "1003");
    const auto secondary =
        provider.refuse({.status = 429, .limit = "secondary", .retry_after = "7"}, now);
    EXPECT_EQ(secondary.status(), 429);
    EXPECT_THAT(secondary.body(), HasSubstr("secondary rate limit"));
    EXPECT_EQ(secondary.headers().value("retry-after"), "7");
    EXPECT_FALSE(secondary.headers().contains("x-ratelimit-remaining"));
    EXPECT_EQ(provider.refuse({.status = 503}, now).status(), 503);
    EXPECT_THAT(provider.refuse({.status = 502}, now).body(), HasSubstr("Server Error"));
}

TEST_F(GitHub, reset_puts_quota_and_request_ids_back) {
    const auto first = ask.get("/repos/octo/hello");
    const auto second = ask.get("/repos/octo/hello");
    EXPECT_NE(first.headers().value("x-github-request-id"),
              second.headers().value("x-github-request-id"));
    provider.reset();
    const auto again = ask.get("/repos/octo/hello");
    EXPECT_EQ(again.headers(), first.headers());
    EXPECT_EQ(again.body(), first.body());
}

}  // namespace
}  // namespace apilab::sandbox::github
