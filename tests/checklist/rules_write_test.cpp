// Group D: what is written, lost, refused, killed between and raced.
#include <array>
#include <chrono>

#include "rule_cases.hpp"

namespace apilab::cli::checklist {
namespace {

using namespace std::chrono_literals;
using sandbox::Verdict;

// A message on Slack with an id of its own in its metadata; an empty one: it has none.
Row message(std::string_view id, std::string_view body = "b1") {
    return Row("slack", "POST", "/api/chat.postMessage")
        .operation("chat.postMessage")
        .fact("channel", "C1")
        .fact("makes", id.empty() ? "C1 hello" : id)
        .body(body)
        .applied();
}
Row lost_message(std::string_view id) {
    return message(id).cut().fault("reset");
}
Row history() {
    return Row("slack", "GET", "/api/conversations.history").operation("conversations.history");
}
Row page(std::string_view key, std::string_view body) {
    return Row("notion", "POST", "/v1/pages")
        .operation("create_page")
        .fact("makes", key)
        .fact("row_key", key)
        .body(body)
        .applied();
}
// Nothing but a title, which the next may have as well.
Row titled(std::string_view title, std::string_view body) {
    return Row("notion", "POST", "/v1/pages")
        .operation("create_page")
        .fact("makes", title)
        .body(body)
        .applied();
}
Row order(std::string_view key, std::string_view body) {
    return Row("api", "POST", "/orders")
        .operation("create_order")
        .fact("makes", "order 7")
        .key(key)
        .body(body)
        .applied();
}
Life killed() {
    auto life = Ran::good_life();
    life.killed = true;
    life.exit_code.reset();
    return life;
}

TEST(WriteRules, one_key_stands_on_all_attempts_of_a_write) {
    expect(
        "D01", State::pass,
        Seen().with(Ran("lost").row(lost_message("k1")).row(history()).row(message("k2", "b2"))));
    expect("D01", State::pass, Seen().with(Ran("lost").row(lost_message("k1")).row(message("k1"))));
    // The same body under another key, and a message that nobody can tell from the next.
    expect("D01", State::fail, Seen().with(Ran("lost").row(lost_message("k1")).row(message("k2"))));
    expect("D01", State::fail, Seen().with(Ran("lost").row(lost_message("")).row(history())));
    expect("D01", State::fail,
           Seen().with(Ran("lost").row(lost_message("k1")).row(titled("axios", "b2"))));
    expect("D01", State::fail,
           Seen().with(Ran("lost").row(lost_message("k1")).check("IDM-02", Verdict::fail, "seen")));
    expect("D01", State::untested, Seen().with(Ran("lost").row(message("k1"))));
    expect("D01", State::untested, Seen());
}

TEST(WriteRules, a_key_stands_for_one_body_and_409_and_422_are_understood) {
    const auto refused = page("a", "b1").status(409).fault("status");
    const auto look = Row("notion", "GET", "/v1/pages/1").operation("get_page");
    const auto again = page("b", "b2");
    expect("D02", State::pass,
           Seen().with(Ran("lost").row(refused).row(look).row(again).row(again)));
    expect("D02", State::pass,
           Seen().with(Ran("lost").row(refused).row(page("a", "b1")).row(again)));
    // Another body under the key; the same again under another key; a 409 that is left lying.
    expect("D02", State::fail, Seen().with(Ran("lost").row(refused).row(page("a", "b9"))));
    expect("D02", State::fail, Seen().with(Ran("lost").row(refused).row(page("c", "b1"))));
    expect("D02", State::fail, Seen().with(Ran("lost").row(refused).row(message("b", "b2"))));
    expect("D02", State::fail,
           Seen().with(Ran("lost")
                           .row(page("a", "b1").status(422))
                           .row(page("a", "b1").status(422))
                           .row(again)));
    // Keys that never came again were not put to the test.
    expect("D02", State::untested,
           Seen().with(Ran("lost").row(refused).row(look).row(page("b", "b2"))));
    expect("D02", State::untested, Seen().with(Ran("lost").row(again).row(again)));
}

TEST(WriteRules, a_title_is_no_key_and_what_has_none_is_looked_at_before_it_comes_again) {
    const auto refused = titled("axios 1.0", "b1").status(409).fault("status");
    const auto look = Row("notion", "GET", "/v1/pages/1").operation("get_page");
    expect("D02", State::fail,
           Seen().with(Ran("lost").row(refused).row(titled("axios 1.0", "b1"))));
    expect("D02", State::fail,
           Seen().with(Ran("lost").row(refused).row(titled("axios 1.0", "b1")).row(look)));
    expect("D02", State::untested,
           Seen().with(Ran("lost").row(refused).row(look).row(titled("axios 1.0", "b1"))));
    const auto second = page("b", "b2");
    expect("D02", State::pass,
           Seen().with(Ran("lost")
                           .row(refused)
                           .row(look)
                           .row(titled("axios 1.0", "b1"))
                           .row(second)
                           .row(second)));
}

TEST(WriteRules, what_is_corrected_has_a_fresh_key) {
    const auto refused = order("k1", "b1").status(400);
    expect("D03", State::pass, Seen().with(Ran("lost").row(refused).row(order("k2", "b2"))));
    expect("D03", State::pass,
           Seen().with(Ran("lost")).with(Ran("flaky").row(refused).row(order("k2", "b2"))));
    expect("D03", State::fail, Seen().with(Ran("lost").row(refused).row(order("k1", "b2"))));
    expect("D03", State::fail,
           Seen()
               .with(Ran("lost").row(refused).row(order("k2", "b2")))
               .with(Ran("flaky").row(refused).row(order("k1", "b2"))));
    // Another thing is no correction of this one, and neither is the same body.
    expect("D03", State::untested,
           Seen().with(Ran("lost").row(refused).row(order("k2", "b2").fact("makes", "order 8"))));
    expect("D03", State::untested, Seen().with(Ran("lost").row(refused).row(order("k1", "b1"))));
    expect("D03", State::untested, Seen().with(Ran("lost").row(order("k2", "b2"))));
}

TEST(WriteRules, the_key_of_a_row_is_its_name_and_stands_for_no_body) {
    const auto refused = page("a", "b1").status(422);
    expect("D03", State::pass, Seen().with(Ran("flaky").row(refused).row(page("a", "b2"))));
    // It was refused again; it is another row; it has a title and no key.
    expect("D03", State::untested,
           Seen().with(Ran("flaky").row(refused).row(Row("notion", "POST", "/v1/pages")
                                                         .operation("create_page")
                                                         .fact("makes", "a")
                                                         .fact("row_key", "a")
                                                         .body("b2")
                                                         .status(422))));
    expect("D03", State::untested, Seen().with(Ran("flaky").row(refused).row(page("b", "b2"))));
    expect("D03", State::untested,
           Seen().with(Ran("flaky").row(titled("a", "b1").status(422)).row(titled("a", "b2"))));
}

TEST(WriteRules, after_a_lost_answer_it_looks_before_it_acts) {
    expect("D04", State::pass, Seen().with(Ran("lost").row(lost_message("k1")).row(history())));
    expect("D04", State::pass,
           Seen().with(Ran("lost")
                           .row(Row("api", "POST", "/orders").key("k").cut().fault("reset"))
                           .row(Row("api", "POST", "/orders").key("k"))));
    expect("D04", State::fail, Seen().with(Ran("lost").row(lost_message("k1"))));
    // Killed before it could look, which shows nothing.
    expect("D04", State::untested, Seen().with(Ran("lost").row(lost_message("k1")).killed()));
    expect(
        "D04", State::fail,
        Seen().with(said("lost", "IDM-01", Verdict::fail).row(lost_message("k1")).row(history())));
    expect("D04", State::untested, Seen().with(Ran("lost").row(message("k1")).row(history())));
}

TEST(WriteRules, two_writers_see_each_other) {
    const auto read = Row("api", "GET", "/documents/1").fact("etag", "\"1\"");
    const auto write = Row("api", "PUT", "/documents/1");
    const auto guarded = Row("api", "PUT", "/documents/1").header("if-match", "\"1\"");
    const auto beaten = Row("api", "PUT", "/documents/1").header("if-match", "\"1\"").status(412);
    expect("D05", State::pass,
           Seen().with(Ran("calm").row(read).row(beaten).row(read).row(guarded)));
    expect("D05", State::fail, Seen().with(Ran("calm").row(read).row(write)));
    expect("D05", State::fail, Seen().with(Ran("calm").row(read).row(beaten).row(guarded)));
    expect("D05", State::untested, Seen().with(Ran("calm").row(read).row(guarded)));
    expect("D05", State::untested, Seen().with(Ran("calm").row(write)));
}

TEST(WriteRules, what_the_judge_says_of_documents_and_of_things_made_once_holds_in_any_episode) {
    for (const auto& [item, check] :
         std::array{std::pair("D06", "DAT-07"), std::pair("D07", "SYN-01")}) {
        expect(item, State::pass,
               Seen()
                   .with(said("calm", check, Verdict::unknown))
                   .with(said("webhooks", check, Verdict::pass)));
        expect(item, State::fail,
               Seen()
                   .with(said("calm", check, Verdict::pass))
                   .with(said("webhooks", check, Verdict::fail)));
        expect(item, State::untested, Seen().with(said("calm", check, Verdict::unknown)));
    }
}

TEST(WriteRules, whoever_was_given_a_fresh_volume_may_make_all_anew) {
    auto off = Ran::good_life();
    off.off = "osv";
    expect("D07", State::untested,
           Seen().with(said("switched", "SYN-01", Verdict::fail).life().life(off)));
    expect("D07", State::fail, Seen().with(said("gap", "SYN-01", Verdict::fail).life().life()));
}

TEST(WriteRules, a_kill_between_work_and_effect_loses_nothing_and_doubles_nothing) {
    const auto calm = Ran("calm").row(message("k1")).row(page("a", "b1")).row(page("b", "b2"));
    const auto before = [] {
        return Ran("lost").row(message("k1")).life(killed()).killed().life();
    };
    const auto first = page("a", "b1");
    const auto second = page("b", "b2");
    const auto said = [&](const Ran& ran) { return Seen().with(calm).with(ran); };
    expect("D08", State::pass, said(before().row(first).row(second)));
    expect("D08", State::fail, said(before().row(first).row(second).row(message("k1"))));
    expect("D08", State::fail, said(before()));
    // What was under way as it was killed comes later: known by its row, or the only one.
    expect("D08", State::pass, said(before().row(first).row(page("b", "b2").left())));
    expect("D08", State::pass, said(before().row(first)));
    // It came, but only because it was asked for anew.
    expect("D08", State::fail, said(before().delivery("github", 200).row(first)));
    expect("D08", State::untested, said(Ran("lost").row(message("k1")).life()));
    expect("D08", State::untested,
           said(Ran("lost").row(message("k1")).row(first).row(second).life(killed()).killed()));
    expect("D08", State::untested, Seen().with(before().row(first)));
}

}  // namespace
}  // namespace apilab::cli::checklist
