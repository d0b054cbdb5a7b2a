// Day 12: from a mail to a row to a message, each once, whoever dies in between
//
// Situation  Every mail of an inbox becomes a row in Notion and a message on Slack. The program is
//            killed eight times, replies get lost, and each of the three has its limits.
// Shows      A step is on the disk before it is tried ("begun") and after it ("done"): what was
//            begun and is not done may have happened, so it is looked for first. What is done is
//            not even looked at again.
// Run        ./lab learn day12_pipeline --compare
// Break      --break=no-begun | write-again

#include <fstream>
#include <map>
#include "glue.hpp"
#include "mailbox.hpp"

namespace {
using namespace exercise;
using namespace std::chrono_literals;
using apilab::provider::Notion;
using apilab::provider::Slack;
using Answer = Result<Response>;

// One line a step, in a file that only grows; a database, in earnest (work::Outbox).
class Ledger {
public:
    explicit Ledger(std::filesystem::path file) : file_(std::move(file)) {
        std::ifstream lines(file_);
        for (std::string step, state; lines >> step >> state;) {
            steps_[step] = state;
        }
    }
    [[nodiscard]] bool is(const std::string& step, const std::string& state) const {
        const auto found = steps_.find(step);
        return found != steps_.end() && found->second == state;
    }
    void note(const std::string& step, const std::string& state) {
        steps_[step] = state;
        std::ofstream(file_, std::ios::app) << step << ' ' << state << std::endl;
    }

private:
    std::filesystem::path file_;
    std::map<std::string, std::string> steps_;
};

bool done(const Answer& answer) {
    return answer && answer->ok() && Slack::refusal(*answer).empty();
}

// Sends, and finds out what became of it where nobody says: `look` shows the key, or does not.
Task<Answer> write(Lab& lab, Request request, Request look, std::string key, bool unsure) {
    Answer answer = apilab::fail(apilab::ErrorKind::connection_lost, "perhaps in an earlier life");
    for (int attempt = unsure ? 0 : 1; attempt <= 6; ++attempt) {
        if (attempt > 0) {
            answer = co_await paced(lab, request);
        }
        if (!answer && !lab.broken("write-again")) {
            co_await lab.sleep(2s);
            auto seen = co_await paced(lab, look);
            if (!done(seen) || seen->body().contains(key)) {
                co_return seen;
            }
        }
        if (done(answer) || !passing(answer)) {
            break;
        }
        co_await lab.sleep(attempt == 0 ? 0ns : pause(lab, answer, attempt));
    }
    co_return answer;
}

// One step of one mail, in whatever life.
Task<bool> take_step(Lab& lab, Ledger& ledger, std::string name, Finding finding, Request request,
                     Request look) {
    const auto step = finding.key + ":" + name;
    if (ledger.is(step, "done")) {
        co_return true;
    }
    const bool unsure = ledger.is(step, "begun");
    if (!unsure && !lab.broken("no-begun")) {
        ledger.note(step, "begun");
    }
    const auto answer = co_await write(lab, request, look, finding.key, unsure);
    if (done(answer)) {
        ledger.note(step, "done");
    }
    lab.ended(step, answer);
    co_return done(answer);
}

Task<void> bring(Lab& lab, Ledger& ledger, Finding mail) {
    if (co_await take_step(lab, ledger, "row", mail, mail.make_row(), mail.find_row())) {
        co_await take_step(lab, ledger, "message", mail, mail.post_message(), mail.read_channel());
    }
}

// A finding whose key is the mail's own id: in all lives the same.
Finding finding_of(Lab& lab, const std::string& mail) {
    static constexpr std::size_t one = 1;
    auto finding = findings(lab, one).front();
    finding.key = "mail-" + mail;
    finding.text = "A mail came in: " + mail;
    return finding;
}

using Bring = Task<void> (*)(Lab&, Ledger&, Finding);
Task<void> life(Lab& lab, Bring bring_one) {
    Ledger ledger(lab.folder() / "ledger");
    Mailbox mailbox = mailbox_of(lab);
    co_await refresh(lab, mailbox);
    const auto inbox = co_await walk(
        lab, mailbox, [&](auto page) { return mailbox.gmail.list_request("in:inbox", page); });
    for (const auto& id : inbox.ids) {
        const auto mail = co_await ask(lab, mailbox, mailbox.gmail.get_request(id));
        if (mail && mail->ok()) {
            co_await bring_one(lab, ledger, finding_of(lab, id));
        }
    }
}

// What one writes in a hurry: look at the table, and do what is not there.
Task<void> bring_in_a_hurry(Lab& lab, Ledger& /*ledger*/, Finding mail) {
    const auto seen = co_await paced(lab, mail.find_row());
    if (!Notion::page_id(seen).empty()) {
        co_return;  // it was brought before
    }
    for (int i = 0; i < 3 && !co_await paced(lab, mail.make_row()); ++i) {
    }
    for (int i = 0; i < 3 && !co_await paced(lab, mail.post_message()); ++i) {
    }
}

}  // namespace

int main(int argc, char** argv) {
    return exercise::run(
        {.name = "day12_pipeline",
         .story = "an inbox, a Notion table, a Slack channel, and eight kills",
         .scenario = "day12-pipeline",
         .deadline = 60s,
         .sins = {{"no-begun", "notes a step only once it is done", "SYN-01"},
                  {"write-again", "writes again what may have been written", "IDM-01"}},
         .production = [](Lab& lab) { return lab.live([](Lab& l) { return life(l, bring); }); },
         .naive =
             [](Lab& lab) { return lab.live([](Lab& l) { return life(l, bring_in_a_hurry); }); },
         .numbers = {"messages", "messages doubled", "rows", "rows doubled"},
         .next = "day13_deploy"},
        argc, argv);
}
