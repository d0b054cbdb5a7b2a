// Day 11: one row and one message for every finding
//
// Situation  Findings belong into a Notion table and on Slack, once each. Slack says no inside a
//            200, replies get lost after the work is done, and neither knows idempotency keys.
// Yours      A yes that is read from the body, and a look before a second try.
// Check      ./lab learn check day11_slack_notion
// Stuck      ./lab learn hint day11_slack_notion

#include "glue.hpp"

namespace {
using namespace exercise;
using namespace std::chrono_literals;
using apilab::provider::Notion;
using apilab::provider::Slack;
using Answer = Result<Response>;

// TODO: with Slack the status is not the answer. A refusal is a 200 that says `"ok": false`;
// `Slack::refusal(*answer)` is its word, or empty. Notion's answers have no `ok`.
bool done(const Answer& answer) {
    return answer && answer->ok();
}

// TODO: say what is worth another attempt: limits, collisions, what is down for a moment; with
// Slack, a word that passes (`Slack::passing(word)`).
bool worth_another_attempt(const Answer& answer) {
    (void)answer;
    return false;
}

// TODO: make this a loop, with `pause(lab, answer, attempt)` between two attempts. Where the reply
// is lost (`!answer`), send `look` before the next try: an answer that contains `key` says that it
// had been done. `unsure`: look before the first try, too.
Task<Answer> write(Lab& lab, Request request, Request look, std::string key, bool unsure = false) {
    (void)look, (void)key, (void)unsure;
    auto answer = co_await paced(lab, request);
    if (!done(answer) && worth_another_attempt(answer)) {
        co_await lab.sleep(pause(lab, answer, 1));
    }
    co_return answer;
}

// Row, message, tick: where a run is interrupted, the next one goes on.
Task<void> bring(Lab& lab, Finding finding) {
    auto row = co_await write(lab, finding.find_row(), finding.find_row(), "");
    const bool fresh = Notion::page_id(row).empty();
    if (fresh && done(row)) {
        row = co_await write(lab, finding.make_row(), finding.find_row(), finding.key);
    }
    auto answer = row;
    if (!Notion::page_id(row).empty() && !Finding::is_ticked(row)) {
        const auto post = finding.post_message();
        answer = co_await write(lab, post, finding.read_channel(), finding.key, !fresh);
        if (done(answer)) {
            answer = co_await write(lab, finding.tick(row), finding.tick(row), "");
        }
    }
    lab.ended(finding.key, answer);
}
}  // namespace

int main(int argc, char** argv) {
    return exercise::run({.name = "day11_slack_notion",
                          .story = "14 findings, a Notion table, a Slack channel",
                          .scenario = "day11-glue",
                          .deadline = 60s,
                          .production = [](Lab& lab) { return each_finding(lab, bring); },
                          .numbers = {"messages", "messages doubled", "rows", "rows doubled"},
                          .next = "day11_notion_pace"},
                         argc, argv);
}
