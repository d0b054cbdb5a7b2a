// Day 12: a mailbox kept in step
//
// Situation  Mails come in while we look. Gmail's history tells what is new, quickly, until it has
//            forgotten (404). Tokens go stale, and in the end the user takes consent back.
// Yours      Partial sync; full only where history says 404; a stop at invalid_grant.
// Check      ./lab learn check day12_gmail
// Stuck      ./lab learn hint day12_gmail

#include "mailbox.hpp"

namespace {
using namespace exercise;
using apilab::provider::Gmail;

// Are they all known now? What was deleted meanwhile (404) is no mail any more.
Task<bool> fetch(Lab& lab, Mailbox& mailbox, std::vector<std::string> ids) {
    for (const auto& id : ids) {
        if (!mailbox.mails.contains(id)) {
            const auto mail = co_await ask(lab, mailbox, mailbox.gmail.get_request(id));
            if (!mail || (!mail->ok() && mail->status() != 404)) {
                co_return false;
            }
            mailbox.mails.insert(id);
        }
    }
    co_return true;
}

// TODO: which place in history is to be kept, the one from before the list or from after it? And
// what if not every page came (`all.status`), or not every mail?
Task<void> full_sync(Lab& lab, Mailbox& mailbox) {
    const auto all = co_await walk(lab, mailbox,
                                   [&](auto page) { return mailbox.gmail.list_request("", page); });
    co_await fetch(lab, mailbox, all.ids);
    const auto profile = co_await ask(lab, mailbox, mailbox.gmail.profile_request());
    mailbox.history_id = Gmail::read(profile).history_id;
}

// TODO: walk only what came after `mailbox.history_id` (`history_request`, as `list_request` above;
// `walk` says where history is now), and start anew where that answers 404. `mailbox.refused` is
// the word with which no new token was given: when is there nothing left to ask?
Task<void> sync(Lab& lab, Mailbox& mailbox) {
    co_await full_sync(lab, mailbox);
}
}  // namespace

int main(int argc, char** argv) {
    return exercise::run({.name = "day12_gmail",
                          .story = "a mailbox in 12 rounds",
                          .scenario = "day12-mail",
                          .deadline = std::chrono::minutes(1),
                          .production = [](Lab& lab) { return keep_in_step(lab, sync); },
                          .numbers = {"mails missed", "token requests"},
                          .next = "day12_send_once"},
                         argc, argv);
}
