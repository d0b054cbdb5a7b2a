// Day 11: one row and one message for every finding
//
// Situation  Findings belong into a Notion table and on Slack, once each. Slack says no inside a
//            200, Notion takes three requests a second and 2,000 characters, and replies get lost.
// Yours      A key of one's own, a look before a second try, pacing, long texts in pieces.
// Check      ./lab learn check day11_slack_notion
// Stuck      ./lab learn hint day11_slack_notion

#include "apilab/http/retry_after.hpp"
#include "apilab/provider/notion.hpp"
#include "apilab/provider/slack.hpp"
#include "exercise.hpp"

namespace {
using namespace exercise;
using namespace std::chrono_literals;
using apilab::Secret;
using apilab::provider::Notion;
using apilab::provider::Slack;
using Answer = Result<Response>;

// TODO: with Slack the status is not the answer. A refusal is a 200 that says `"ok": false`;
// `Slack::refusal(*answer)` is its word, or empty. Notion's answers have no `ok`.
bool done(Lab& lab, const Answer& answer) {
    (void)lab;
    return answer && answer->ok();
}

// TODO: say what is worth another attempt: limits, collisions, what is down for a moment; with
// Slack, a word that passes (`Slack::passing(word)`).
bool worth_another_attempt(const Answer& answer) {
    (void)answer;
    return false;
}

// TODO: a random wait below a bound that doubles, and never less than `Retry-After`
// (`apilab::http::parse_retry_after(answer->headers(), lab.system_now()).wait`).
Duration pause(Lab& lab, const Answer& answer, int attempt) {
    (void)lab, (void)answer, (void)attempt;
    return 0ns;
}

// TODO: stay below three requests a second for Notion and one message a second for Slack.
Task<Answer> paced(Lab& lab, Request request) {
    co_return co_await apilab::transport::send(lab.transport(), std::move(request));
}

// TODO: make this a loop. Where the reply is lost (`!answer`), send `look` before the next try: an
// answer that contains `key` says that it had been done. `unsure`: look before the first try, too.
Task<Answer> write(Lab& lab, Request request, Request look, std::string key, bool unsure = false) {
    (void)look, (void)key, (void)unsure;
    auto answer = co_await paced(lab, request);
    if (!done(lab, answer) && worth_another_attempt(answer)) {
        co_await lab.sleep(pause(lab, answer, 1));
    }
    co_return answer;
}

struct Job {  // what is to be made of one finding; its key stands in row and message
    std::string key, row, channel;
    Notion notion;
    Slack slack;
};
std::vector<Job> findings(Lab& lab) {
    const Notion notion({.base = lab.get("/notion").url()},
                        {.token = secret_of(lab, "APILAB_NOTION_TOKEN"),
                         .data_source = std::string(secret_of(lab, "APILAB_NOTION_DS").reveal())});
    const Slack slack({.base = lab.get("/slack").url()}, secret_of(lab, "APILAB_SLACK_TOKEN"));
    std::vector<Job> jobs;
    for (int i = 10; i < 24; ++i) {
        const auto key = "F-" + std::to_string(lab.rng().between(1000, 9999)) + std::to_string(i);
        const std::string text(i % 4 == 1 ? 4800 : 80, 'x');
        // TODO: at most 2,000 characters go into one piece.
        const auto notes = Notion::rich_text(text, 99'999);
        const auto row = R"({"Key":{"rich_text":)" + Notion::rich_text(key) +
                         R"(},"Notes":{"rich_text":)" + notes + "}}";
        jobs.push_back({key, row, std::string(secret_of(lab, "APILAB_SLACK_CHANNEL").reveal()),
                        notion, slack});
    }
    return jobs;
}
const std::string tick = R"({"Announced":{"checkbox":true}})";

// Row, message, tick: where a run is interrupted, the next one goes on.
Task<void> bring(Lab& lab, Job job) {
    const auto find = job.notion.find_request(job.key);
    auto row = co_await write(lab, find, find, "");
    const bool fresh = Notion::page_id(row).empty();
    if (fresh && done(lab, row)) {
        row = co_await write(lab, job.notion.create_request(job.row), find, job.key);
    }
    auto answer = row;
    const auto page = Notion::page_id(row);
    if (!page.empty() && !row->body().contains(R"("checkbox":true)")) {
        const auto post = job.slack.post_request({job.channel, "New finding " + job.key, job.key});
        const auto history = job.slack.history_request(job.channel);
        const auto update = job.notion.update_request(page, tick);
        answer = co_await write(lab, post, history, job.key, !fresh);
        answer = done(lab, answer) ? co_await write(lab, update, update, "") : answer;
    }
    lab.ended(job.key, answer);
}

Task<void> each(Lab& lab, Task<void> (*bring_one)(Lab&, Job)) {
    for (const auto& job : findings(lab)) {
        co_await bring_one(lab, job);
    }
}
}  // namespace

int main(int argc, char** argv) {
    return exercise::run(
        {.name = "day11_slack_notion",
         .story = "14 findings, a Notion table, a Slack channel",
         .scenario = "day11-glue",
         .deadline = 60s,
         .production = [](Lab& lab) { return each(lab, bring); },
         .numbers = {"messages", "messages doubled", "rows", "rows doubled", "429s"},
         .next = "day12_gmail"},
        argc, argv);
}
