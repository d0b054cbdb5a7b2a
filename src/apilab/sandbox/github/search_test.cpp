#include <chrono>

#include "apilab/sandbox/github/internal/search_query.hpp"
#include "apilab/sandbox/github/internal/test_github.hpp"

namespace apilab::sandbox::github {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class GitHubSearch : public GitHubTest {
protected:
    std::int64_t count(std::string_view q) {
        const auto reply = get("/search/issues?q=" + std::string(q));
        return json(reply)["total_count"].integer().value_or(-1);
    }
};

TEST_F(GitHubSearch, words_and_qualifiers_have_to_fit_all) {
    EXPECT_EQ(count("repo:octo/hello"), 157);
    EXPECT_EQ(count("repo:octo/hello+is:open") + count("repo:octo/hello+is:closed"), 157);
    EXPECT_EQ(count("repo:octo/hello+is:pr") + count("repo:octo/hello+is:issue"), 157);
    EXPECT_EQ(count("repo:octo/hello+label:%22good+first+issue%22"), 22);
    EXPECT_EQ(count("repo:octo/hello+-label:bug+label:bug"), 0);
    EXPECT_EQ(count("repo:octo/hello+author:MONA"), 53);
    EXPECT_EQ(count("%22forgets+the+name%22+in:title+repo:octo/hello"), 20);
    EXPECT_EQ(count("repo:octo/hello+created:%3C2024-01-18"), 1);
    EXPECT_EQ(count("nothing-like-this"), 0);
    EXPECT_GT(count("user:octo"), 157);
}

TEST_F(GitHubSearch, results_are_an_object_in_pages_with_scores) {
    const auto reply = get("/search/issues?q=repo:octo/hello&sort=created&order=asc&per_page=3");
    EXPECT_THAT(column(reply, "number"), ElementsAre("1", "2", "3"));
    EXPECT_THAT(std::string(reply.headers().value("link")),
                HasSubstr(ask.base_url + "/search/issues?"));
    EXPECT_EQ(json(reply)["incomplete_results"].boolean(), false);
    EXPECT_EQ(json(reply).at_pointer("/items/0/score").number(), 1.0);
    (void)send("POST", hello + "/issues", R"({"title":"sesame seeds"})");
    EXPECT_EQ(count("sesame"), 1) << "what was written is found";
}

TEST_F(GitHubSearch, what_cannot_be_searched_is_422) {
    EXPECT_EQ(error_of(get("/search/issues")), "Search.q missing");
    EXPECT_EQ(error_of(get("/search/issues?q=repo:octo/none")), "Search.q invalid");
    EXPECT_THAT(get("/search/issues?q=x&per_page=100&page=11").body(),
                HasSubstr("first 1000 search results"));
    EXPECT_EQ(error_of(get("/search/code?q=repo:octo/hello")), "Search.q invalid");
    EXPECT_EQ(ask.get("/search/code?q=greet").status(), 401);
}

TEST_F(GitHubSearch, repositories_and_code_are_found) {
    EXPECT_THAT(column(get("/search/repositories?q=talk+user:octo"), "full_name"),
                ElementsAre("octo/hello"));
    EXPECT_THAT(column(get("/search/repositories?q=archived:true+user:octo"), "full_name"),
                ElementsAre("octo/dropped", "octo/shelved"));
    EXPECT_THAT(column(get("/search/code?q=greet+repo:octo/hello+extension:js"), "path"),
                ElementsAre("src/index.js", "src/lib/greet.js"));
}

TEST_F(GitHubSearch, has_a_bucket_of_its_own_by_the_minute) {
    for (int i = 0; i < 30; ++i) {
        const auto reply = get("/search/issues?q=x");
        ASSERT_EQ(reply.status(), 200);
        ASSERT_EQ(reply.headers().value("x-ratelimit-resource"), "search");
        ASSERT_EQ(reply.headers().value("x-ratelimit-remaining"), std::to_string(29 - i));
    }
    const auto over = get("/search/issues?q=x");
    EXPECT_EQ(over.status(), 403);
    EXPECT_EQ(over.headers().value("x-ratelimit-limit"), "30");
    EXPECT_EQ(over.headers().value("x-ratelimit-reset"), std::to_string(1'790'000'000 + 60));
    EXPECT_EQ(get(hello).status(), 200) << "the other bucket is not touched";
    const auto overview = get("/rate_limit");
    EXPECT_EQ(json(overview)["resources"]["search"]["remaining"].integer(), 0);
    EXPECT_EQ(json(overview)["resources"]["core"]["used"].integer(), 1);
    EXPECT_GE(json(overview)["resources"].size(), 11U);
    ask.system_now += std::chrono::minutes(1);
    EXPECT_EQ(get("/search/issues?q=x").status(), 200);
    EXPECT_EQ(ask.get("/search/issues?q=x").headers().value("x-ratelimit-limit"), "10");
}

TEST(SearchQuery, quotes_keep_words_together_and_a_minus_turns_around) {
    const auto query = parse_search(R"(Open "two Words" -label:"good first issue" in:title a:b)");
    ASSERT_EQ(query.terms.size(), 5U);
    EXPECT_EQ(query.terms[0].value, "open");
    EXPECT_EQ(query.terms[1].value, "two words");
    EXPECT_EQ(query.terms[2].qualifier, "label");
    EXPECT_EQ(query.terms[2].value, "good first issue");
    EXPECT_TRUE(query.terms[2].negated);
    EXPECT_EQ(query.terms[4].qualifier, "") << "an unknown one is a word";
    EXPECT_EQ(query.terms[4].value, "a:b");
}

TEST(SearchQuery, times_are_compared_as_far_as_they_are_written) {
    EXPECT_TRUE(time_fits(">=2024-01", "2024-01-15T08:00:00Z"));
    EXPECT_FALSE(time_fits(">2024-01-15", "2024-01-15T08:00:00Z"));
    EXPECT_TRUE(time_fits("2024-01-15", "2024-01-15T08:00:00Z"));
    EXPECT_TRUE(time_fits("2024-01-01..2024-01-15", "2024-01-15T08:00:00Z"));
    EXPECT_FALSE(time_fits("*..2024-01-14", "2024-01-15T08:00:00Z"));
}

}  // namespace
}  // namespace apilab::sandbox::github
