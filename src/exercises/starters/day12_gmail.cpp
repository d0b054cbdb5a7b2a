// Day 12: a mailbox kept in step, and one mail sent once
//
// Situation  Gmail's history tells what is new, until it has forgotten (404). A limit comes as a
//            403, tokens go stale, the reply to a send is lost, the user takes consent back.
// Yours      Partial sync, full only where history says 404; a mail looked for by its Message-ID
//            before it is sent again; a stop at invalid_grant instead of a loop.
// Check      ./lab learn check day12_gmail
// Stuck      ./lab learn hint day12_gmail

#include <set>
#include "apilab/client/oauth2.hpp"
#include "apilab/provider/gmail.hpp"
#include "exercise.hpp"

namespace {
using namespace exercise;
using namespace std::chrono_literals;
using apilab::Secret;
using apilab::provider::Gmail;
using apilab::transport::send;
using Answer = Result<Response>;

struct Mailbox {  // what is known of it; a program that lives on would store it
    apilab::client::OAuth2Options consent;
    Gmail gmail;
    Secret token = {};
    std::string history_id = {};
    std::set<std::string> mails = {};
    bool needs_consent = false;
};
using State = std::shared_ptr<Mailbox>;

// TODO: remember `needs_consent` where the error's `provider_code()` is `invalid_grant`: asking
// again cannot help then.
Task<bool> refresh(Lab& lab, State state) {
    const auto request = token_request(state->consent, state->consent.refresh_token);
    const auto answer = co_await send(lab.transport(), request);
    const auto fresh =
        answer ? apilab::client::read_token_answer(*answer) : apilab::fail(answer.error());
    state->token = fresh ? fresh->access_token : state->token;
    co_return fresh.has_value();
}

// TODO: a 401 is worth one fresh token (`refresh`) and one more try, unless the state says
// `needs_consent`. A 403 that is a limit (`Gmail::passing`) is worth a pause; Google names no time.
Task<Answer> ask(Lab& lab, State state, Request request) {
    request.header("authorization", "Bearer " + std::string(state->token.reveal()));
    co_return co_await send(lab.transport(), request);
}

Task<void> fetch(Lab& lab, State state, std::vector<std::string> ids) {
    for (const auto& id : ids) {
        const bool known = state->mails.contains(id);
        const auto mail = known ? Answer() : co_await ask(lab, state, state->gmail.get_request(id));
        if (mail && mail->ok()) {
            state->mails.insert(id);
        }
    }
}

// TODO: list all pages (`list_request("", page)`, `Gmail::read(answer).next_page`) and fetch what
// is not known. Which `history_id` is to be kept: the one from before the list, or from after it?
Task<void> full_sync(Lab& lab, State state) {
    const auto list = co_await ask(lab, state, state->gmail.list_request());
    co_await fetch(lab, state, Gmail::read(list).ids);
    const auto profile = co_await ask(lab, state, state->gmail.profile_request());
    state->history_id = Gmail::read(profile).history_id;
}

// TODO: ask only for what came after `state->history_id` (`history_request`), and start anew where
// that answers 404.
Task<void> sync(Lab& lab, State state) {
    co_await full_sync(lab, state);
}

// TODO: where the reply is lost (`!sent`), look for the mail (`list_request("rfc822msgid:" + id)`)
// before you send it again.
Task<Answer> send_once(Lab& lab, State state, std::string id, Request mail) {
    (void)id;
    auto sent = co_await ask(lab, state, mail);
    co_return sent ? sent : co_await ask(lab, state, mail);
}

Task<void> keep_in_step(Lab& lab, Task<void> (*sync_once)(Lab&, State),
                        Task<Answer> (*send_mail)(Lab&, State, std::string, Request)) {
    const auto state = std::make_shared<Mailbox>(Mailbox{
        .consent = {.token_url = lab.get("/google/token").url(),
                    .client_id = std::string(secret_of(lab, "APILAB_GOOGLE_CLIENT_ID").reveal()),
                    .client_secret = secret_of(lab, "APILAB_GOOGLE_CLIENT_SECRET"),
                    .refresh_token = secret_of(lab, "APILAB_GOOGLE_REFRESH_TOKEN")},
        .gmail = Gmail({.base = lab.get("/google").url()})});
    co_await refresh(lab, state);
    for (int round = 0; round < 12 && !state->needs_consent; ++round) {
        co_await sync_once(lab, state);
        if (round == 8) {
            const auto id = std::to_string(lab.rng().between(100'000, 999'999)) + "@apilab.example";
            const auto mail = "To: mara@apilab.example\r\nSubject: Digest\r\nMessage-ID: <" + id +
                              ">\r\n\r\nWhat came in.\r\n";
            lab.ended("digest",
                      co_await send_mail(lab, state, id, state->gmail.send_request(mail)));
        }
        co_await lab.sleep(2s);
    }
    lab.number("needs consent", state->needs_consent ? 1 : 0);
}
}  // namespace

int main(int argc, char** argv) {
    return exercise::run({.name = "day12_gmail",
                          .story = "a mailbox in 12 rounds, and one mail",
                          .scenario = "day12-mail",
                          .deadline = 60s,
                          .production = [](Lab& lab) { return keep_in_step(lab, sync, send_once); },
                          .numbers = {"mails missed", "mails doubled", "token requests"},
                          .next = "day13_deploy"},
                         argc, argv);
}
