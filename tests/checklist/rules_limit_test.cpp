// Group E: limits and pace, walks over lists, caches.
#include <array>
#include <chrono>

#include "rule_cases.hpp"

namespace apilab::cli::checklist {
namespace {

using namespace std::chrono_literals;
using sandbox::Verdict;

Integration with_limit(std::string_view limit) {
    auto one = Seen::good("github");
    one.limit = limit;
    return one;
}

TEST(LimitRules, a_limit_has_a_number_a_unit_and_a_time) {
    for (const auto* right : {"5000 requests/h", "1 message/s and channel", "15 cost units/s",
                              "at most 4 calls at once", "250 quota units per second"}) {
        expect("E01", State::pass, Seen().integration(with_limit(right)));
    }
    for (const auto* wrong : {"", "none that we know", "5000", "5000 requests", "a few calls/s"}) {
        expect("E01", State::fail, Seen().integration(with_limit(wrong)));
    }
    expect("E01", State::fail,
           Seen().integration(with_limit("60 requests/h")).integration(with_limit("")));
    expect("E01", State::fail, Seen());
}

Row counted_for(std::string_view remaining) {
    return Row("github", "GET", "/user").fact("buckets", "core").fact("remaining", remaining);
}
Row over_the_limit() {
    return counted_for("0").fact("limit_says", "primary").status(403);
}

TEST(LimitRules, who_slows_down_by_itself_is_seldom_refused) {
    expect("E02", State::pass,
           Seen().with(Ran("limits").rows(30, counted_for("3")).row(counted_for("0"))));
    expect("E02", State::fail,
           Seen().with(Ran("limits").rows(30, counted_for("3")).rows(2, over_the_limit())));
    // A refusal by a fault is nobody's pace.
    expect("E02", State::pass,
           Seen().with(Ran("limits")
                           .rows(30, counted_for("3"))
                           .row(counted_for("0"))
                           .rows(9, over_the_limit().fault("limit"))));
    expect("E02", State::untested, Seen().with(Ran("limits").rows(30, counted_for("3"))));
    // Whoever asks on while it was told to wait was lucky, not careful.
    const auto told = counted_for("0").fault("limit").status(429).announced(2s);
    const auto after = [&](Duration at) {
        return Seen().with(
            Ran("limits").rows(20, counted_for("3")).row(told).rows(3, counted_for("3").at(at)));
    };
    expect("E02", State::fail, after(1s));
    expect("E02", State::pass, after(3s));
    expect("E02", State::untested, Seen().with(Ran("limits").rows(3, counted_for("0"))));
}

TEST(LimitRules, each_way_of_announcing_a_limit_is_kept_to) {
    const auto told = Row("slack", "POST", "/api/chat.postMessage").status(429).announced(1s);
    expect("E03", State::pass, Seen().with(said("limits", "RL-01", Verdict::pass).row(told)));
    for (const auto* check : {"RL-01", "RL-03", "RL-04", "RL-08", "RL-10", "RL-11"}) {
        expect("E03", State::fail, Seen().with(said("limits", check, Verdict::fail).row(told)));
    }
    expect("E03", State::untested, Seen().with(Ran("limits").row(told)));
}

Ran spread(std::string_view method, int count, Duration apart, Duration took) {
    Ran ran("calm");
    for (int i = 0; i < count; ++i) {
        ran.row(Row("npm", method, "/left-pad").at(i * apart).took(took));
    }
    return ran;
}

TEST(LimitRules, calls_at_once_are_bounded_and_writes_have_room) {
    const auto writes = [](Duration apart, int count) {
        return spread("POST", count, apart, 10ms).made();
    };
    const auto with_writes = [&](Ran ran, Duration apart, int count = 4) {
        for (const auto& row : writes(apart, count).rows) {
            ran.row(Row("notion", "POST", "/v1/pages")
                        .operation("create_page")
                        .at(row.first_byte - test_start)
                        .took(10ms));
        }
        return Seen().with(ran);
    };
    expect("E04", State::pass, with_writes(spread("GET", 30, 10ms, 35ms), 400ms));
    expect("E04", State::fail, with_writes(spread("GET", 30, 1ms, 100ms), 400ms));
    expect("E04", State::fail, with_writes(spread("GET", 30, 10ms, 35ms), 2ms));
    // One after the other, and yet too many in a second.
    expect("E04", State::fail, with_writes(spread("GET", 30, 10ms, 35ms), 50ms, 8));
    expect("E04", State::untested, with_writes(spread("GET", 5, 10ms, 35ms), 400ms));
    expect("E04", State::untested, Seen().with(spread("GET", 30, 10ms, 35ms)));
}

TEST(LimitRules, lists_are_walked_by_their_links_and_circles_end) {
    for (const auto& [item, check] :
         std::array{std::pair("E05", "PAG-01"), std::pair("E06", "PAG-02")}) {
        expect(item, State::pass, Seen().with(said("limits", check, Verdict::pass)));
        expect(item, State::fail,
               Seen()
                   .with(said("calm", check, Verdict::pass))
                   .with(said("limits", check, Verdict::fail)));
        expect(item, State::untested, Seen().with(said("calm", check, Verdict::unknown)));
    }
}

TEST(LimitRules, only_a_long_walk_shows_that_it_can_be_resumed) {
    const auto walk = [](int pages, Verdict verdict) {
        auto ran = said("lost", "PAG-10", verdict);
        for (int i = 0; i < pages; ++i) {
            ran.row(Row("api", "GET", "/items")
                        .fact("list", "items")
                        .fact("page_asked", "p" + std::to_string(i)));
        }
        return Seen().with(ran);
    };
    expect("E07", State::pass, walk(12, Verdict::pass));
    expect("E07", State::fail, walk(12, Verdict::fail));
    expect("E07", State::untested, walk(2, Verdict::pass));
    expect("E07", State::untested, walk(12, Verdict::unknown));
}

TEST(LimitRules, what_is_read_again_is_read_conditionally) {
    const auto first = Row("npm", "GET", "/axios").fact("etag", "\"1\"");
    const auto again =
        Row("npm", "GET", "/axios").fact("etag", "\"1\"").header("if-none-match", "\"1\"");
    expect("E08", State::pass, Seen().with(Ran("calm").row(first).row(Row(again).status(304))));
    expect("E08", State::fail, Seen().with(Ran("calm").row(first).row(first)));
    expect("E08", State::pass,
           Seen().with(Ran("calm").row(first).rows(4, Row(again).status(304)).row(first)));
    expect("E08", State::fail,
           Seen().with(Ran("calm").row(first).rows(3, Row(again).status(304)).row(first)));
    // The short document after the long one is no repetition.
    expect("E08", State::untested,
           Seen().with(Ran("calm").row(first).row(Row(first).header("accept", "short"))));
    expect("E08", State::untested, Seen().with(Ran("calm").row(first)));
}

TEST(LimitRules, an_error_is_not_kept) {
    const auto fine = Row("npm", "GET", "/axios").operation("get_packument");
    const auto there = Row("npm", "GET", "/lodash").operation("get_packument");
    const auto broken = Row(there).status(503).fault("status");
    expect("E09", State::pass,
           Seen().with(Ran("flaky").row(fine).row(broken).row(fine).row(there)));
    expect("E09", State::fail, Seen().with(Ran("flaky").row(fine).row(broken).row(fine)));
    // Where nothing of its kind was asked again the work did not come to it.
    expect("E09", State::untested,
           Seen().with(Ran("flaky").row(fine).row(Row(broken).operation("other")).row(fine)));
    expect("E09", State::fail,
           Seen()
               .with(Ran("flaky").row(broken).row(there))
               .with(said("calm", "CCH-04", Verdict::fail)));
    expect("E09", State::untested, Seen().with(Ran("flaky").row(fine)));
    // What was kept in memory is gone with its life.
    const auto answered_later = Ran("flaky").row(broken).row(there);
    expect("E09", State::pass,
           Seen().with(answered_later).with(said("gap", "CCH-02", Verdict::fail).life().life()));
    expect("E09", State::fail,
           Seen().with(answered_later).with(said("gap", "CCH-02", Verdict::fail).life()));
}

}  // namespace
}  // namespace apilab::cli::checklist
