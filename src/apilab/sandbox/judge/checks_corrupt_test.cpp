// Each check of checks_corrupt.cpp has a client that passes, one that fails, and one that does
// nothing. The clients are written by hand.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "apilab/http/wire.hpp"
#include "apilab/sandbox/internal/test_walker.hpp"

namespace apilab::sandbox {
namespace {

using namespace std::chrono_literals;
using internal::Walker;

std::string corrupt(std::string_view kind, std::string_view when = "{ nth = 1 }") {
    return "name = \"x\"\n[[fault]]\nwhere = \"api:list_items_cursor\"\nwhat = { corrupt = \"" +
           std::string(kind) + "\" }\nwhen = " + std::string(when) + "\n";
}

constexpr auto first_page = "/api/items/cursor?limit=5";

// What a pattern finds, whether or not the rest is there.
std::vector<std::string> scraped_ids(const std::string& body) {
    std::vector<std::string> ids;
    for (auto at = body.find("\"id\":"); at != std::string::npos; at = body.find("\"id\":", at)) {
        at += 5;
        const auto begin = body[at] == '"' ? at + 1 : at;
        ids.push_back(body.substr(begin, body.find_first_of("\",}", begin) - begin));
    }
    return ids;
}

TEST(CorruptChecks, nothing_is_exercised_where_nothing_was_asked) {
    for (const auto* id :
         {"DAT-01", "DAT-03", "DAT-08", "DAT-09", "DAT-11", "DAT-12", "DAT-13", "DAT-15"}) {
        EXPECT_EQ(Walker().judged(id).reason, UnknownReason::not_exercised) << id;
    }
}

TEST(CutJson, who_asks_again_before_using_it_passes) {
    Walker walker(corrupt("truncated_json"));
    EXPECT_FALSE(http::JsonDocument::parse(walker.get(first_page).body));
    const auto good = walker.get(first_page);
    for (const auto& id : scraped_ids(good.body)) {
        walker.get("/api/items/" + id);
    }
    EXPECT_EQ(walker.judged("DAT-01").verdict, Verdict::pass);
}

TEST(CutJson, who_uses_what_there_is_fails) {
    Walker walker(corrupt("truncated_json"));
    const auto ids = scraped_ids(walker.get(first_page).body);
    ASSERT_FALSE(ids.empty());
    walker.get("/api/items/" + ids.front());
    const auto found = walker.judged("DAT-01");
    EXPECT_EQ(found.verdict, Verdict::fail);
    EXPECT_EQ(found.rows.size(), 2U);
    EXPECT_EQ(found.sentence,
              "1 request went by what stood in 1 answer cut in the middle of its JSON, before a "
              "whole one had come");
}

TEST(CutJson, each_request_is_counted_once_and_for_the_newest_cut_answer) {
    Walker walker(corrupt("truncated_json", "{ first = 3 }"));
    (void)walker.get(first_page);
    const auto ids = scraped_ids(walker.get(first_page).body);
    ASSERT_GE(ids.size(), 2U);
    walker.get("/api/items/" + ids.at(0));
    walker.get("/api/items/" + ids.at(1));
    EXPECT_EQ(walker.judged_so_far("DAT-01").sentence,
              "2 requests went by what stood in 1 answer cut in the middle of its JSON, before a "
              "whole one had come");
    const auto more = scraped_ids(walker.get("/api/items/cursor?limit=6").body);
    walker.get("/api/items/" + more.at(0));
    const auto found = walker.judged("DAT-01");
    EXPECT_TRUE(found.sentence.contains("in 2 answers cut in the middle of their JSON"))
        << found.sentence;
}

TEST(CutJson, says_what_it_saw_and_how_often) {
    Walker none;
    EXPECT_EQ(none.judged("DAT-01").sentence, "no answer was cut in the middle of its JSON");
    Walker once(corrupt("truncated_json"));
    once.get(first_page);
    EXPECT_EQ(once.judged("DAT-01").sentence,
              "1 answer was cut in the middle of its JSON, and no request went by it");
    Walker twice(corrupt("truncated_json", "{ first = 2 }"));
    twice.get(first_page);
    twice.get(first_page);
    EXPECT_EQ(twice.judged("DAT-01").sentence,
              "2 answers were cut in the middle of their JSON, and no request went by them");
    Walker stubborn(corrupt("truncated_json", "{ first = 100 }"));
    for (int i = 0; i < 12; ++i) {
        stubborn.get(first_page);
    }
    EXPECT_EQ(stubborn.judged("DAT-01").sentence,
              "one call was sent 12 times although its answer was cut in the middle of its JSON "
              "each time");
}

TEST(PageForPeople, who_leaves_it_passes_and_who_asks_for_ever_or_guesses_fails) {
    Walker good(corrupt("html"));
    good.get(first_page);
    good.get(first_page);
    EXPECT_EQ(good.judged("DAT-03").verdict, Verdict::pass);
    EXPECT_EQ(good.judged("DAT-03").sentence,
              "1 HTML page came with status 200, and no request took it for the data");
    Walker stubborn(corrupt("html", "{ first = 100 }"));
    for (int i = 0; i < 12; ++i) {
        stubborn.get(first_page);
    }
    EXPECT_EQ(stubborn.judged("DAT-03").sentence,
              "one call was sent 12 times although an HTML page came with status 200 each time");
    Walker guesser(corrupt("html"));
    guesser.get(first_page);
    const auto ids = guesser.fact("page_ids");
    guesser.get("/api/items/" + ids.substr(0, ids.find(' ')));
    EXPECT_EQ(guesser.judged("DAT-03").verdict, Verdict::fail);
    EXPECT_EQ(guesser.judged("DAT-03").sentence,
              "1 request went on as if 1 HTML page with status 200 had been the data");
}

TEST(PageForPeople, who_leaves_it_at_its_head_has_seen_it) {
    const auto left_after = [](std::uint64_t bytes) {
        Walker walker(corrupt("html"));
        auto request =
            http::Request::get(*http::Url::parse("http://sandbox.test" + std::string(first_page)));
        request.header("user-agent", "walker/1");
        const auto answer =
            runtime::run(walker.scheduler, walker.sandbox->call(std::move(request), {}));
        answer->wire()->on_finished(
            {.bytes_sent = bytes, .finished = walker.scheduler.now(), .peer_closed = true});
        return walker.judged("DAT-03").verdict;
    };
    EXPECT_EQ(left_after(300), Verdict::pass);
    EXPECT_EQ(left_after(0), Verdict::unknown);
}

TEST(TwinNames, one_choice_passes_and_both_fail) {
    const auto take = [](bool first, bool second) {
        Walker walker(corrupt("duplicate_keys"));
        const auto ids = scraped_ids(walker.get(first_page).body);
        if (first) {
            walker.get("/api/items/" + ids.at(0));
        }
        if (second) {
            walker.get("/api/items/" + ids.at(1));
        }
        return walker.judged("DAT-08").verdict;
    };
    EXPECT_EQ(take(true, false), Verdict::pass);
    EXPECT_EQ(take(false, true), Verdict::pass);
    EXPECT_EQ(take(false, false), Verdict::pass);
    EXPECT_EQ(take(true, true), Verdict::fail);
}

TEST(LivingOn, who_asks_for_something_else_passes_and_who_is_gone_fails) {
    for (const auto& [kind, check] : {std::pair("invalid_utf8", "DAT-09"),
                                      {"bom", "DAT-09"},
                                      {"deep", "DAT-11"},
                                      {"gzip_bomb", "DAT-13"}}) {
        Walker alive(corrupt(kind));
        alive.get(first_page);
        alive.get("/api/items/1");
        EXPECT_EQ(alive.judged(check).verdict, Verdict::pass) << kind;
        Walker gone(corrupt(kind));
        gone.get(first_page);
        EXPECT_EQ(gone.judged_so_far(check).reason, UnknownReason::inconclusive) << kind;
        const auto found = gone.judged(check);
        EXPECT_EQ(found.verdict, Verdict::fail) << kind;
        EXPECT_FALSE(found.rows.empty()) << kind;
    }
    Walker dazed(corrupt("deep"));
    dazed.get(first_page);
    dazed.wait(11s);
    dazed.get("/api/items/1");
    EXPECT_EQ(dazed.judged("DAT-11").verdict, Verdict::fail) << "eleven seconds of parsing";
}

TEST(HugeBody, closing_before_its_end_passes_and_reading_it_fails) {
    const auto read = [](std::uint64_t bytes, bool closed) {
        Walker walker(corrupt("huge"));
        auto request =
            http::Request::get(*http::Url::parse("http://sandbox.test" + std::string(first_page)));
        request.header("user-agent", "walker/1");
        const auto answer =
            runtime::run(walker.scheduler, walker.sandbox->call(std::move(request), {}));
        answer->wire()->on_finished(
            {.bytes_sent = bytes, .finished = walker.scheduler.now(), .peer_closed = closed});
        return walker.judged("DAT-12").verdict;
    };
    EXPECT_EQ(read(50'000'000, true), Verdict::pass);
    EXPECT_EQ(read(117'440'512, false), Verdict::fail);
}

TEST(HostileIds, stay_where_they_belong_or_fail) {
    constexpr auto scenario = R"(name = "x"
[[fault]]
where = "api:list_items_cursor"
what = { drift = [{ op = "enum", pointer = "/items/0/title", to = "../zz9?x=1#%2fzz9" }] }
)";
    const auto take = [&](const std::string& target) {
        Walker walker(scenario);
        walker.get(first_page);
        EXPECT_EQ(walker.fact("hostile"), "../zz9?x=1#%2fzz9");
        if (!target.empty()) {
            walker.get(target);
        }
        return walker.judged("DAT-15");
    };
    EXPECT_EQ(take("").reason, UnknownReason::not_exercised);
    EXPECT_EQ(take("/api/items/..%2Fzz9%3Fx%3D1%23%252fzz9").verdict, Verdict::pass);
    EXPECT_EQ(take("/api/zz9?x=1").verdict, Verdict::fail);
    EXPECT_EQ(take("/api/items/..%2Fzz9?x=1").verdict, Verdict::fail);
}

}  // namespace
}  // namespace apilab::sandbox
