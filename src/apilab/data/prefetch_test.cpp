// Pages asked for ahead: the same items in the same order, and everything given back.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "apilab/data/internal/test_list.hpp"
#include "apilab/runtime/task_group.hpp"
#include "apilab/testing/matchers.hpp"

namespace apilab::data {
namespace {

using internal::Numbers;
using internal::numbers;
using internal::TestList;
using internal::walk;
using std::chrono::milliseconds;
using ::testing::SizeIs;

constexpr std::array all_kinds{PageKind::link_header, PageKind::next_url, PageKind::cursor,
                               PageKind::page_number, PageKind::offset};

Numbers pages_of(TestList& list, runtime::VirtualScheduler& scheduler, std::size_t prefetch,
                 PageOptions options = {}) {
    options.prefetch = prefetch;
    options.scheduler = &scheduler;
    auto pages =
        Numbers::create(list, list.first(), list.rules(), internal::id_of, std::move(options));
    EXPECT_TRUE(pages);
    return *std::move(pages);
}

TEST(Prefetch, hands_out_the_same_items_for_every_kind_with_no_more_requests) {
    for (const auto kind : all_kinds) {
        for (const std::size_t prefetch : {0, 1, 4, 64}) {
            runtime::VirtualScheduler scheduler;
            TestList list(scheduler, kind, 47, 5);
            list.latency = milliseconds(50);
            auto pages = pages_of(list, scheduler, prefetch);
            const auto walked = runtime::run(scheduler, walk(pages));
            EXPECT_EQ(walked.ids, numbers(0, 47)) << to_string(kind) << prefetch;
            EXPECT_EQ(walked.summary.requests, 10U) << to_string(kind) << prefetch;
            EXPECT_EQ(walked.summary.end, WalkEnd::complete);
            EXPECT_EQ(list.under_way, 0);
        }
    }
}

TEST(Prefetch, asks_side_by_side_where_pages_can_be_told_and_one_ahead_where_not) {
    for (const auto kind : {PageKind::link_header, PageKind::page_number, PageKind::offset}) {
        runtime::VirtualScheduler scheduler;
        TestList list(scheduler, kind, 500, 5);
        list.latency = milliseconds(50);
        auto pages = pages_of(list, scheduler, 4);
        const auto start = scheduler.now();
        EXPECT_THAT(runtime::run(scheduler, walk(pages)).ids, SizeIs(500));
        EXPECT_EQ(list.most_under_way, 4) << to_string(kind);
        // A hundred pages of 50 ms, four at a time, behind the first.
        EXPECT_LE(scheduler.now() - start, milliseconds(1350)) << to_string(kind);
    }
    runtime::VirtualScheduler scheduler;
    TestList list(scheduler, PageKind::cursor, 50, 5);
    list.latency = milliseconds(50);
    auto pages = pages_of(list, scheduler, 4);
    EXPECT_THAT(runtime::run(scheduler, walk(pages, 1)).ids, SizeIs(1));
    EXPECT_THAT(list.asked, SizeIs(2)) << "the second page is under way";
    EXPECT_THAT(runtime::run(scheduler, walk(pages)).ids, SizeIs(49));
    EXPECT_EQ(list.most_under_way, 1);
}

TEST(Prefetch, asks_for_nothing_beyond_a_cap) {
    runtime::VirtualScheduler scheduler;
    TestList list(scheduler, PageKind::page_number, 500, 5);
    auto pages = pages_of(list, scheduler, 8, {.pages_max = 3, .at_cap = AtCap::end});
    EXPECT_EQ(runtime::run(scheduler, walk(pages)).ids, numbers(0, 15));
    EXPECT_THAT(list.asked, SizeIs(3));
}

TEST(Prefetch, an_expired_cursor_drops_what_was_asked_ahead_and_starts_again) {
    runtime::VirtualScheduler scheduler;
    TestList list(scheduler, PageKind::page_number, 30, 5);
    list.latency = milliseconds(1);
    list.expired_at = {3};
    auto pages = pages_of(list, scheduler, 2, {.key = "/id"});
    const auto walked = runtime::run(scheduler, walk(pages));
    EXPECT_EQ(walked.ids, numbers(0, 30));
    EXPECT_EQ(walked.summary.restarts, 1U);
    EXPECT_EQ(list.under_way, 0);
}

// Says that there are many pages, and has fewer.
TEST(Prefetch, what_was_foreseen_wrongly_is_dropped) {
    runtime::VirtualScheduler scheduler;
    class Shrinking final : public runtime::Service {
    public:
        runtime::Task<Result<http::Response>> call(http::Request request,
                                                   runtime::CallContext /*context*/) override {
            ++asked;
            const bool first = !request.url().query().contains("page");
            co_return http::Response(200, first ? R"({"items":[{"id":1}],"pages":50})"
                                                : R"({"items":[{"id":2}],"pages":2})");
        }
        int asked = 0;
    } list;
    PageRules rules{.kind = PageKind::page_number, .items = "/items", .parameter = "page"};
    rules.total_pages = "/pages";
    auto pages = *Numbers::create(list, http::Request::get(*http::Url::parse("http://h/")), rules,
                                  internal::id_of, {.prefetch = 3, .scheduler = &scheduler});
    const auto walked = runtime::run(scheduler, walk(pages));
    EXPECT_EQ(walked.ids, numbers(1, 3));
    EXPECT_EQ(walked.summary.end, WalkEnd::complete);
    EXPECT_LE(list.asked, 4);
}

runtime::Task<void> walk_into(Numbers& pages, internal::Walked& walked) {
    walked = co_await walk(pages);
}

TEST(Prefetch, a_cancelled_walk_gives_everything_back_and_its_checkpoint_is_good) {
    for (const std::size_t prefetch : {0, 4}) {
        runtime::VirtualScheduler scheduler;
        TestList list(scheduler, PageKind::page_number, 100, 5);
        list.latency = milliseconds(50);
        auto pages = pages_of(list, scheduler, prefetch);
        internal::Walked walked;
        runtime::TaskGroup group(scheduler);
        group.spawn(walk_into(pages, walked));
        scheduler.advance(milliseconds(120));
        group.cancel();
        runtime::run(scheduler, group.join());
        ASSERT_THAT(walked.errors, SizeIs(1));
        EXPECT_EQ(walked.errors[0].kind(), ErrorKind::cancelled);
        EXPECT_EQ(list.under_way, 0);
        auto rest = pages_of(list, scheduler, prefetch, {.from = *pages.checkpoint()});
        const auto more = runtime::run(scheduler, walk(rest));
        auto all = walked.ids;
        all.insert(all.end(), more.ids.begin(), more.ids.end());
        EXPECT_EQ(all, numbers(0, 100));
    }
}

TEST(Prefetch, pages_that_are_left_behind_cancel_what_they_asked_for) {
    runtime::VirtualScheduler scheduler;
    TestList list(scheduler, PageKind::page_number, 100, 5);
    list.latency = milliseconds(50);
    {
        auto pages = pages_of(list, scheduler, 4);
        EXPECT_THAT(runtime::run(scheduler, walk(pages, 1)).ids, SizeIs(1));
        EXPECT_EQ(list.under_way, 4);
    }
    scheduler.poll();
    EXPECT_EQ(list.under_way, 0);
    {
        auto pages = pages_of(list, scheduler, 4);
        EXPECT_THAT(runtime::run(scheduler, walk(pages, 1)).ids, SizeIs(1));
        runtime::run(scheduler, pages.close());
        EXPECT_EQ(list.under_way, 0);
    }
    // The scheduler goes with everything under way.
    auto last = std::make_unique<runtime::VirtualScheduler>();
    TestList other(*last, PageKind::page_number, 100, 5);
    other.latency = milliseconds(50);
    auto pages = pages_of(other, *last, 4);
    EXPECT_THAT(runtime::run(*last, walk(pages, 1)).ids, SizeIs(1));
    {
        const auto gone = std::move(pages);
    }
    last.reset();
}

}  // namespace
}  // namespace apilab::data
