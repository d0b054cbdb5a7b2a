#include "apilab/data/sync_rules.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <limits>
#include <map>
#include <string>
#include <vector>

namespace apilab::data {
namespace {

using namespace std::chrono_literals;
using Order = SyncOptions::Order;
using testing::HasSubstr;

constexpr SystemTime noon{1'764'244'800s};

SyncRules begin(const SyncOptions& options, const std::string& state = {}, SystemTime now = noon,
                bool full = false) {
    return SyncRules::begin(options, state, now, full).value();
}

std::string state_at(const Bookmark& bookmark) {
    return SyncState{.bookmark = bookmark, .run = 3}.to_json();
}

TEST(SyncState, comes_back_as_it_was_written) {
    const std::array states{
        SyncState{},
        SyncState{.bookmark = Bookmark::at(noon + 7ns), .run = 12},
        SyncState{.bookmark = Bookmark::at(std::uint64_t{18'446'744'073'709'551'615U}), .run = 1},
        SyncState{.bookmark = Bookmark::token("a=&\"\n"),
                  .run = 1,
                  .pending = SyncState::Pending{.full = true,
                                                .began = noon,
                                                .seen = Bookmark::at(noon),
                                                .walk = R"({"page":"x"})"}},
    };
    for (const auto& state : states) {
        const auto again = SyncState::parse(state.to_json()).value();
        EXPECT_EQ(again.to_json(), state.to_json());
        EXPECT_EQ(again.bookmark, state.bookmark);
    }
}

TEST(SyncState, that_cannot_be_read_says_which_member_is_wrong) {
    struct Row {
        std::string_view text;
        std::string_view what;
    };
    const std::array rows{
        Row{"", "JSON"},
        Row{"[]", "/version"},
        Row{R"({"version":2,"run":1,"bookmark":null})", "/version"},
        Row{R"({"version":1,"bookmark":null})", "/run"},
        Row{R"({"version":1,"run":-1,"bookmark":null})", "/run"},
        Row{R"({"version":1,"run":1})", "/bookmark"},
        Row{R"({"version":1,"run":1,"bookmark":{"time":"2999"}})", "/bookmark"},
        Row{R"({"version":1,"run":1,"bookmark":{"time":1,"number":2}})", "/bookmark"},
        Row{R"({"version":1,"run":1,"bookmark":null,"pending":{}})", "/pending"},
        Row{R"({"version":1,"run":1,"bookmark":null,"pending":{"full":true,"since":null,"began":1,"walk":"","seen":7}})",
            "/pending/seen"},
    };
    for (const auto& row : rows) {
        const auto state = SyncState::parse(row.text);
        ASSERT_FALSE(state.has_value()) << row.text;
        EXPECT_EQ(state.error().kind(), ErrorKind::decode);
        EXPECT_THAT(state.error().message(), HasSubstr(row.what));
    }
}

TEST(Sync, asks_for_everything_first_and_then_for_changes_with_a_look_back) {
    auto first = begin({});
    EXPECT_TRUE(first.full());
    EXPECT_EQ(first.since(), Bookmark());
    first.saw(Bookmark::at(noon - 2h));
    first.saw(Bookmark::at(noon - 3h));
    const auto stored = first.finished(true);
    EXPECT_EQ(stored.bookmark, Bookmark::at(noon - 2h)) << "the largest, not the last";

    const auto second = begin({.look_back = 5min}, stored.to_json());
    EXPECT_FALSE(second.full());
    EXPECT_EQ(second.since(), Bookmark::at(noon - 2h - 5min));
    EXPECT_EQ(second.run(), 2);
}

TEST(Sync, a_bookmark_never_goes_backwards) {
    auto rules = begin({}, state_at(Bookmark::at(noon - 1h)));
    rules.saw(Bookmark::at(noon - 1h - 30s));
    EXPECT_EQ(rules.finished(true).bookmark, Bookmark::at(noon - 1h));

    auto nothing = begin({}, state_at(Bookmark::at(std::uint64_t{7})));
    EXPECT_EQ(nothing.finished(true).bookmark, Bookmark::at(std::uint64_t{7}));
    auto told = begin({}, state_at(Bookmark::at(std::uint64_t{7})));
    EXPECT_EQ(told.finished(true, Bookmark::at(std::uint64_t{5})).bookmark,
              Bookmark::at(std::uint64_t{7}));
}

TEST(Sync, in_ascending_order_each_page_moves_the_bookmark) {
    auto rules = begin({.order = Order::ascending});
    rules.saw(Bookmark::at(noon - 3h));
    EXPECT_EQ(rules.page_done("p2").bookmark, Bookmark::at(noon - 3h));
    rules.saw(Bookmark::at(noon - 1h));
    EXPECT_EQ(rules.finished(false).bookmark, Bookmark::at(noon - 3h))
        << "the rows of a page that was not stored do not count";
}

TEST(Sync, in_any_other_order_only_the_end_of_a_complete_walk_moves_it) {
    for (const auto order : {Order::descending, Order::unknown}) {
        auto rules = begin({.order = order}, state_at(Bookmark::at(noon - 9h)));
        rules.saw(Bookmark::at(noon - 1h));
        EXPECT_EQ(rules.page_done("p2").bookmark, Bookmark::at(noon - 9h));
        auto cut_off = rules;
        EXPECT_EQ(cut_off.finished(false).bookmark, Bookmark::at(noon - 9h));
        EXPECT_EQ(rules.finished(true).bookmark, Bookmark::at(noon - 1h));
    }
}

TEST(Sync, without_order_a_bookmark_stops_where_the_run_began) {
    auto rules = begin({.order = Order::unknown});
    rules.saw(Bookmark::at(noon + 10min));
    EXPECT_EQ(rules.finished(true).bookmark, Bookmark::at(noon))
        << "a row seen early may have changed while the walk went on";
    auto ascending = begin({.order = Order::ascending});
    ascending.saw(Bookmark::at(noon + 10min));
    EXPECT_EQ(ascending.finished(true).bookmark, Bookmark::at(noon + 10min));
}

TEST(Sync, goes_on_with_a_run_that_was_broken_off) {
    auto rules = begin({}, {}, noon, true);
    rules.saw(Bookmark::at(noon - 1h));
    const auto state = rules.page_done("page 2").to_json();

    auto again = begin({}, state, noon + 2h);
    EXPECT_EQ(again.run(), rules.run());
    EXPECT_EQ(again.walk(), "page 2");
    EXPECT_TRUE(again.full());
    again.saw(Bookmark::at(noon + 1h));
    EXPECT_EQ(again.finished(true).bookmark, Bookmark::at(noon)) << "when the run began";
}

TEST(Sync, a_run_asks_for_the_same_also_where_its_bookmark_has_moved_on) {
    const SyncOptions options{.order = Order::ascending};
    auto rules = begin(options, state_at(Bookmark::at(noon - 3h)));
    const auto asked = rules.since();
    rules.saw(Bookmark::at(noon - 1h));
    const auto again = begin(options, rules.page_done("page 2").to_json());
    EXPECT_EQ(again.since(), asked) << "a cursor belongs to its request";
}

TEST(Sync, a_run_over_everything_replaces_one_over_changes) {
    auto rules = begin({}, state_at(Bookmark::at(noon - 1h)));
    const auto state = rules.page_done("page 2").to_json();
    const auto full = begin({}, state, noon, true);
    EXPECT_TRUE(full.full());
    EXPECT_EQ(full.walk(), "");
    EXPECT_EQ(full.run(), rules.run() + 1);
}

TEST(Sync, garbage_and_state_from_the_future_mean_everything_once_more) {
    const std::array<std::string, 4> states{
        "{", "null", state_at(Bookmark::at(SystemTime(32'472'144'000s / 4))),
        SyncState{.pending = SyncState::Pending{.began = noon + 48h}}.to_json()};
    for (const auto& state : states) {
        const auto rules = begin({}, state);
        EXPECT_NE(rules.restarted(), "") << state;
        EXPECT_EQ(rules.since(), Bookmark()) << state;
        EXPECT_TRUE(rules.full());
    }
    EXPECT_EQ(begin({}, state_at(Bookmark::at(noon + 59min))).restarted(), "");
}

TEST(Sync, a_row_from_the_year_2242_moves_no_bookmark) {
    auto rules = begin({.order = Order::ascending});
    rules.saw(Bookmark::at(noon - 1h));
    rules.saw(Bookmark::at(SystemTime(8'600'000'000s)));
    EXPECT_EQ(rules.finished(true).bookmark, Bookmark::at(noon - 1h));
}

TEST(Sync, a_token_of_the_source_replaces_the_one_before) {
    auto rules = begin({}, state_at(Bookmark::token("b")));
    EXPECT_EQ(rules.since(), Bookmark::token("b"));
    EXPECT_EQ(rules.finished(true, Bookmark::token("a")).bookmark, Bookmark::token("a"))
        << "tokens have no order";
    auto cut_off = begin({}, state_at(Bookmark::token("b")));
    EXPECT_EQ(cut_off.finished(false, Bookmark::token("a")).bookmark, Bookmark::token("b"));
}

TEST(Sync, deletes_only_after_a_complete_walk_over_everything) {
    const SyncOptions options{.deletions = true};
    const auto full = begin(options, {}, noon, true);
    EXPECT_EQ(full.may_delete(true, 5, 100), true);
    EXPECT_EQ(full.may_delete(true, 0, 100), false);
    EXPECT_EQ(full.may_delete(false, 5, 100), false) << "a walk that was cut off proves nothing";
    const auto changes = begin(options, state_at(Bookmark::at(noon - 1h)));
    EXPECT_EQ(changes.may_delete(true, 5, 100), false);
    EXPECT_EQ(begin({}, {}, noon, true).may_delete(true, 5, 100), false) << "off by default";
}

TEST(Sync, refuses_a_mass_deletion) {
    const auto rules = begin({.deletions = true}, {}, noon, true);
    EXPECT_EQ(rules.may_delete(true, 200, 1000), true);
    const auto refused = rules.may_delete(true, 201, 1000);
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().kind(), ErrorKind::too_large);
    EXPECT_THAT(refused.error().message(), HasSubstr("201 of 1000"));
    EXPECT_EQ(rules.may_delete(true, 10, 10), true) << "few rows are no mass";
    const auto told = begin({.deletions = true, .deletion_share_max = 1}, {}, noon, true);
    EXPECT_EQ(told.may_delete(true, 1000, 1000), true);
}

TEST(Sync, options_out_of_range_are_named) {
    struct Row {
        SyncOptions options;
        std::string_view what;
    };
    const std::array rows{
        Row{{.look_back = -1s}, "look_back"},
        Row{{.look_back = 169h}, "look_back"},
        Row{{.ahead_max = 25h}, "ahead_max"},
        Row{{.deletion_share_max = 1.5}, "deletion_share_max"},
        Row{{.deletion_share_max = std::numeric_limits<double>::quiet_NaN()}, "deletion_share_max"},
    };
    for (const auto& row : rows) {
        const auto rules = SyncRules::begin(row.options, {}, noon);
        ASSERT_FALSE(rules.has_value());
        EXPECT_THAT(rules.error().message(), HasSubstr(row.what));
    }
}

// A source whose rows change while they are read, by pages in the order of their ids (which says
// nothing about when they changed), a copy that is synchronised by the rules, and processes that
// end anywhere.
struct World {
    struct Row {
        SystemTime changed;
        int value = 0;
    };
    std::map<int, Row> source;
    std::map<int, Row> copy;
    std::string state;
    SystemTime now = noon;
    int value = 0;

    void change(int id) {
        now += 1s;
        source[id] = {.changed = now, .value = ++value};
    }
};

RC_GTEST_PROP(Sync, what_changed_arrives_whatever_breaks_off, ()) {
    World world;
    for (int id = 0; id < 20; ++id) {
        world.change(id);
    }
    const auto runs = *rc::gen::inRange(1, 8);
    for (int run = 0; run <= runs; ++run) {
        auto rules = begin({.look_back = 0s}, world.state, world.now);
        const auto since = rules.since().time().value_or(SystemTime());
        int next = rules.walk().empty() ? 0 : std::stoi(rules.walk());
        const bool last = run == runs;
        while (next < 20) {
            auto rows = world.copy;
            for (int id = next; id < next + 5; ++id) {
                if (world.source[id].changed >= since) {
                    rows[id] = world.source[id];
                    rules.saw(Bookmark::at(world.source[id].changed));
                }
            }
            next += 5;
            if (!last && *rc::gen::inRange(0, 4) == 0) {
                break;  // the process ends before this page is stored
            }
            world.copy = rows;
            world.state = rules.page_done(std::to_string(next)).to_json();
            if (!last) {
                world.change(*rc::gen::inRange(0, 20));
            }
        }
        if (next >= 20 && rules.walk() == "20") {
            world.state = rules.finished(true).to_json();
        }
    }
    // The last run may have gone on with an old one; one more sees what changed meanwhile.
    auto rules = begin({.look_back = 0s}, world.state, world.now + 1s);
    const auto since = rules.since().time().value_or(SystemTime());
    for (const auto& [id, row] : world.source) {
        if (row.changed >= since) {
            world.copy[id] = row;
        }
    }
    for (const auto& [id, row] : world.source) {
        RC_ASSERT(world.copy[id].value == row.value);
    }
}

}  // namespace
}  // namespace apilab::data
