#include "apilab/provider/github_filters.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace apilab::provider {
namespace {

using testing::HasSubstr;

SystemTime at_noon() {
    return SystemTime(std::chrono::sys_days(std::chrono::year(2026) / 11 / 27) +
                      std::chrono::hours(12) + std::chrono::milliseconds(1500));
}

std::string query_of(const GitHubIssues& filter) {
    return filter.query().value().to_string();
}

TEST(GitHubIssues, leaves_to_github_what_is_not_said) {
    EXPECT_EQ(query_of({}), "per_page=100");
}

TEST(GitHubIssues, writes_every_field_in_githubs_words) {
    EXPECT_EQ(
        query_of({.state = GitHubIssues::State::all,
                  .labels = {"good first issue", "bug"},
                  .assignee = "*",
                  .creator = "octo",
                  .mentioned = "hubot",
                  .milestone = "12",
                  .sort = GitHubIssues::Sort::updated,
                  .direction = GitHubIssues::Direction::asc,
                  .since = at_noon(),
                  .per_page = 30}),
        "state=all&labels=good%20first%20issue,bug&assignee=%2A&creator=octo&mentioned=hubot"
        "&milestone=12&sort=updated&direction=asc&since=2026-11-27T12%3A00%3A01Z&per_page=30");
}

TEST(GitHubIssues, names_the_field_that_cannot_be_asked_for) {
    struct Row {
        GitHubIssues filter;
        std::string_view field;
    };
    const std::array rows{
        Row{{.labels = {"bug", "a,b"}}, "labels[1]"},
        Row{{.labels = {""}}, "labels[0]"},
        Row{{.assignee = ""}, "assignee"},
        Row{{.creator = "a\r\nb"}, "creator"},
        Row{{.milestone = "v1"}, "milestone"},
        Row{{.milestone = ""}, "milestone"},
        Row{{.per_page = 0}, "per_page"},
        Row{{.per_page = 101}, "per_page"},
    };
    for (const auto& row : rows) {
        const auto query = row.filter.query();
        ASSERT_FALSE(query.has_value()) << row.field;
        EXPECT_EQ(query.error().kind(), ErrorKind::invalid_argument);
        EXPECT_THAT(query.error().message(), HasSubstr(row.field));
        EXPECT_THAT(query.error().message(), HasSubstr("expected"));
    }
}

TEST(GitHubAdvisories, writes_every_field_in_githubs_words) {
    const GitHubAdvisories filter{.type = GitHubAdvisories::Type::malware,
                                  .ecosystem = "npm",
                                  .severity = GitHubAdvisories::Severity::critical,
                                  .affects = {"@octo/util@1.0.0", "left-box"},
                                  .cwes = {"CWE-79"},
                                  .withdrawn = false,
                                  .modified_since = at_noon()};
    EXPECT_EQ(filter.query().value().to_string(),
              "type=malware&ecosystem=npm&severity=critical&affects=%40octo%2Futil%401.0.0,left-box"
              "&cwes=CWE-79&is_withdrawn=false&modified=%3E%3D2026-11-27&per_page=100");
}

TEST(GitHubAdvisories, names_the_field_that_cannot_be_asked_for) {
    struct Row {
        GitHubAdvisories filter;
        std::string_view field;
    };
    const std::array rows{
        Row{{.ecosystem = "NPM"}, "ecosystem"},
        Row{{.affects = {"a,b"}}, "affects[0]"},
        Row{{.affects = std::vector<std::string>(1001, "a")}, "affects"},
        Row{{.cwes = {"CWE 79,1"}}, "cwes[0]"},
    };
    for (const auto& row : rows) {
        const auto query = row.filter.query();
        ASSERT_FALSE(query.has_value()) << row.field;
        EXPECT_THAT(query.error().message(), HasSubstr(row.field));
    }
}

TEST(GitHubSearch, quotes_what_would_end_a_qualifier) {
    EXPECT_EQ(GitHubSearch()
                  .words("memory leak")
                  .phrase("use after \"free\"")
                  .is("issue")
                  .qualifier("repo", "octo/hello")
                  .without("label", "good first issue")
                  .qualifier("author", "x is:pr")
                  .since("created", at_noon())
                  .q()
                  .value(),
              "memory leak \"use after \\\"free\\\"\" is:issue repo:octo/hello "
              "-label:\"good first issue\" author:\"x is:pr\" created:>=2026-11-27");
}

TEST(GitHubSearch, refuses_what_github_does_not_take) {
    struct Row {
        GitHubSearch search;
        std::string_view what;
    };
    const std::array rows{
        Row{GitHubSearch(), "words or a qualifier"},
        Row{GitHubSearch().words(""), "words"},
        Row{GitHubSearch().phrase(""), "phrase"},
        Row{GitHubSearch().qualifier("repo", ""), "repo"},
        Row{GitHubSearch().qualifier("repo", "a\nb"), "repo"},
        Row{GitHubSearch().qualifier("Repo", "a"), "qualifier"},
        Row{GitHubSearch().qualifier("is:pr x", "a"), "qualifier"},
        Row{GitHubSearch().qualifier("", "a"), "qualifier"},
        Row{GitHubSearch().without("", "a"), "qualifier"},
        Row{GitHubSearch().words(std::string(257, 'x')), "256"},
        Row{GitHubSearch().words("a OR b OR c OR d OR e OR f OR g"), "5"},
    };
    for (const auto& row : rows) {
        const auto q = row.search.q();
        ASSERT_FALSE(q.has_value()) << row.what;
        EXPECT_EQ(q.error().kind(), ErrorKind::invalid_argument);
        EXPECT_THAT(q.error().message(), HasSubstr(row.what));
    }
    EXPECT_TRUE(GitHubSearch().words("a OR b OR c OR d OR e OR f").q().has_value());
}

}  // namespace
}  // namespace apilab::provider
