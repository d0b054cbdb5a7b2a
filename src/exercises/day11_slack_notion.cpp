// Day 11: one row and one message for every finding
//
// Situation  Findings belong into a Notion table and on Slack, once each. Slack says no inside a
//            200, replies get lost after the work is done, and neither knows idempotency keys.
// Shows      A yes that is read from the body; a key of one's own, and a look for it before a
//            second try; an order of steps that a later run can take up.
// Run        ./lab learn day11_slack_notion --compare
// Break      --break=status-only | write-again

#include "apilab/base/try.hpp"
#include "glue.hpp"

namespace {
using namespace exercise;
using namespace std::chrono_literals;
using apilab::provider::Notion;
using apilab::provider::Slack;
using Answer = Result<Response>;

// With Slack the status is not the answer: nearly every refusal is a 200 that says ok: false.
bool done(Lab& lab, const Answer& answer) {
    return answer && answer->ok() && (Slack::refusal(*answer).empty() || lab.broken("status-only"));
}

// Whoever lost the reply cannot know what was done: `look` finds out before the next try. `unsure`:
// an earlier run may have lost it, so the look comes first. Where twice does no harm, a request is
// its own look.
Task<Answer> write(Lab& lab, Request request, Request look, std::string key, bool unsure = false) {
    Answer answer = apilab::fail(apilab::ErrorKind::connection_lost, "perhaps in an earlier run");
    for (int attempt = unsure ? 0 : 1; attempt <= 5; ++attempt) {
        if (attempt > 0) {
            answer = co_await paced(lab, request);
        }
        if (!answer && !lab.broken("write-again")) {
            auto seen = co_await paced(lab, look);
            if (!done(lab, seen) || seen->body().contains(key)) {
                co_return seen;
            }
        }
        if (done(lab, answer) || !passing(answer)) {
            break;
        }
        co_await lab.sleep(attempt == 0 ? 0ns : pause(lab, answer, attempt));
    }
    co_return answer;
}

// Row, message, tick: where a run is interrupted, the next one goes on.
Task<void> bring(Lab& lab, Finding finding) {
    auto row = co_await write(lab, finding.find_row(), finding.find_row(), "");
    const bool fresh = Notion::page_id(row).empty();
    if (fresh && done(lab, row)) {
        row = co_await write(lab, finding.make_row(), finding.find_row(), finding.key);
    }
    auto answer = row;
    if (!Notion::page_id(row).empty() && !Finding::is_ticked(row)) {
        const auto post = finding.post_message();
        answer = co_await write(lab, post, finding.read_channel(), finding.key, !fresh);
        if (done(lab, answer)) {
            answer = co_await write(lab, finding.tick(row), finding.tick(row), "");
        }
    }
    lab.ended(finding.key, answer);
}

// What one writes in a hurry: send it until the status is right.
Task<void> bring_in_a_hurry(Lab& lab, Finding finding) {
    const auto row = co_await until_ok(lab, finding.make_row());
    co_await until_ok(lab, finding.post_message());
    lab.ended(finding.key, co_await until_ok(lab, finding.tick(row)));
}

// The same by the library: `ok: false` is an error, and `post_once` looks before it posts again.
Task<Result<void>> look_then_write(Lab& /*lab*/, Finding f) {
    APILAB_CO_TRY(const auto row, co_await f.notion.upsert(f.key, f.values()));
    APILAB_CO_TRY(const auto seen, co_await f.slack.find(f.channel, f.key));
    if (!seen) {
        APILAB_CO_CHECK(co_await f.slack.post_once(f.message()));
    }
    APILAB_CO_CHECK(co_await f.notion.update(row.page.id, Finding::tick_value()));
    co_return Result<void>();
}
}  // namespace
int main(int argc, char** argv) {
    return exercise::run(
        {.name = "day11_slack_notion",
         .story = "14 findings, a Notion table, a Slack channel",
         .scenario = "day11-glue",
         .deadline = 60s,
         .sins = {{"status-only", "takes a 200 that says no for a yes", "DAT-14"},
                  {"write-again", "writes again what may have been written", "IDM-01"}},
         .production = [](Lab& lab) { return each_finding(lab, bring); },
         .naive = [](Lab& lab) { return each_finding(lab, bring_in_a_hurry); },
         .library = [](Lab& lab) { return each_finding(lab, until_sure<look_then_write>); },
         .numbers = {"messages", "messages doubled", "rows", "rows doubled"},
         .next = "day11_notion_pace"},
        argc, argv);
}
