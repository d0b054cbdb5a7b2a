// Day 12: a mail sent once, whatever became of the reply
//
// Situation  Five mails have to go out, to five people. Two replies are lost: one mail is out by
//            then, the other never left. Gmail knows no idempotency keys.
// Shows      A Message-ID of our own, made before the first try; after a lost reply the mailbox is
//            searched for it, and only what is not there is sent again.
// Run        ./lab learn day12_send_once --compare
// Break      --break=send-again

#include "mailbox.hpp"

namespace {

using namespace exercise;
using namespace std::chrono_literals;
using apilab::provider::Gmail;
using Answer = Result<Response>;

struct Mail {
    std::string id;  // ours: the provider's own id is in the reply, which may be lost
    std::string text;
};
std::vector<Mail> mails(Lab& lab) {
    std::vector<Mail> all;
    for (const char* name : {"mara", "ines", "tom", "ada", "jo"}) {
        const auto id = std::to_string(lab.rng().between(100'000, 999'999)) + "@apilab.example";
        all.push_back({id, std::string("To: ") + name +
                               "@apilab.example\r\nSubject: Digest\r\nMessage-ID: <" + id +
                               ">\r\n\r\nWhat came in.\r\n"});
    }
    return all;
}

Task<Answer> send_once(Lab& lab, Mailbox& mailbox, Mail mail) {
    const auto send = mailbox.gmail.send_request(mail.text);
    const auto look = mailbox.gmail.list_request("rfc822msgid:" + mail.id);
    auto sent = co_await ask(lab, mailbox, send);
    for (int again = 0; again < 3 && !sent; ++again) {
        co_await lab.sleep(1s);  // what was just sent is not found in the same instant
        if (!lab.broken("send-again")) {
            auto seen = co_await ask(lab, mailbox, look);
            const bool absent = seen && seen->ok() && Gmail::read(seen).ids.empty();
            if (!absent) {
                co_return seen;  // it is out; or nobody knows, and then it is not sent again
            }
        }
        sent = co_await ask(lab, mailbox, send);
    }
    co_return sent;
}

// What one writes in a hurry: no answer, no mail.
Task<Answer> send_until_ok(Lab& lab, Mailbox& mailbox, Mail mail) {
    const auto send = mailbox.gmail.send_request(mail.text);
    auto sent = co_await ask(lab, mailbox, send);
    for (int again = 0; again < 3 && !(sent && sent->ok()); ++again) {
        co_await lab.sleep(1s);
        sent = co_await ask(lab, mailbox, send);
    }
    co_return sent;
}

Task<void> send_all(Lab& lab, Task<Answer> (*send_one)(Lab&, Mailbox&, Mail)) {
    Mailbox mailbox = mailbox_of(lab);
    co_await refresh(lab, mailbox);
    for (const auto& mail : mails(lab)) {
        lab.ended(mail.id, co_await send_one(lab, mailbox, mail));
    }
}

// The same by the library, which refreshes tokens and waits out limits by itself.
Task<void> library(Lab& lab) {
    UserMailbox mailbox(lab);
    for (const auto& mail : mails(lab)) {
        const auto sent = co_await mailbox.gmail().send_once(mail.text, mail.id);
        lab.ended(mail.id, sent ? Answer(Response(200)) : apilab::fail(sent.error()));
    }
    co_await mailbox.close();
}

}  // namespace

int main(int argc, char** argv) {
    return exercise::run({.name = "day12_send_once",
                          .story = "five mails, two lost replies",
                          .scenario = "day12-send",
                          .deadline = 60s,
                          .sins = {{"send-again", "sends again what may have been sent", "IDM-01"}},
                          .production = [](Lab& lab) { return send_all(lab, send_once); },
                          .naive = [](Lab& lab) { return send_all(lab, send_until_ok); },
                          .library = library,
                          .numbers = {"mails sent", "mails doubled"},
                          .next = "day12_pipeline"},
                         argc, argv);
}
