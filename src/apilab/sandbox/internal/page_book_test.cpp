#include "apilab/sandbox/internal/page_book.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <set>

#include "apilab/sandbox/internal/test_walker.hpp"

namespace apilab::sandbox::internal {
namespace {

struct Kind {
    std::string name;
    std::string where;
    WalkRules rules;
    // Pages and items of the unharmed list.
    std::size_t pages = 0;
    std::size_t items = 0;
};

std::vector<Kind> kinds() {
    const http::Headers slack{{"authorization", "Bearer xoxb-stub"}};
    const http::Headers notion{{"authorization", "Bearer ntn_stub"},
                               {"notion-version", "2022-06-28"}};
    std::vector<Kind> all;
    all.push_back({"link", "api:list_items_link", {.first = "/api/items/link?limit=40"}, 4, 160});
    all.push_back({"url",
                   "api:list_items_next",
                   {.first = "/api/items/next?limit=40", .items = "/items", .next = "/next"},
                   4,
                   160});
    all.push_back({"cursor",
                   "api:list_items_cursor",
                   {.first = "/api/items/cursor?limit=40",
                    .items = "/items",
                    .next = "/next_cursor",
                    .asked = "cursor"},
                   4,
                   160});
    all.push_back({"github",
                   "github:GET *",
                   {.first = "/github/repos/octo/hello/releases?per_page=1"},
                   4,
                   4});
    all.push_back({"slack",
                   "slack:users.list",
                   {.first = "/slack/api/users.list?limit=70",
                    .method = "POST",
                    .items = "/members",
                    .next = "/response_metadata/next_cursor",
                    .asked = "cursor",
                    .headers = slack},
                   4,
                   260});
    all.push_back({"osv",
                   "osv:query",
                   {.first = "/osv/v1/query",
                    .method = "POST",
                    .body = R"({"package":{"name":"lodash","ecosystem":"npm"}})",
                    .items = "/vulns",
                    .next = "/next_page_token",
                    .asked = "page_token"},
                   0,
                   0});
    all.push_back({"notion",
                   "notion:search",
                   {.first = "/notion/v1/search",
                    .method = "POST",
                    .body = R"({"page_size":40})",
                    .items = "/results",
                    .next = "/next_cursor",
                    .asked = "start_cursor",
                    .headers = notion},
                   0,
                   0});
    return all;
}

Kind measured(Kind kind) {
    Walker walker;
    const auto walked = walk(walker, kind.rules);
    kind.pages = walked.requests;
    kind.items = walked.ids.size();
    return kind;
}

std::size_t distinct(const Walked& walked) {
    return std::set(walked.ids.begin(), walked.ids.end()).size();
}

std::vector<Kind> kinds_with_pages() {
    std::vector<Kind> all;
    for (auto& kind : kinds()) {
        auto known = measured(std::move(kind));
        EXPECT_GT(known.items, 0U) << known.name;
        if (known.pages >= 3) {
            all.push_back(std::move(known));
        }
    }
    EXPECT_GE(all.size(), 6U);
    return all;
}

Walked under(const Kind& kind, std::string_view fault, std::string_view when = "") {
    Walker walker(page_fault(kind.where, fault, when));
    return walk(walker, kind.rules);
}

TEST(PageItems, a_scenario_gives_shorter_pages_than_were_asked_for_and_every_item_all_the_same) {
    for (const auto* first :
         {"/github/repos/octo/hello/releases?per_page=100", "/github/repos/octo/hello/releases"}) {
        const WalkRules rules{.first = first};
        Walker whole;
        const auto all = walk(whole, rules);
        EXPECT_EQ(all.requests, 1U);
        Walker walker("name = \"short\"\npage_items = 3\n");
        const auto walked = walk(walker, rules);
        EXPECT_EQ(walked.requests, 2U) << first;
        EXPECT_EQ(walked.ids, all.ids) << first;
        EXPECT_EQ(walker.judged("PAG-01").verdict, Verdict::pass) << "one list, whatever was asked";
    }
    // Who asks for fewer gets fewer.
    Walker walker("name = \"short\"\npage_items = 3\n");
    EXPECT_EQ(walk(walker, {.first = "/github/repos/octo/hello/releases?per_page=1"}).requests, 4U);
}

TEST(PageFaults, a_list_that_should_end_begins_anew) {
    for (const auto& kind : kinds_with_pages()) {
        const auto walked = under(kind, "loop");
        EXPECT_EQ(walked.requests, kind.pages) << kind.name;
        EXPECT_EQ(distinct(walked), kind.items) << kind.name;
    }
}

TEST(PageFaults, a_page_leads_back_to_the_one_before_or_to_itself) {
    for (const auto& kind : kinds_with_pages()) {
        EXPECT_EQ(under(kind, "cycle").requests, 3U) << kind.name;
        EXPECT_EQ(under(kind, "repeat").requests, 2U) << kind.name;
        EXPECT_EQ(under(kind, "cycle", "nth = 2").requests, kind.pages) << kind.name;
    }
}

TEST(PageFaults, an_empty_page_with_a_token_keeps_its_items_for_the_next) {
    for (const auto& kind : kinds_with_pages()) {
        for (const auto* when : {"", "first = 1", "nth = 2"}) {
            const auto walked = under(kind, "empty_with_token", when);
            EXPECT_EQ(walked.requests, kind.pages) << kind.name;
            EXPECT_EQ(walked.ids.size(), kind.items) << kind.name << when;
            EXPECT_EQ(distinct(walked), kind.items) << kind.name << when;
        }
    }
}

TEST(PageFaults, an_item_that_moved_is_on_two_pages_and_none_is_missing) {
    for (const auto& kind : kinds_with_pages()) {
        const auto walked = under(kind, "moving");
        EXPECT_EQ(walked.ids.size(), kind.items + kind.pages - 1) << kind.name;
        EXPECT_EQ(distinct(walked), kind.items) << kind.name;
    }
}

TEST(PageFaults, a_token_that_expired_is_refused_as_the_provider_refuses) {
    for (const auto& kind : kinds_with_pages()) {
        const auto walked = under(kind, "expired", "nth = 3");
        const bool numbers = kind.name == "link" || kind.name == "github";
        EXPECT_EQ(walked.requests, numbers ? kind.pages : 3U) << kind.name;
        if (kind.name == "slack") {
            EXPECT_TRUE(walked.body.contains("invalid_cursor"));
        } else if (!numbers) {
            EXPECT_EQ(walked.status, 400) << kind.name;
        }
    }
}

TEST(PageFaults, a_link_leads_to_another_origin_and_a_token_does_not) {
    for (const auto& kind : kinds_with_pages()) {
        Walker walker(page_fault(kind.where, "foreign_next", "first = 1"));
        const auto walked = walk(walker, kind.rules);
        const bool away = kind.rules.asked.empty();
        EXPECT_EQ(walker.sandbox->numbers().at("foreign requests"), away ? 1 : 0) << kind.name;
        EXPECT_EQ(walked.ids.size() < kind.items, away) << kind.name;
    }
}

TEST(PageFaults, notion_ends_a_list_at_its_cap_and_says_so) {
    Walker walker(page_fault("notion:search", "incomplete", "nth = 2"));
    const auto walked = walk(walker, kinds().back().rules);
    EXPECT_EQ(walked.requests, 2U);
    EXPECT_TRUE(walked.body.contains(R"("has_more":false)")) << walked.body.substr(0, 200);
    EXPECT_TRUE(walked.body.contains("query_result_limit_reached"));
}

TEST(PageFaults, a_total_says_one_page_more_than_there_is) {
    Walker walker(page_fault("api:list_items_page", "count_mismatch"));
    const auto reply = walker.get("/api/items/page?limit=40");
    EXPECT_TRUE(reply.body.contains(R"("total":200)"));
    EXPECT_TRUE(reply.body.contains(R"("pages":5)"));
    EXPECT_EQ(walker.fact("page_fault"), "count_mismatch");
}

TEST(PageFaults, pages_that_are_counted_can_be_empty_and_move) {
    for (const std::string base :
         {"/api/items/page?limit=40&page=", "/api/items/offset?limit=40&offset="}) {
        const bool pages = base.contains("page=");
        Walker walker(page_fault("api:*", "empty_with_token", "nth = 2"));
        std::vector<std::size_t> counts;
        for (int i = 0; i < 4; ++i) {
            (void)walker.get(base + std::to_string(pages ? i + 1 : i * 40));
            counts.push_back(std::stoul(walker.fact("page_items")));
        }
        EXPECT_EQ(counts, (std::vector<std::size_t>{40, 0, 80, 40})) << base;
        Walker moving(page_fault("api:*", "moving", "nth = 2"));
        const auto first = moving.get(base + (pages ? "1" : "0"));
        const auto ids = moving.fact("page_ids");
        (void)moving.get(base + (pages ? "2" : "40"));
        EXPECT_TRUE(moving.fact("page_ids").starts_with(ids.substr(ids.rfind(' ') + 1))) << base;
    }
}

TEST(PageFaults, a_page_that_was_changed_bears_no_tag_of_the_one_before) {
    Walker walker(page_fault("github:GET *", "foreign_next", "first = 1"));
    const std::string target = "/github/repos/octo/hello/releases?per_page=1";
    // The link is a header: the body, and with it the tag, stays.
    EXPECT_TRUE(walker.get(target).headers.contains("etag"));
    Walker empty(page_fault("github:GET *", "empty_with_token", "first = 1"));
    const auto reply = empty.get(target);
    EXPECT_EQ(reply.body, "[]");
    EXPECT_FALSE(reply.headers.contains("etag"));
    EXPECT_TRUE(empty.get(target).headers.contains("etag"));
}

TEST(PageFaults, a_batch_has_tokens_of_its_own_for_each_question) {
    Walker walker(page_fault("osv:query_batch", "empty_with_token", "first = 1"));
    const std::string one = R"({"package":{"name":"lodash","ecosystem":"npm"}})";
    const std::string none = R"({"package":{"name":"no-such-thing","ecosystem":"npm"}})";
    (void)walker.send("POST", "/osv/v1/querybatch", R"({"queries":[)" + one + "," + none + "]}");
    EXPECT_EQ(walker.fact("page_fault"), "empty_with_token");
    EXPECT_EQ(std::ranges::count(walker.fact("batch_next"), '='), 1);
    const auto batch = walker.fact("batch");
    EXPECT_EQ(std::ranges::count(batch, ' '), 1) << batch;
    EXPECT_FALSE(batch.contains('=')) << batch;
}

TEST(PageFacts, a_row_says_what_was_asked_and_what_was_issued) {
    Walker walker("name = \"x\"\nitems = 12");
    const auto first = walker.get("/api/items/link?limit=5&state=all");
    EXPECT_EQ(walker.fact("page_by"), "link");
    EXPECT_EQ(walker.fact("page_size"), "5/100");
    EXPECT_EQ(walker.fact("page_items"), "5");
    EXPECT_EQ(walker.fact("page_ids"), "itm_0012 itm_0011 itm_0010 itm_0009 itm_0008");
    EXPECT_EQ(walker.fact("page_asked"), "");
    const auto next = walker.fact("page_next");
    const auto list = walker.fact("list");
    EXPECT_EQ(next, "/items/link?limit=5&state=all&page=2");
    (void)walker.get("/api" + next);
    EXPECT_EQ(walker.fact("page_asked"), next);
    EXPECT_EQ(walker.fact("list"), list);
    (void)walker.get("/api/items/link?limit=5&state=open");
    EXPECT_NE(walker.fact("list"), list);
    (void)walker.get("/api/items/cursor?limit=11");
    const auto cursor = walker.fact("page_next");
    EXPECT_FALSE(cursor.empty());
    (void)walker.get("/api/items/cursor?limit=11&cursor=" + http::percent_encode(cursor));
    EXPECT_EQ(walker.fact("page_asked"), cursor);
    EXPECT_FALSE(walker.facts().contains("page_next"));
}

TEST(PageFacts, a_page_that_failed_says_what_was_asked_all_the_same) {
    Walker walker("name = \"x\"\n[[fault]]\nwhere = \"api:*\"\nwhat = { status = 503 }\n");
    (void)walker.get("/api/items/offset?limit=5&offset=10");
    EXPECT_EQ(walker.fact("page_asked"), "10");
    EXPECT_FALSE(walker.facts().contains("page_items"));
}

TEST(PageFacts, a_secret_in_a_url_is_not_written_down) {
    Walker walker;
    (void)walker.get("/api/items/link?limit=5&page=2&api_key=api_stub");
    EXPECT_FALSE(walker.fact("page_asked").contains("api_stub"));
    EXPECT_FALSE(walker.fact("page_next").contains("api_stub"));
    EXPECT_NE(walker.fact("page_next"), "");
}

TEST(PageFaults, are_read_with_their_limits) {
    const auto detail = [](const std::string& what) {
        const auto fault = parse_fault_text(R"({"where":"*:*","what":)" + what + "}");
        return fault ? std::string("good") : fault.error().detail();
    };
    EXPECT_EQ(detail(R"({"page":"loop","delay":"1s"})"), "good");
    EXPECT_EQ(detail(R"({"page":"backwards"})"), "/what/page");
    EXPECT_EQ(detail(R"({"page":"loop","status":503})"), "/what/page");
    EXPECT_EQ(detail(R"({"page":7})"), "/what/page");
}

}  // namespace
}  // namespace apilab::sandbox::internal
