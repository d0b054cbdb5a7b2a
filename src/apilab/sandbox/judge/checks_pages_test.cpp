// Each check has a client that passes, one that fails, and one that does nothing.

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

#include "apilab/sandbox/internal/test_walker.hpp"

namespace apilab::sandbox {
namespace {

using internal::page_fault;
using internal::walk;
using internal::Walker;
using internal::WalkRules;

WalkRules by_link() {
    return {.first = "/api/items/link?limit=40"};
}
WalkRules by_cursor() {
    return {.first = "/api/items/cursor?limit=40",
            .items = "/items",
            .next = "/next_cursor",
            .asked = "cursor"};
}

std::string cursor_on(Walker& walker) {
    return http::percent_encode(walker.fact("page_next"));
}

constexpr std::string_view cursors = "/api/items/cursor?limit=40&cursor=";

TEST(PageChecks, who_does_nothing_is_not_judged) {
    Walker walker;
    for (const auto* id : {"PAG-01", "PAG-02", "PAG-03", "PAG-04", "PAG-05", "PAG-06", "PAG-07",
                           "PAG-08", "PAG-09", "PAG-10", "PAG-11"}) {
        EXPECT_EQ(walker.judged(id).reason, UnknownReason::not_exercised) << id;
    }
}

TEST(PageChecks, links_and_cursors_followed_as_given_pass) {
    Walker walker;
    EXPECT_EQ(walk(walker, by_link()).ids.size(), 160U);
    EXPECT_EQ(walk(walker, by_cursor()).ids.size(), 160U);
    const auto found = walker.judged("PAG-01");
    EXPECT_EQ(found.verdict, Verdict::pass) << found.sentence;
}

TEST(PageChecks, who_makes_the_next_page_up_fails) {
    Walker walker;
    (void)walker.get("/api/items/link?limit=40");
    (void)walker.get("/api/items/link?page=2&limit=40");  // the same page, and not as it was given
    EXPECT_EQ(walker.judged("PAG-01").verdict, Verdict::fail);
}

TEST(PageChecks, who_does_not_encode_a_cursor_fails) {
    Walker walker;
    (void)walker.get("/api/items/cursor?limit=40");
    (void)walker.get(std::string(cursors) + walker.fact("page_next"));  // its + became a space
    EXPECT_EQ(walker.judged("PAG-01").verdict, Verdict::fail);
}

TEST(PageChecks, who_asks_beyond_the_end_fails) {
    Walker walker;
    (void)walk(walker, by_link());
    (void)walker.get("/api/items/link?limit=40&page=5");
    EXPECT_EQ(walker.judged("PAG-01").verdict, Verdict::fail);
}

TEST(PageChecks, a_walk_taken_up_again_from_before_the_run_is_not_made_up) {
    Walker walker;
    (void)walker.get("/api/items/link?limit=40&page=3");
    EXPECT_EQ(walker.judged("PAG-01").reason, UnknownReason::not_exercised);
}

TEST(PageChecks, a_circle_is_left_or_not) {
    for (const auto* kind : {"loop", "cycle", "repeat"}) {
        Walker good(page_fault("api:*", kind));
        (void)walk(good, by_cursor());
        EXPECT_EQ(good.judged("PAG-02").verdict, Verdict::pass) << kind;
        Walker giddy(page_fault("api:*", kind));
        (void)giddy.get("/api/items/cursor?limit=40");
        for (int i = 0; i < 12; ++i) {
            (void)giddy.get(std::string(cursors) + cursor_on(giddy));
        }
        EXPECT_EQ(giddy.judged("PAG-02").verdict, Verdict::fail) << kind;
    }
}

TEST(PageChecks, an_empty_page_with_a_token_is_not_the_end) {
    const auto scenario = page_fault("api:*", "empty_with_token", "nth = 2");
    Walker good(scenario);
    (void)walk(good, by_cursor());
    EXPECT_EQ(good.judged("PAG-03").verdict, Verdict::pass);
    Walker hasty(scenario);
    (void)hasty.get("/api/items/cursor?limit=40");
    (void)hasty.get(std::string(cursors) + cursor_on(hasty));
    EXPECT_EQ(hasty.judged_so_far("PAG-03").reason, UnknownReason::inconclusive);
    EXPECT_EQ(hasty.judged("PAG-03").verdict, Verdict::fail);
}

std::string one_503(int nth) {
    return "name = \"x\"\n[[fault]]\nwhere = \"api:*\"\nwhat = { status = 503 }\nwhen = { nth = " +
           std::to_string(nth) + " }\n";
}

TEST(PageChecks, a_page_that_failed_is_where_it_goes_on) {
    Walker good(one_503(2));
    (void)good.get("/api/items/cursor?limit=40");
    const auto next = cursor_on(good);
    (void)good.get(std::string(cursors) + next);
    (void)good.get(std::string(cursors) + next);
    EXPECT_EQ(good.judged("PAG-04").verdict, Verdict::pass);

    Walker anew(one_503(2));
    (void)anew.get("/api/items/cursor?limit=40");
    (void)anew.get(std::string(cursors) + cursor_on(anew));
    (void)walk(anew, by_cursor());
    EXPECT_EQ(anew.judged("PAG-04").verdict, Verdict::fail);

    Walker skips(one_503(2));
    for (const auto* page : {"1", "2", "3"}) {
        (void)skips.get(std::string("/api/items/page?page=") + page);
    }
    EXPECT_EQ(skips.judged("PAG-04").verdict, Verdict::fail);

    Walker gone(one_503(2));
    (void)gone.get("/api/items/cursor?limit=40");
    (void)gone.get(std::string(cursors) + cursor_on(gone));
    EXPECT_EQ(gone.judged("PAG-04").reason, UnknownReason::inconclusive);
}

TEST(PageChecks, pages_asked_for_ahead_of_one_that_failed_skip_nothing) {
    Walker ahead(one_503(2));
    for (const auto* page : {"1", "2", "3", "2", "4"}) {
        (void)ahead.get(std::string("/api/items/page?page=") + page);
    }
    EXPECT_EQ(ahead.judged("PAG-04").verdict, Verdict::pass);
}

TEST(PageChecks, a_token_too_old_is_begun_anew_once) {
    Walker stops(page_fault("api:*", "expired"));
    (void)walk(stops, by_cursor());
    EXPECT_EQ(stops.judged("PAG-05").verdict, Verdict::pass);
    Walker once(page_fault("api:*", "expired"));
    (void)walk(once, by_cursor());
    (void)walk(once, by_cursor());
    EXPECT_EQ(once.judged("PAG-05").verdict, Verdict::pass);
    Walker again(page_fault("api:*", "expired"));
    for (int i = 0; i < 3; ++i) {
        (void)walk(again, by_cursor());
    }
    EXPECT_EQ(again.judged("PAG-05").verdict, Verdict::fail);
    Walker stubborn(page_fault("api:*", "expired"));
    (void)stubborn.get("/api/items/cursor?limit=40");
    const auto next = cursor_on(stubborn);
    for (int i = 0; i < 5; ++i) {
        (void)stubborn.get(std::string(cursors) + next);
    }
    EXPECT_EQ(stubborn.judged("PAG-05").verdict, Verdict::fail);
}

TEST(PageChecks, credentials_do_not_go_to_a_next_page_elsewhere) {
    for (const auto* header : {"", "authorization", "x-api-key"}) {
        Walker walker(page_fault("api:*", "foreign_next"));
        (void)walker.get("/api/items/link?limit=40");
        http::Headers headers;
        if (*header != '\0') {
            headers.add(header, "Bearer api_bearer_stub");
        }
        (void)walker.get(walker.fact("page_next"), headers);
        EXPECT_EQ(walker.judged("PAG-06").verdict, *header != '\0' ? Verdict::fail : Verdict::pass)
            << header;
    }
    Walker refuses(page_fault("api:*", "foreign_next"));
    (void)refuses.get("/api/items/link?limit=40");
    EXPECT_EQ(refuses.judged("PAG-06").verdict, Verdict::pass);
}

TEST(PageChecks, an_item_on_two_pages_is_looked_at_once) {
    for (const bool dedupes : {true, false}) {
        Walker walker(page_fault("api:*", "moving"));
        const auto walked = walk(walker, by_link());
        std::set<std::string> seen;
        for (const auto& id : walked.ids) {
            if (!dedupes || seen.insert(id).second) {
                (void)walker.get("/api/items/" + id);
            }
        }
        EXPECT_EQ(walker.judged("PAG-07").verdict, dedupes ? Verdict::pass : Verdict::fail);
    }
}

TEST(PageChecks, only_what_has_more_of_a_batch_is_asked_again) {
    const auto query = [](const std::string& name, const std::string& token) {
        return R"({"package":{"name":")" + name + R"(","ecosystem":"npm"})" +
               (token.empty() ? "" : R"(,"page_token":")" + token + "\"") + "}";
    };
    for (const bool all : {false, true}) {
        Walker walker;
        const auto first = walker.send(
            "POST", "/osv/v1/querybatch",
            R"({"queries":[)" + query("lodash", "") + "," + query("no-such-thing", "") + "]}");
        const auto document = http::JsonDocument::parse(first.body);
        const std::string token(
            document->root().at_pointer("/results/0/next_page_token").string_or(""));
        ASSERT_NE(token, "");
        (void)walker.send("POST", "/osv/v1/querybatch",
                          R"({"queries":[)" + query("lodash", token) +
                              (all ? "," + query("no-such-thing", "") : "") + "]}");
        EXPECT_EQ(walker.judged("PAG-08").verdict, all ? Verdict::fail : Verdict::pass);
    }
}

TEST(PageChecks, long_lists_come_in_large_pages) {
    for (const auto& [limit, verdict] :
         {std::pair("20", Verdict::fail), std::pair("60", Verdict::pass)}) {
        Walker walker;
        (void)walk(walker, {.first = std::string("/api/items/link?limit=") + limit});
        EXPECT_EQ(walker.judged("PAG-09").verdict, verdict) << limit;
    }
}

TEST(PageChecks, after_a_kill_a_walk_goes_on_where_it_was) {
    for (const bool anew : {false, true}) {
        Walker walker;
        (void)walker.get("/api/items/cursor?limit=40");
        for (int i = 0; i < 2; ++i) {
            (void)walker.get(std::string(cursors) + cursor_on(walker));
        }
        walker.sandbox->note_outbound({.from = "kill"});
        if (anew) {
            (void)walk(walker, by_cursor());
        } else {
            (void)walker.get(std::string(cursors) + cursor_on(walker));
        }
        EXPECT_EQ(walker.judged("PAG-10").verdict, anew ? Verdict::fail : Verdict::pass);
    }
}

TEST(PageChecks, what_was_handed_in_is_every_item_once) {
    const auto judged = [](const std::string& items) {
        Walker walker("name = \"x\"\nitems = 3");
        (void)walker.get("/api/items/link");
        (void)walker.send("DELETE", "/api/items/itm_0002", {}, {{"x-api-key", "api_stub"}});
        EXPECT_TRUE(walker.sandbox->hand_in("items", items));
        return walker.judged("PAG-11").verdict;
    };
    EXPECT_EQ(judged("itm_0003\nitm_0001\n"), Verdict::pass);
    EXPECT_EQ(judged("itm_0003\nitm_0002\nitm_0001\nitm_0004\n"), Verdict::pass);
    EXPECT_EQ(judged("itm_0003\n"), Verdict::fail);
    EXPECT_EQ(judged("itm_0003\nitm_0003\nitm_0001\n"), Verdict::fail);
}

}  // namespace
}  // namespace apilab::sandbox
