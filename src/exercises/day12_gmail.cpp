// Day 12: a mailbox kept in step
//
// Situation  Mails come in while we look. Gmail's history tells what is new, quickly, until it has
//            forgotten (404). Tokens go stale, and in the end the user takes consent back.
// Shows      Partial sync; full only where history says 404, with the place in history taken before
//            the list; a stop at invalid_grant instead of a loop.
// Run        ./lab learn day12_gmail --compare
// Break      --break=ignore-404 | retry-invalid-grant

#include "mailbox.hpp"

namespace {
using namespace exercise;
using namespace apilab::provider;
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
// The place in history is taken first: better to be told twice what comes in meanwhile than never.
Task<void> full_sync(Lab& lab, Mailbox& mailbox) {
    const auto now = Gmail::read(co_await ask(lab, mailbox, mailbox.gmail.profile_request()));
    if (lab.broken("ignore-404") && !mailbox.history_id.empty()) {
        mailbox.history_id = now.history_id;  // what lies between is lost
        co_return;
    }
    const auto all = co_await walk(lab, mailbox,
                                   [&](auto page) { return mailbox.gmail.list_request("", page); });
    if (all.status == 200 && co_await fetch(lab, mailbox, all.ids)) {
        mailbox.history_id = now.history_id;
    }
}

Task<void> sync(Lab& lab, Mailbox& mailbox) {
    const bool withdrawn = mailbox.refused == "invalid_grant";
    if (withdrawn && (!lab.broken("retry-invalid-grant") || !co_await refresh(lab, mailbox))) {
        co_return;  // no fault but the user's word: asking again cannot help, a person can
    }
    if (mailbox.history_id.empty()) {
        co_return co_await full_sync(lab, mailbox);
    }
    const auto news = co_await walk(lab, mailbox, [&](auto page) {
        return mailbox.gmail.history_request(mailbox.history_id, page);
    });
    if (news.status == 404) {  // too long ago: nobody knows any more what lies between
        co_return co_await full_sync(lab, mailbox);
    }
    if (news.status == 200 && co_await fetch(lab, mailbox, news.ids)) {
        mailbox.history_id = news.history_id;  // only now: what is not fetched is told again
    }
}

// What one writes in a hurry: whatever fails gets a new token and another try.
Task<Gmail::Told> ask_in_a_hurry(Lab& lab, Mailbox& mailbox, Request request) {
    auto answer = co_await send(lab.transport(), as_user(mailbox, request));
    for (int i = 0; i < 4 && !(answer && answer->ok()); ++i) {
        co_await refresh(lab, mailbox);
        answer = co_await send(lab.transport(), as_user(mailbox, request));
    }
    co_return Gmail::read(answer);
}
Task<void> sync_in_a_hurry(Lab& lab, Mailbox& mailbox) {
    const Gmail& gmail = mailbox.gmail;
    const auto& since = mailbox.history_id;
    const auto news = co_await ask_in_a_hurry(
        lab, mailbox, since.empty() ? gmail.list_request() : gmail.history_request(since));
    for (const auto& id : news.ids) {
        co_await ask_in_a_hurry(lab, mailbox, gmail.get_request(id));
    }
    const auto now = co_await ask_in_a_hurry(lab, mailbox, gmail.profile_request());
    mailbox.history_id = now.history_id;
}
// The same by the library.
Task<Result<GmailSyncReport>> sync_by_library(UserMailbox& mailbox) {
    co_return co_await GmailSync(mailbox.gmail(), mailbox.store()).run();
}
}  // namespace
int main(int argc, char** argv) {
    return exercise::run(
        {.name = "day12_gmail",
         .story = "a mailbox in 12 rounds",
         .scenario = "day12-mail",
         .deadline = std::chrono::minutes(1),
         .sins = {{"ignore-404", "goes on from today when history has forgotten", "SYN-03"},
                  {"retry-invalid-grant", "asks for a token that a person has to give", "AUT-06"}},
         .production = [](Lab& lab) { return keep_in_step(lab, sync); },
         .naive = [](Lab& lab) { return keep_in_step(lab, sync_in_a_hurry); },
         .library = [](Lab& lab) { return keep_in_step(lab, sync_by_library); },
         .numbers = {"mails missed", "token requests"},
         .next = "day12_send_once"},
        argc, argv);
}
