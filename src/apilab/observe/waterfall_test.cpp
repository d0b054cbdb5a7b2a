#include "apilab/observe/waterfall.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <numeric>
#include <set>
#include <string>
#include <vector>

#include "apilab/base/scrubber.hpp"
#include "apilab/observe/internal/test_stories.hpp"
#include "apilab/observe/internal/waterfall_words.hpp"

namespace apilab::observe {
namespace {

using namespace std::chrono_literals;
using Kind = WaterfallRow::Kind;
using What = Segment::What;

std::vector<Kind> kinds(const Waterfall& waterfall) {
    std::vector<Kind> all;
    for (const auto& row : waterfall.rows) {
        all.push_back(row.kind);
    }
    return all;
}

std::vector<What> kinds(const WaterfallRow& row) {
    std::vector<What> all;
    for (const auto& segment : row.segments) {
        all.push_back(segment.what);
    }
    return all;
}

Duration sum(const Waterfall& waterfall) {
    return std::accumulate(waterfall.shares.begin(), waterfall.shares.end(), Duration::zero());
}

TEST(Waterfall, has_attempts_and_waits_as_rows_in_order_of_time) {
    const auto waterfall = waterfall_of(test::retried());
    EXPECT_EQ(kinds(waterfall), (std::vector{Kind::attempt, Kind::wait, Kind::attempt}));
    EXPECT_EQ(waterfall.title, "POST /orders");
    EXPECT_EQ(waterfall.attempts, 2U);
    EXPECT_EQ(waterfall.rows[1].start, 12ms);
    EXPECT_EQ(waterfall.rows[1].segments,
              (std::vector<Segment>{{.what = What::backoff, .start = 12ms, .length = 182ms}}));
    EXPECT_EQ(waterfall.rows[2].start, 194ms);
    EXPECT_EQ(waterfall.rows[2].end(), 230ms);
}

TEST(Waterfall, an_attempt_is_divided_into_its_phases_and_what_is_left) {
    const auto row = waterfall_of(test::retried()).rows.front();
    EXPECT_EQ(row.segments, (std::vector<Segment>{{What::resolve, 0ms, 1ms},
                                                  {What::connect, 1ms, 2ms},
                                                  {What::send, 3ms, 500us},
                                                  {What::first_byte, 3500us, 8ms},
                                                  {What::rest, 11500us, 500us}}));
}

TEST(Waterfall, what_is_left_of_an_attempt_without_an_answer_is_failure) {
    const auto row = waterfall_of(test::reply_lost()).rows.front();
    ASSERT_FALSE(row.segments.empty());
    EXPECT_EQ(row.segments.back(),
              (Segment{.what = What::no_answer, .start = 3500us, .length = 8500us}));
    EXPECT_EQ(meaning_of(What::no_answer), Meaning::failure);
    EXPECT_TRUE(row.failed());
    EXPECT_EQ(internal::row_result(row), "unknown: connection_lost");
}

TEST(Waterfall, the_shares_say_what_the_time_was_spent_on) {
    const auto waterfall = waterfall_of(test::retried());
    EXPECT_EQ(waterfall.share(Meaning::network), 4500us);
    EXPECT_EQ(waterfall.share(Meaning::server), 43ms);
    EXPECT_EQ(waterfall.share(Meaning::own_wait), 182ms);
    EXPECT_EQ(waterfall.share(Meaning::told_to_wait), 0ms);
    EXPECT_EQ(waterfall.share(Meaning::rest), 500us);
    EXPECT_EQ(sum(waterfall), waterfall.elapsed);
}

TEST(Waterfall, every_cause_of_a_wait_has_its_own_meaning) {
    struct Row {
        http::WaitCause cause;
        What what;
        Meaning meaning;
    };
    using http::WaitCause;
    for (const auto& row : {Row{WaitCause::backoff, What::backoff, Meaning::own_wait},
                            Row{WaitCause::retry_after, What::retry_after, Meaning::told_to_wait},
                            Row{WaitCause::rate_limit, What::rate_limit, Meaning::own_wait},
                            Row{WaitCause::bulkhead, What::bulkhead, Meaning::own_wait},
                            Row{WaitCause::breaker, What::breaker, Meaning::told_to_wait},
                            Row{WaitCause::refresh, What::refresh, Meaning::auth}}) {
        auto story = test::call_of("GET", "/x", 10ms);
        story.record.waits = {{.cause = row.cause, .started = test::epoch, .elapsed = 10ms}};
        const auto waterfall = waterfall_of(story);
        ASSERT_EQ(waterfall.rows.size(), 1U);
        EXPECT_EQ(kinds(waterfall.rows[0]), std::vector{row.what});
        EXPECT_EQ(waterfall.share(row.meaning), 10ms) << to_string(row.what);
    }
}

TEST(Waterfall, redirects_and_hedges_are_rows_of_their_own_and_overlap_counts_once) {
    const auto waterfall = waterfall_of(test::hedged());
    EXPECT_EQ(kinds(waterfall),
              (std::vector{Kind::wait, Kind::wait, Kind::attempt, Kind::redirect, Kind::redirect}));
    EXPECT_EQ(waterfall.rows[3].start, 350ms);
    EXPECT_EQ(*waterfall.rows[3].attempt, 2U) << "it ended last, and began first";
    EXPECT_EQ(waterfall.rows[4].note, "of the hedge");
    EXPECT_EQ(waterfall.share(Meaning::auth), 100ms);
    EXPECT_EQ(waterfall.share(Meaning::own_wait), 200ms);
    EXPECT_EQ(waterfall.share(Meaning::server), 540ms + 10ms);
    EXPECT_EQ(sum(waterfall), 900ms);
}

TEST(Waterfall, a_hedge_is_marked) {
    auto story = test::retried();
    story.record.attempts[1].hedge = true;
    EXPECT_EQ(internal::row_name(waterfall_of(story).rows[2]), "2 hedge");
}

TEST(Waterfall, a_wait_that_was_refused_is_shown_behind_the_end_with_the_deadline) {
    const auto waterfall = waterfall_of(test::wait_refused());
    ASSERT_EQ(kinds(waterfall), (std::vector{Kind::attempt, Kind::refused_wait}));
    EXPECT_EQ(waterfall.rows[1].start, 40ms);
    EXPECT_EQ(waterfall.rows[1].length, 30s);
    EXPECT_EQ(kinds(waterfall.rows[1]), std::vector{What::retry_after});
    EXPECT_EQ(*waterfall.deadline, 10s);
    EXPECT_EQ(waterfall.axis, 11s);
    EXPECT_EQ(sum(waterfall), 40ms) << "what was not waited took no time";
}

TEST(Waterfall, a_refusal_of_our_own_bears_its_cause) {
    struct Row {
        Ending ending;
        ErrorKind error;
        What what;
    };
    for (const auto& row : {Row{Ending::breaker, ErrorKind::breaker_open, What::breaker},
                            Row{Ending::deadline, ErrorKind::rate_limited, What::rate_limit},
                            Row{Ending::deadline, ErrorKind::overloaded, What::bulkhead},
                            Row{Ending::patience, ErrorKind::rate_limited, What::retry_after}}) {
        auto story = test::call_of("GET", "/x", 0ms);
        story.record.decisions = {{.verdict = test::Verdict::gave_up,
                                   .ending = row.ending,
                                   .error = row.error,
                                   .wait = 5s}};
        const auto waterfall = waterfall_of(story);
        ASSERT_EQ(kinds(waterfall), std::vector{Kind::refused_wait});
        EXPECT_EQ(kinds(waterfall.rows[0]), std::vector{row.what});
    }
}

TEST(Waterfall, a_deadline_far_away_does_not_make_the_picture_small) {
    EXPECT_EQ(waterfall_of(test::retried()).axis, 230ms);
    auto story = test::retried();
    story.record.deadline = test::epoch + 400ms;
    EXPECT_EQ(waterfall_of(story).axis, 400ms);
    story.record.deadline = SteadyTime::max();
    EXPECT_FALSE(waterfall_of(story).deadline);
}

TEST(Waterfall, an_answer_from_the_cache_and_one_of_another_call_are_rows_without_attempts) {
    auto story = test::call_of("GET", "/x", 0ms);
    story.record.status = 200;
    story.record.decisions = {{.verdict = test::Verdict::cached,
                               .status = 200,
                               .wait = 30s,
                               .cache = http::CacheRecord::Use::fresh}};
    auto waterfall = waterfall_of(story);
    ASSERT_EQ(kinds(waterfall), std::vector{Kind::stored});
    EXPECT_EQ(waterfall.rows[0].note, "200 from the cache, fresh for 30 s");
    EXPECT_TRUE(waterfall.rows[0].segments.empty());

    story.record.elapsed = 70ms;
    story.record.decisions = {{.verdict = test::Verdict::coalesced, .target = "c-000007"}};
    waterfall = waterfall_of(story);
    ASSERT_EQ(kinds(waterfall), std::vector{Kind::shared});
    EXPECT_EQ(waterfall.rows[0].note, "the answer of c-000007");
    EXPECT_EQ(waterfall.share(Meaning::own_wait), 70ms);
}

TEST(Waterfall, the_other_sides_row_begins_where_the_attempt_had_its_connection) {
    const auto waterfall = waterfall_of(test::reply_lost(), std::vector{test::committed()});
    ASSERT_EQ(kinds(waterfall),
              (std::vector{Kind::attempt, Kind::server, Kind::wait, Kind::attempt}));
    const auto& row = waterfall.rows[1];
    EXPECT_EQ(row.start, 3ms) << "whatever its clock says";
    EXPECT_EQ(row.length, 7ms);
    EXPECT_EQ(row.note, "committed, reply lost (f1: reset)");
    EXPECT_EQ(kinds(row), std::vector{What::server});
    EXPECT_EQ(sum(waterfall), waterfall.elapsed) << "seen from two sides, spent once";
}

TEST(Waterfall, what_the_other_side_says_of_attempts_that_there_are_not_is_left_out) {
    auto side = test::committed();
    side.attempt = 9;
    EXPECT_EQ(waterfall_of(test::reply_lost(), std::vector{side}).rows.size(), 3U);
}

TEST(Waterfall, a_secret_of_the_process_is_in_no_text) {
    Scrubber::of_process().add(Secret("waterfall-secret-value"));
    auto story = test::call_of("GET", "/a/waterfall-secret-value", 1ms);
    EXPECT_EQ(waterfall_of(story).title, "GET /a/***");
}

TEST(Waterfall, what_the_other_side_did_is_said_in_words) {
    using Reply = ServerSide::Reply;
    const auto said = [](ServerSide side) { return explain(side); };
    EXPECT_EQ(said({.status = 200, .reply = Reply::sent}), "200");
    EXPECT_EQ(said({.status = 201, .reply = Reply::sent, .applied = true}), "201, committed");
    EXPECT_EQ(said({.status = 503, .reply = Reply::sent, .fault = "f2: status"}),
              "503 (f2: status)");
    EXPECT_EQ(said({.reply = Reply::lost, .applied = true}), "committed, reply lost");
    EXPECT_EQ(said({.reply = Reply::lost}), "reply lost");
    EXPECT_EQ(said({.reply = Reply::partial}), "reply cut");
    EXPECT_EQ(said({.reply = Reply::pending, .held_back = 300ms}),
              "no reply yet, held back 300 ms");
}

RC_GTEST_PROP(Waterfall, has_every_attempt_and_wait_in_order_and_its_shares_add_up, ()) {
    const auto story = test::any_story();
    std::vector<ServerSide> sides;
    for (int i = *rc::gen::inRange(0, 3); i > 0; --i) {
        sides.push_back(test::any_side());
    }
    const auto waterfall = waterfall_of(story, sides);
    std::set<std::size_t> attempts;
    std::size_t waits = 0;
    Duration last{};
    for (const auto& row : waterfall.rows) {
        if (row.sent()) {
            attempts.insert(*row.attempt);
        }
        waits += row.kind == Kind::wait ? 1 : 0;
        if (row.sent() || row.kind == Kind::wait) {
            RC_ASSERT(row.start >= last);
            last = row.start;
        }
        RC_ASSERT(row.start >= Duration::zero());
        RC_ASSERT(row.length >= Duration::zero());
        Duration covered = row.start;
        for (const auto& segment : row.segments) {
            RC_ASSERT(segment.start == covered);
            covered = segment.end();
        }
        RC_ASSERT(row.kind == Kind::stored || covered == row.end());
        RC_ASSERT(row.kind == Kind::refused_wait || row.end() <= waterfall.axis);
    }
    RC_ASSERT(attempts.size() == story.record.attempts.size());
    RC_ASSERT(waits == story.record.waits.size());
    RC_ASSERT(sum(waterfall) == waterfall.elapsed);
}

TEST(WaterfallWords, a_scale_has_round_steps_and_no_more_than_fit) {
    EXPECT_EQ(internal::tick_step(230ms, 5), 50ms);
    EXPECT_EQ(internal::tick_step(1s, 5), 200ms);
    EXPECT_EQ(internal::tick_step(11s, 5), 2s);
    EXPECT_EQ(internal::tick_step(10min, 5), 2min);
    EXPECT_EQ(internal::tick_step(0s, 5), 1ns);
    for (Duration axis = 1ns; axis < 24h * 10'000; axis = axis * 3 + 1ns) {
        const auto step = internal::tick_step(axis, 6);
        EXPECT_LE(axis / step, 6);
    }
}

TEST(WaterfallWords, a_long_call_keeps_its_ends) {
    const auto waterfall = waterfall_of(test::long_story(100));
    const auto lines = internal::lines_of(waterfall, 40);
    ASSERT_EQ(lines.size(), 11U);
    EXPECT_EQ(lines[4].row->number, 3);
    EXPECT_EQ(lines[5].row, nullptr);
    EXPECT_EQ(lines[5].text(), "... 94 more attempts, 95 waits");
    EXPECT_EQ(lines[6].row->number, 98);
    EXPECT_EQ(internal::lines_of(waterfall, 199).size(), 199U);
}

}  // namespace
}  // namespace apilab::observe
