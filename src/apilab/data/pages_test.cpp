#include "apilab/data/pages.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "apilab/data/collect_pages.hpp"
#include "apilab/data/internal/test_list.hpp"
#include "apilab/testing/harness.hpp"
#include "apilab/testing/matchers.hpp"

namespace apilab::data {
namespace {

using apilab::testing::Harness;
using apilab::testing::IsError;
using apilab::testing::IsOk;
using http::Request;
using http::Response;
using http::Url;
using internal::id_of;
using internal::Numbers;
using internal::numbers;
using internal::walk;
using internal::Walked;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// A walk over answers written by hand, through a client.
class PagesTest : public ::testing::Test {
public:
    Numbers pages(PageRules rules, PageOptions options = {}) {
        auto made = Numbers::create(harness_.client(), Request::get(*Url::parse("http://h/list")),
                                    std::move(rules), id_of, std::move(options));
        EXPECT_THAT(made, IsOk());
        return *std::move(made);
    }
    Walked run(Numbers& pages, std::size_t most = SIZE_MAX) {
        return runtime::run(harness_.scheduler(), walk(pages, most));
    }
    Walked run(PageRules rules, PageOptions options = {}) {
        auto made = pages(std::move(rules), std::move(options));
        return run(made);
    }
    PagesTest& reply(std::string_view items, std::string_view next = {}) {
        harness_.transport().reply(Response::json(
            200, fmt::format(R"({{"items":[{}],"next":{}}})", items, http::json_quote(next))));
        return *this;
    }
    void raw(std::string body) { harness_.transport().reply(Response::json(200, std::move(body))); }
    [[nodiscard]] const auto& seen() { return harness_.transport().seen(); }

    static PageRules cursor() {
        return {.name = "shop",
                .kind = PageKind::cursor,
                .items = "/items",
                .next = "/next",
                .parameter = "c",
                .expired = {{.status = 410}}};
    }
    Harness harness_;
};

TEST_F(PagesTest, nothing_is_asked_for_before_somebody_reaches_it) {
    reply(R"({"id":1},{"id":2})", "x").reply(R"({"id":3})");
    auto list = pages(cursor());
    EXPECT_THAT(seen(), IsEmpty());
    EXPECT_THAT(run(list, 2).ids, ElementsAre(1, 2));
    EXPECT_THAT(seen(), SizeIs(1));
    const auto rest = run(list);
    EXPECT_THAT(rest.ids, ElementsAre(3));
    EXPECT_EQ(rest.summary.describe(), "complete: 3 items on 2 pages, 2 requests");
    EXPECT_EQ(seen().back().operation.effect, http::Effect::read);
    EXPECT_FALSE(runtime::run(harness_.scheduler(), list.next()));
}

TEST_F(PagesTest, an_error_is_the_last_element_and_nothing_is_asked_after_it) {
    reply(R"({"id":1})", "x");
    harness_.transport().reply(Response::json(404, "{}"));
    const auto walked = run(cursor());
    EXPECT_THAT(walked.ids, ElementsAre(1));
    ASSERT_THAT(walked.errors, SizeIs(1));
    EXPECT_THAT(walked.errors[0].to_string(), HasSubstr("shop, page 2"));
    EXPECT_EQ(walked.summary.end, WalkEnd::failed);
    EXPECT_THAT(seen(), SizeIs(2));
}

TEST_F(PagesTest, a_circle_of_any_length_ends_with_an_error_behind_the_good_items) {
    reply(R"({"id":1})", "a").reply(R"({"id":2})", "b").reply(R"({"id":3})", "a");
    const auto walked = run(cursor());
    EXPECT_THAT(walked.ids, ElementsAre(1, 2, 3));
    ASSERT_THAT(walked.errors, SizeIs(1));
    EXPECT_EQ(walked.errors[0].detail(), "circle");
    EXPECT_THAT(seen(), SizeIs(3));
}

TEST_F(PagesTest, a_next_link_back_to_the_first_page_is_a_circle) {
    harness_.transport().otherwise(Response(200, R"([{"id":1}])", {{"link", "<>; rel=next"}}));
    EXPECT_THAT(run(page_rules::github()).errors, SizeIs(1)) << "empty";
    harness_.transport().otherwise(Response(200, R"([{"id":1}])", {{"link", "</list>; rel=next"}}));
    const auto walked = run(page_rules::github());
    EXPECT_THAT(walked.ids, ElementsAre(1));
    ASSERT_THAT(walked.errors, SizeIs(1));
    EXPECT_EQ(walked.errors[0].detail(), "circle");
}

TEST_F(PagesTest, an_empty_page_with_a_token_goes_on_but_not_for_ever) {
    reply("", "a").reply("", "b").reply(R"({"id":1})", "c").reply("", "d").reply(R"({"id":2})");
    const auto walked = run(cursor(), {.empty_pages_max = 3});
    EXPECT_THAT(walked.ids, ElementsAre(1, 2));
    EXPECT_EQ(walked.summary.end, WalkEnd::complete);

    reply("", "a").reply("", "b").reply("", "c").reply(R"({"id":9})");
    const auto endless = run(cursor(), {.empty_pages_max = 3});
    ASSERT_THAT(endless.errors, SizeIs(1));
    EXPECT_EQ(endless.errors[0].detail(), "empty_pages_max");
    EXPECT_EQ(harness_.transport().steps_left(), 1U);
}

TEST_F(PagesTest, a_cap_is_an_error_or_an_end_that_says_so_and_an_exact_fit_is_neither) {
    reply(R"({"id":1},{"id":2})", "a");
    const auto capped = run(cursor(), {.pages_max = 1});
    EXPECT_THAT(capped.ids, ElementsAre(1, 2));
    ASSERT_THAT(capped.errors, SizeIs(1));
    EXPECT_EQ(capped.errors[0].kind(), ErrorKind::too_large);
    EXPECT_EQ(capped.errors[0].detail(), "pages_max");
    EXPECT_EQ(capped.summary.end, WalkEnd::capped);

    reply(R"({"id":1},{"id":2})", "a");
    const auto some = run(cursor(), {.items_max = 1, .at_cap = AtCap::end});
    EXPECT_THAT(some.ids, ElementsAre(1));
    EXPECT_THAT(some.errors, IsEmpty());
    EXPECT_EQ(some.summary.describe(), "capped by items_max: 1 item on 1 page, 1 request");

    reply(R"({"id":1},{"id":2})", "a");
    EXPECT_EQ(run(cursor(), {.items_max = 2, .at_cap = AtCap::end}).summary.end, WalkEnd::capped);
    EXPECT_THAT(seen(), SizeIs(3)) << "no page is asked for to see whether it is empty";

    reply(R"({"id":1},{"id":2})", "");
    EXPECT_EQ(run(cursor(), {.pages_max = 1, .items_max = 2}).summary.end, WalkEnd::complete);
}

TEST_F(PagesTest, a_limit_in_the_middle_is_waited_out_and_the_page_asked_again) {
    reply(R"({"id":1})", "a");
    harness_.transport().reply(Response(429, "{}", {{"retry-after", "7"}}));
    reply(R"({"id":2})");
    const auto start = harness_.scheduler().now();
    const auto walked = run(cursor());
    EXPECT_THAT(walked.ids, ElementsAre(1, 2));
    EXPECT_GE(harness_.scheduler().now() - start, std::chrono::seconds(7));
    ASSERT_THAT(seen(), SizeIs(3));
    EXPECT_EQ(seen()[1].request.url(), seen()[2].request.url());
}

TEST_F(PagesTest, duplicates_over_page_borders_are_dropped_by_key_when_asked) {
    const auto replies = [&] { reply(R"({"id":1},{"id":2})", "a").reply(R"({"id":2},{"id":3})"); };
    replies();
    EXPECT_THAT(run(cursor()).ids, ElementsAre(1, 2, 2, 3));
    replies();
    const auto walked = run(cursor(), {.key = "/id"});
    EXPECT_THAT(walked.ids, ElementsAre(1, 2, 3));
    EXPECT_EQ(walked.summary.duplicates, 1U);
    replies();
    const auto forgetful = run(cursor(), {.key = "/id", .keys_max = 1});
    EXPECT_THAT(forgetful.ids, ElementsAre(1, 2, 3)) << "the newest key is remembered";
    EXPECT_EQ(forgetful.summary.keys_forgotten, 2U);
}

TEST_F(PagesTest, an_expired_cursor_starts_again_once_and_hands_nothing_out_twice) {
    reply(R"({"id":1},{"id":2})", "a");
    harness_.transport().reply(Response::json(410, "{}"));
    reply(R"({"id":0},{"id":1},{"id":2})", "a").reply(R"({"id":3})");
    const auto walked = run(cursor(), {.key = "/id"});
    EXPECT_THAT(walked.ids, ElementsAre(1, 2, 0, 3));
    EXPECT_EQ(walked.summary.restarts, 1U);
    EXPECT_EQ(walked.summary.end, WalkEnd::complete);

    reply(R"({"id":1})", "a");
    harness_.transport().reply(Response::json(410, "{}"));
    reply(R"({"id":1})", "a");
    harness_.transport().reply(Response::json(410, "{}"));
    const auto twice = run(cursor(), {.key = "/id"});
    EXPECT_THAT(twice.ids, ElementsAre(1));
    ASSERT_THAT(twice.errors, SizeIs(1));
    EXPECT_EQ(twice.errors[0].detail(), "cursor_expired");
}

TEST_F(PagesTest, without_a_key_an_expired_cursor_is_an_error_that_says_what_helps) {
    reply(R"({"id":1})", "a");
    harness_.transport().reply(Response::json(410, "{}"));
    const auto walked = run(cursor());
    ASSERT_THAT(walked.errors, SizeIs(1));
    EXPECT_THAT(walked.errors[0].remedy(), HasSubstr("name the items' key"));

    reply(R"({"id":1})", "a");
    harness_.transport().reply(Response::json(410, "{}"));
    reply(R"({"id":1})");
    const auto again = run(cursor(), {.restart = Restart::with_duplicates});
    EXPECT_THAT(again.ids, ElementsAre(1, 1));

    reply(R"({"id":1},{"id":2})", "a");
    harness_.transport().reply(Response::json(410, "{}"));
    const auto forgot = run(cursor(), {.key = "/id", .keys_max = 1});
    ASSERT_THAT(forgot.errors, SizeIs(1));
    EXPECT_THAT(forgot.errors[0].remedy(), HasSubstr("not every item"));

    raw(R"({"items":[{"id":1},{"no":2}],"next":"a"})");
    harness_.transport().reply(Response::json(410, "{}"));
    const auto keyless = run(cursor(), {.key = "/id", .bad_item = BadItem::go_on});
    EXPECT_EQ(keyless.summary.restarts, 0U) << "one came without a key";
}

TEST_F(PagesTest, an_item_that_cannot_be_decoded_ends_the_walk_or_is_an_element) {
    const auto replies = [&] { reply(R"({"id":1},{"id":"x"},{"id":3})"); };
    replies();
    const auto stopped = run(cursor());
    EXPECT_THAT(stopped.ids, ElementsAre(1));
    ASSERT_THAT(stopped.errors, SizeIs(1));
    EXPECT_THAT(stopped.errors[0].to_string(), HasSubstr("page 1, item 1"));
    EXPECT_EQ(stopped.summary.end, WalkEnd::failed);
    replies();
    const auto all = run(cursor(), {.bad_item = BadItem::go_on});
    EXPECT_THAT(all.ids, ElementsAre(1, 3));
    EXPECT_THAT(all.errors, SizeIs(1));
    EXPECT_EQ(all.summary.describe(),
              "complete: 2 items on 1 page, 1 request, 1 items not decoded");
}

TEST_F(PagesTest, a_list_that_is_not_whole_ends_as_incomplete_and_gives_no_sync_token) {
    auto rules = cursor();
    rules.incomplete = {{.pointer = "/cut", .value = "true", .reason = "cut off"}};
    rules.sync_token = "/sync";
    harness_.transport().reply(
        Response::json(200, R"({"items":[{"id":1}],"cut":true,"sync":"s"})"));
    const auto walked = run(rules);
    EXPECT_EQ(walked.summary.end, WalkEnd::incomplete);
    EXPECT_EQ(walked.summary.incomplete, "cut off");
    EXPECT_EQ(walked.summary.sync_token, "");
    harness_.transport().reply(
        Response::json(200, R"({"items":[{"id":1}],"next":"a","sync":"first"})"));
    harness_.transport().reply(Response::json(200, R"({"items":[],"sync":"later"})"));
    EXPECT_EQ(run(rules).summary.sync_token, "first") << "what happens meanwhile is told again";
}

TEST_F(PagesTest, what_is_detected_is_said_and_walked) {
    harness_.transport()
        .reply(Response::json(200, R"({"data":[{"id":1}],"next_cursor":"x"})"))
        .reply(Response::json(200, R"({"data":[{"id":2}],"next_cursor":null})"));
    auto list = pages({.name = "unknown"});
    EXPECT_THAT(run(list).ids, ElementsAre(1, 2));
    EXPECT_THAT(list.detected(), HasSubstr("/next_cursor holds a word"));
    EXPECT_EQ(seen()[1].request.url().query(), "cursor=x");
}

TEST_F(PagesTest, the_answers_of_a_batch_come_together_in_the_order_of_the_queries) {
    harness_.transport()
        .reply(Response::json(200, R"({"results":[{"vulns":[{"id":1}],"next_page_token":"t"},)"
                                   R"({},{"vulns":[{"id":3}],"next_page_token":"u"}]})"))
        .reply(Response::json(200, R"({"results":[{"vulns":[{"id":2}]},{"next_page_token":"v"}]})"))
        .reply(Response::json(200, R"({"results":[{"vulns":[{"id":4}]}]})"));
    auto made = Numbers::create(harness_.client(),
                                Request::post(*Url::parse("http://h/v1/querybatch"),
                                              R"({"queries":[{"a":1},{"b":2},{"c":3}]})"),
                                page_rules::osv_batch(), id_of);
    const auto merged = runtime::run(harness_.scheduler(), collect_by_query(*std::move(made), 3));
    ASSERT_THAT(merged, IsOk());
    EXPECT_THAT(*merged, ElementsAre(ElementsAre(1, 2), IsEmpty(), ElementsAre(3, 4)));
    EXPECT_EQ(seen()[2].request.body(), R"({"queries":[{"c":3,"page_token":"v"}]})");
}

TEST_F(PagesTest, a_token_that_a_query_of_a_batch_had_before_is_a_circle) {
    const auto one = R"({"results":[{"vulns":[{"id":1}],"next_page_token":"t"}]})";
    const auto two = R"({"results":[{"vulns":[{"id":1}],"next_page_token":"u"}]})";
    harness_.transport()
        .reply(Response::json(200, one))
        .reply(Response::json(200, two))
        .reply(Response::json(200, one));
    auto made = Numbers::create(
        harness_.client(), Request::post(*Url::parse("http://h/b"), R"({"queries":[{"a":1}]})"),
        page_rules::osv_batch(), id_of);
    const auto walked = run(*made);
    ASSERT_THAT(walked.errors, SizeIs(1));
    EXPECT_EQ(walked.errors[0].detail(), "circle");
}

TEST_F(PagesTest, whole_pages_are_handed_out_without_a_copy_and_empty_ones_too) {
    reply(R"({"id":1},{"id":2})", "a").reply("", "b").reply(R"({"id":3})");
    auto documents = runtime::run(
        harness_.scheduler(),
        collect_pages(harness_.client(), Request::get(*Url::parse("http://h/list")), cursor(), {}));
    ASSERT_THAT(documents, IsOk());
    ASSERT_THAT(*documents, SizeIs(3));
    EXPECT_EQ(documents->at(0).root()["items"].size(), 2U);
    EXPECT_EQ(documents->at(2).root()["items"].to_text(), R"([{"id":3}])");

    reply("", "a");
    harness_.transport().reply(Response::json(500, "{}")).otherwise(Response::json(404, "{}"));
    documents = runtime::run(
        harness_.scheduler(),
        collect_pages(harness_.client(), Request::get(*Url::parse("http://h/list")), cursor(), {}));
    EXPECT_THAT(documents, IsError(ErrorKind::status));
}

TEST_F(PagesTest, options_out_of_their_range_are_named) {
    const auto create = [&](const PageOptions& options, const PageRules& rules) {
        return Numbers::create(harness_.client(), Request::get(*Url::parse("http://h/")), rules,
                               id_of, options);
    };
    EXPECT_THAT(create({.pages_max = 0}, cursor()), IsError(ErrorKind::invalid_argument));
    EXPECT_THAT(create({.key = "id"}, cursor()), IsError(ErrorKind::invalid_argument));
    EXPECT_THAT(create({.prefetch = 2}, cursor()), IsError(ErrorKind::invalid_argument));
    EXPECT_THAT(create({.prefetch = 65, .scheduler = &harness_.scheduler()}, cursor()),
                IsError(ErrorKind::invalid_argument));
    EXPECT_THAT(create({}, {.kind = PageKind::cursor}), IsError(ErrorKind::invalid_argument));
}

}  // namespace
}  // namespace apilab::data
