#include "apilab/sandbox/notion/internal/moments.hpp"
#include "apilab/sandbox/notion/internal/test_notion.hpp"

namespace apilab::sandbox::notion {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class NotionQuery : public NotionWorld {
protected:
    std::size_t count(const std::string& filter) {
        return size(query("{\"filter\":" + filter + "}"), "/results");
    }
    std::string refused(const std::string& filter) {
        const auto answer = query("{\"filter\":" + filter + "}");
        return answer.status() == 400 ? text(answer, "/message") : "none";
    }
};

TEST_F(NotionQuery, filters_know_every_type_of_property) {
    EXPECT_EQ(count(R"({"property":"Name","title":{"ends_with":"010"}})"), 1U);
    EXPECT_EQ(count(R"({"property":"Key","rich_text":{"does_not_contain":"task-0"}})"), 31U);
    EXPECT_EQ(count(R"({"property":"Score","number":{"greater_than_or_equal_to":9}})"), 13U);
    EXPECT_EQ(count(R"({"property":"Status","status":{"equals":"Done"}})"), 43U);
    EXPECT_EQ(count(R"({"property":"Tags","multi_select":{"contains":"release"}})"), 26U);
    EXPECT_EQ(count(R"({"property":"People","people":{"is_not_empty":true}})"), 26U);
    EXPECT_EQ(count(R"({"property":"Files","files":{"is_not_empty":true}})"), 26U);
    EXPECT_EQ(count(R"({"property":"Email","email":{"starts_with":"task-5@"}})"), 1U);
    EXPECT_EQ(count(R"({"property":"Due","date":{"on_or_before":"2026-01-06"}})"), 5U);
    EXPECT_EQ(count(R"({"property":"Double","formula":{"number":{"equals":18}}})"), 13U);
    EXPECT_EQ(count(R"({"property":"Related score","rollup":{"number":{"greater_than":0}}})"), 1U);
    EXPECT_EQ(count(R"({"property":"Related names","rollup":{"any":{"title":{"equals":)"
                    R"("Task 002"}}}})"),
              1U);
    EXPECT_EQ(count(R"({"property":"Number","unique_id":{"less_than":4}})"), 3U);
    EXPECT_EQ(count(R"({"property":"sC%3Dr","number":{"equals":1}})"), 13U) << "by its id";
}

TEST_F(NotionQuery, filters_that_cannot_be_are_refused) {
    EXPECT_THAT(refused(R"({"property":"No","title":{"equals":"x"}})"), HasSubstr("No"));
    EXPECT_NE(refused(R"({"property":"Name","title":{"is_prime":true}})"), "none");
    EXPECT_NE(refused(R"({"property":"Name","number":{"equals":1}})"), "none");
    EXPECT_NE(refused(R"({"property":"Score","number":{"equals":"1"}})"), "none");
    EXPECT_NE(refused(R"({"timestamp":"moon","moon":{"after":"2026-01-01"}})"), "none");
    const std::string leaf = R"({"property":"Score","number":{"equals":1}})";
    const auto both = [](const std::string& one) { return R"({"and":[)" + one + "]}"; };
    EXPECT_EQ(refused(both(both(leaf))), "none");
    EXPECT_THAT(refused(both(both(both(leaf)))), HasSubstr("too deeply"));
}

TEST_F(NotionQuery, sorts_go_by_property_and_time_and_leave_the_empty_for_last) {
    const auto sorted = [&](const std::string& sorts) {
        return names(query(R"({"page_size":3,"sorts":[)" + sorts + "]}"));
    };
    EXPECT_THAT(sorted(R"({"property":"Name","direction":"descending"})"),
                ElementsAre("Task 130", "Task 129", "Task 128"));
    EXPECT_THAT(sorted(R"({"property":"Score","direction":"descending"},)"
                       R"({"timestamp":"created_time","direction":"descending"})"),
                ElementsAre("Task 129", "Task 119", "Task 109"));
    EXPECT_THAT(sorted(R"({"property":"Severity"})"),
                ElementsAre("Task 004", "Task 008", "Task 012"))
        << "in the order of the options";
    EXPECT_THAT(sorted(R"({"property":"Due","direction":"descending"})"),
                ElementsAre("Task 055", "Task 110", "Task 025"));
    EXPECT_EQ(query(R"({"sorts":[{"property":"No"}]})").status(), 400);
    EXPECT_EQ(query(R"({"sorts":[{"property":"Name","direction":"up"}]})").status(), 400);
}

TEST_F(NotionQuery, a_query_ends_at_10000_rows_and_says_so) {
    NotionProvider small({.burst = 100, .rows_max = 120});
    const AskProvider narrow(small);
    const http::Headers headers{{"authorization", "Bearer ntn_stub"},
                                {"notion-version", "2025-09-03"}};
    const auto path = "/v1/data_sources/" + source + "/query";
    const auto first = narrow.send("POST", path, headers, "{}");
    EXPECT_FALSE(first.body().contains("request_status"));
    const auto last = narrow.send("POST", path, headers,
                                  R"({"start_cursor":)" + field(first, "/next_cursor") + "}");
    EXPECT_EQ(size(last, "/results"), 20U);
    EXPECT_EQ(field(last, "/has_more"), "false");
    EXPECT_EQ(text(last, "/request_status/type"), "incomplete");
    EXPECT_EQ(text(last, "/request_status/incomplete_reason"), "query_result_limit_reached");
    const auto window = narrow.send("POST", path, headers,
                                    R"({"filter":{"timestamp":"created_time","created_time":)"
                                    R"({"before":"2025-11-02"}}})");
    EXPECT_FALSE(window.body().contains("request_status")) << "a window of time is short enough";
    small.set_items(120);
    small.reset();
    EXPECT_TRUE(narrow
                    .send("POST", path, headers,
                          R"({"page_size":100,"filter":{"property":"Number","unique_id":)"
                          R"({"greater_than":120}}})")
                    .body()
                    .contains("\"TASK\""))
        << "a scenario's items make the world one page too long";
}

TEST_F(NotionQuery, a_search_finds_pages_and_data_sources_by_title) {
    const auto found = [&](const std::string& body, const std::string& version = "2025-09-03") {
        return call("POST", "/v1/search", body, version);
    };
    EXPECT_EQ(size(found(R"({"query":"task 01"})"), "/results"), 10U);
    const auto source_only = found(R"({"filter":{"property":"object","value":"data_source"}})");
    EXPECT_EQ(size(source_only, "/results"), 1U);
    EXPECT_EQ(text(source_only, "/results/0/object"), "data_source");
    EXPECT_EQ(found(R"({"filter":{"property":"object","value":"database"}})").status(), 400);
    EXPECT_EQ(text(found(R"({"filter":{"property":"object","value":"database"}})", "2022-06-28"),
                   "/results/0/object"),
              "database");
    const auto newest = found(
        R"({"sort":{"timestamp":"last_edited_time","direction":"descending"},"page_size":1})");
    EXPECT_EQ(names(newest), std::vector<std::string>{"Task 130"});
}

TEST_F(NotionQuery, only_the_properties_that_were_asked_for) {
    const auto some =
        call("POST",
             "/v1/data_sources/" + source +
                 "/query?filter_properties%5B%5D=title&filter_properties%5B%5D=sC%253Dr",
             R"({"page_size":1})");
    EXPECT_EQ(size(some, "/results/0/properties"), 2U);
    EXPECT_NE(field(some, "/results/0/properties/Score"), "null");
}

TEST(NotionMoments, a_date_is_its_whole_day_and_offsets_count) {
    const SystemTime now(std::chrono::seconds(1'790'000'000));  // 2026-09-21, a Monday
    const auto fits = [&](std::string_view held, std::string_view operation,
                          std::string_view wanted) {
        return moment_fits(held, operation, wanted, now);
    };
    EXPECT_EQ(fits("2026-01-05T10:00:00.000Z", "equals", "2026-01-05"), true);
    EXPECT_EQ(fits("2026-01-05T10:00:00.000Z", "after", "2026-01-05"), false);
    EXPECT_EQ(fits("2026-01-05T10:00:00.000Z", "on_or_before", "2026-01-05"), true);
    EXPECT_EQ(fits("2026-01-05T10:00:00+02:00", "equals", "2026-01-05T08:00:00Z"), true);
    EXPECT_EQ(fits("2026-09-20", "past_week", ""), true);
    EXPECT_EQ(fits("2026-09-20", "this_week", ""), false);
    EXPECT_EQ(fits("2026-10-20", "next_month", ""), true);
    EXPECT_EQ(fits("", "is_empty", ""), true);
    EXPECT_EQ(fits("2026-09-20", "after", "soon"), std::nullopt);
    EXPECT_EQ(fits("2026-09-20", "beside", "2026-09-20"), std::nullopt);
}

}  // namespace
}  // namespace apilab::sandbox::notion
