#include <algorithm>
#include <chrono>
#include <set>

#include "apilab/http/link.hpp"
#include "apilab/sandbox/github/internal/test_github.hpp"

namespace apilab::sandbox::github {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class GitHubIssues : public GitHubTest {
protected:
    std::vector<std::string> all_numbers(std::string target) {
        std::vector<std::string> out;
        while (true) {
            const auto page = get(target);
            const auto numbers = column(page, "number");
            out.insert(out.end(), numbers.begin(), numbers.end());
            const auto next = http::find_link(page.headers(), "next");
            if (!next) {
                return out;
            }
            EXPECT_THAT(*next, HasSubstr("/repositories/"));
            target = next->substr(ask.base_url.size());
        }
    }
};

TEST_F(GitHubIssues, the_seed_world_has_157_from_number_1_and_each_once) {
    const auto numbers = all_numbers(hello + "/issues?state=all&per_page=100");
    ASSERT_THAT(numbers, SizeIs(157));
    EXPECT_EQ(numbers.front(), "157") << "newest first";
    EXPECT_EQ(numbers.back(), "1");
    EXPECT_THAT(std::set<std::string>(numbers.begin(), numbers.end()), SizeIs(157));
    EXPECT_THAT(column(get(hello + "/issues"), "number"), SizeIs(30)) << "30 unless asked";
    EXPECT_THAT(column(get(hello + "/issues?per_page=500"), "number"), SizeIs(100));
}

TEST_F(GitHubIssues, states_partition_the_list_and_only_open_ones_come_unasked) {
    const auto open = all_numbers(hello + "/issues?state=open&per_page=100");
    const auto closed = all_numbers(hello + "/issues?state=closed&per_page=100");
    EXPECT_EQ(open.size() + closed.size(), 157U);
    EXPECT_EQ(all_numbers(hello + "/issues?per_page=100"), open);
    EXPECT_EQ(error_of(get(hello + "/issues?state=ajar")), "Issue.state invalid");
}

TEST_F(GitHubIssues, are_filtered_by_labels_people_and_time) {
    const auto both = get(hello + "/issues?state=all&labels=bug,Enhancement&per_page=100");
    EXPECT_THAT(column(both, "number"), ElementsAre("140", "120", "100", "80", "60", "40", "20"));
    EXPECT_THAT(column(get(hello + "/issues?state=all&creator=mona&per_page=1"), "number"),
                ElementsAre("157"));
    EXPECT_THAT(column(get(hello + "/issues?state=all&assignee=octo&per_page=1"), "number"),
                ElementsAre("156"));
    EXPECT_THAT(column(get(hello + "/issues?state=all&since=2024-09-20T00:00:00Z"), "updated_at"),
                Each(::testing::Ge("2024-09-20T00:00:00Z")));
    const auto by_update =
        column(get(hello + "/issues?state=all&sort=updated&direction=asc"), "updated_at");
    EXPECT_TRUE(std::ranges::is_sorted(by_update));
    EXPECT_EQ(error_of(get(hello + "/issues?since=yesterday")), "Issue.since invalid");
}

TEST_F(GitHubIssues, pull_requests_are_issues_with_a_mark) {
    const auto reply = get(hello + "/issues/5");
    const auto issue = json(reply);
    EXPECT_THAT(std::string(issue["pull_request"]["url"].string_or("")), HasSubstr("/pulls/5"));
    EXPECT_THAT(std::string(issue["html_url"].string_or("")), HasSubstr("octo/hello/pull/5"));
    const auto id = issue["id"].integer();
    const auto pull = get(hello + "/pulls/5");
    EXPECT_NE(json(pull)["id"].integer(), id) << "another thing, another id";
    EXPECT_EQ(json(pull)["base"]["ref"].string(), "main");
    EXPECT_EQ(get(hello + "/pulls/4").status(), 404) << "no pull request";
    EXPECT_TRUE(json(get(hello + "/issues/4"))["pull_request"].missing());
    for (const auto& number : column(get(hello + "/pulls?state=all&per_page=100"), "number")) {
        EXPECT_EQ(std::stoi(number) % 8, 5);
    }
}

TEST_F(GitHubIssues, what_is_created_is_there_to_be_listed_until_reset) {
    const auto reply = send("POST", hello + "/issues",
                            R"({"title":"héllo 漢字","body":"b","labels":["bug",{"name":"new"}]})");
    EXPECT_EQ(reply.status(), 201);
    EXPECT_EQ(reply.headers().value("location"), ask.base_url + hello + "/issues/158");
    EXPECT_EQ(json(reply)["title"].string(), "héllo 漢字");
    EXPECT_EQ(json(reply)["labels"].size(), 2U);
    EXPECT_EQ(ask.facts["makes"], "octo/hello: héllo 漢字");
    EXPECT_EQ(column(get(hello + "/issues"), "number").front(), "158");
    EXPECT_EQ(json(get(hello + "/labels/new"))["color"].string(), "ededed");
    EXPECT_EQ(provider.numbers().at("issues"), 1);
    (void)send("POST", hello + "/issues", R"({"title":"héllo 漢字"})");
    EXPECT_EQ(provider.numbers().at("issues doubled"), 1);
    provider.reset();
    EXPECT_EQ(get(hello + "/issues/158").status(), 404);
    EXPECT_EQ(get(hello + "/labels/new").status(), 404);
    EXPECT_THAT(provider.numbers(), IsEmpty());
}

TEST_F(GitHubIssues, a_title_is_needed_and_may_be_a_number) {
    EXPECT_EQ(error_of(send("POST", hello + "/issues", R"({"title":"  "})")),
              "Issue.title missing_field");
    const auto missing = send("POST", hello + "/issues", "{}");
    EXPECT_EQ(missing.status(), 422);
    EXPECT_THAT(missing.body(), HasSubstr("wasn't supplied"));
    EXPECT_EQ(json(send("POST", hello + "/issues", R"({"title":7})"))["title"].string(), "7");
    EXPECT_EQ(send("POST", hello + "/issues", R"({"title":null})").status(), 422);
    EXPECT_EQ(
        error_of(send("POST", hello + "/issues", R"({"title":")" + std::string(257, 'x') + "\"}")),
        "Issue.title custom");
    EXPECT_EQ(send("POST", hello + "/issues", "{").status(), 400);
    EXPECT_THAT(send("POST", hello + "/issues", "[1]").body(),
                HasSubstr("Body should be a JSON object"));
}

TEST_F(GitHubIssues, closing_and_opening_tell_when_and_why) {
    const auto closed = send("PATCH", hello + "/issues/1", R"({"state":"closed"})");
    EXPECT_EQ(json(closed)["state"].string(), "closed");
    EXPECT_EQ(json(closed)["state_reason"].string(), "completed");
    EXPECT_EQ(json(closed)["closed_by"]["login"].string(), "octo");
    EXPECT_EQ(json(closed)["closed_at"].string(), "2026-09-21T14:13:20Z");
    const auto again = send("PATCH", hello + "/issues/1", R"({"state":"open"})");
    EXPECT_EQ(json(again)["state_reason"].string(), "reopened");
    EXPECT_TRUE(json(again)["closed_at"].is_null());
    EXPECT_EQ(error_of(send("PATCH", hello + "/issues/1", R"({"state":"ajar"})")),
              "Issue.state invalid");
    EXPECT_EQ(send("PATCH", hello + "/issues/999999", "{}").status(), 404);
}

TEST_F(GitHubIssues, comments_are_counted_listed_in_order_and_may_go) {
    const auto before = json(get(hello + "/issues/1"))["comments"].integer().value();
    EXPECT_EQ(before, 35);
    EXPECT_TRUE(http::find_link(get(hello + "/issues/1/comments").headers(), "next"));
    const auto made = send("POST", hello + "/issues/1/comments", R"({"body":"hi"})");
    EXPECT_EQ(made.status(), 201);
    const auto id = std::to_string(json(made)["id"].integer().value());
    EXPECT_EQ(made.headers().value("location"), ask.base_url + hello + "/issues/comments/" + id);
    EXPECT_EQ(column(get(hello + "/issues/1/comments?per_page=100"), "body").back(), "hi");
    EXPECT_EQ(json(get(hello + "/issues/1"))["comments"].integer(), before + 1);
    const auto changed = send("PATCH", hello + "/issues/comments/" + id, R"({"body":"ho"})");
    EXPECT_EQ(json(changed)["body"].string(), "ho");
    EXPECT_EQ(send("DELETE", hello + "/issues/comments/" + id, "").status(), 204);
    EXPECT_EQ(get(hello + "/issues/comments/" + id).status(), 404);
    EXPECT_EQ(json(get(hello + "/issues/1"))["comments"].integer(), before);
    EXPECT_EQ(error_of(send("POST", hello + "/issues/1/comments", R"({"body":""})")),
              "IssueComment.body missing_field");
}

TEST_F(GitHubIssues, labels_are_made_changed_and_taken_off) {
    EXPECT_EQ(error_of(send("POST", hello + "/labels", R"({"name":"x","color":"invalid"})")),
              "Label.color invalid");
    EXPECT_EQ(send("POST", hello + "/labels", R"({"name":"x","color":"663399"})").status(), 201);
    EXPECT_EQ(error_of(send("POST", hello + "/labels", R"({"name":"X"})")),
              "Label.name already_exists");
    EXPECT_THAT(column(send("POST", hello + "/issues/2/labels", R"(["x"])"), "name"),
                ElementsAre("x"));
    EXPECT_EQ(send("PATCH", hello + "/labels/x", R"({"new_name":"y z"})").status(), 200);
    EXPECT_THAT(column(get(hello + "/issues/2/labels"), "name"), ElementsAre("y z"));
    EXPECT_EQ(send("DELETE", hello + "/issues/2/labels/bug", "").status(), 404);
    EXPECT_EQ(send("DELETE", hello + "/issues/2/labels/y%20z", "").body(), "[]");
    EXPECT_EQ(send("DELETE", hello + "/labels/y%20z", "").status(), 204);
    EXPECT_THAT(column(get(hello + "/labels"), "name"), SizeIs(9));
}

TEST_F(GitHubIssues, who_may_not_write_is_told_so_or_not_heard) {
    const auto anonymous = ask.send("POST", hello + "/issues", {}, R"({"title":"x"})");
    EXPECT_EQ(anonymous.status(), 401);
    EXPECT_EQ(json(anonymous)["message"].string(), "Requires authentication");
    // Somebody else's repository: labels are dropped without a word.
    const auto made =
        send("POST", "/repos/lodash/lodash/issues", R"({"title":"x","labels":["bug"]})");
    EXPECT_EQ(made.status(), 201);
    EXPECT_EQ(json(made)["labels"].size(), 0U);
    EXPECT_EQ(send("POST", "/repos/lodash/lodash/labels", R"({"name":"x"})").status(), 404);
    const auto archived = send("POST", "/repos/octo/shelved/issues", R"({"title":"x"})");
    EXPECT_EQ(archived.status(), 403);
    EXPECT_THAT(archived.body(), HasSubstr("archived"));
    EXPECT_EQ(send("PATCH", hello, R"({"has_issues":false})").status(), 200);
    EXPECT_EQ(get(hello + "/issues").status(), 410);
}

TEST_F(GitHubIssues, a_write_to_a_renamed_repository_keeps_its_method) {
    const auto reply = send("POST", "/repos/octo/old-name/issues", R"({"title":"x"})");
    EXPECT_EQ(reply.status(), 307);
    const std::string location(reply.headers().value("location"));
    EXPECT_THAT(location, HasSubstr("/repositories/"));
    const auto made = send("POST", location.substr(ask.base_url.size()), R"({"title":"x"})");
    EXPECT_EQ(made.status(), 201);
    EXPECT_THAT(std::string(json(made)["url"].string_or("")), HasSubstr("/repos/octo/new-name/"));
}

TEST_F(GitHubIssues, the_newer_version_has_no_assignee) {
    EXPECT_FALSE(json(get(hello + "/issues/6"))["assignee"].missing());
    headers.set("x-github-api-version", "2026-03-10");
    const auto newer = get(hello + "/issues/6");
    EXPECT_TRUE(json(newer)["assignee"].missing());
    EXPECT_EQ(json(newer)["assignees"].size(), 1U);
    EXPECT_EQ(newer.headers().value("x-github-api-version-selected"), "2026-03-10");
}

TEST_F(GitHubIssues, the_same_seed_gives_the_same_bodies) {
    GitHubProvider other{make_world().value().github};
    AskProvider again{other};
    for (const auto* target : {"/issues?state=all", "/issues/5", "/issues/1/comments", "/labels",
                               "/pulls", "/contents", "/releases"}) {
        EXPECT_EQ(get(hello + target).body(), again.get(hello + target, headers).body()) << target;
    }
}

TEST_F(GitHubIssues, an_unchanged_issue_is_304_and_a_changed_one_is_not) {
    const auto first = get(hello + "/issues/1");
    headers.set("if-modified-since", std::string(first.headers().value("last-modified")));
    EXPECT_EQ(get(hello + "/issues/1").status(), 304);
    (void)send("PATCH", hello + "/issues/1", R"({"title":"other"})");
    EXPECT_EQ(get(hello + "/issues/1").status(), 200);
}

}  // namespace
}  // namespace apilab::sandbox::github
