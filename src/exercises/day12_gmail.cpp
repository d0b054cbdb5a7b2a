// Day 12: a mailbox kept in step, and one mail sent once
//
// Situation  Gmail's history tells what is new, until it has forgotten (404). A limit comes as a
//            403, tokens go stale, the reply to a send is lost, the user takes consent back.
// Shows      Partial sync, full only where history says 404; a mail looked for by its Message-ID
//            before it is sent again; a stop at invalid_grant instead of a loop.
// Run        ./lab learn day12_gmail --compare
// Break      --break=ignore-404 | send-again | retry-invalid-grant

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

// invalid_grant is no fault but the user's word: asking again cannot help, a person can.
Task<bool> refresh(Lab& lab, State state) {
    for (int left = lab.broken("retry-invalid-grant") ? 5 : 1; left > 0; --left) {
        const auto request = token_request(state->consent, state->consent.refresh_token);
        const auto answer = co_await send(lab.transport(), request);
        const auto fresh =
            answer ? apilab::client::read_token_answer(*answer) : apilab::fail(answer.error());
        state->token = fresh ? fresh->access_token : state->token;
        state->needs_consent = !fresh && fresh.error().provider_code() == "invalid_grant";
        if (fresh) {
            co_return true;
        }
        co_await lab.sleep(1s);
    }
    co_return false;
}

// A 401 is worth one fresh token; a 403 that is a limit, a pause (Google names no time).
Task<Answer> ask(Lab& lab, State state, Request request) {
    bool refreshed = false;
    for (int attempt = 1;; ++attempt) {
        request.header("authorization", "Bearer " + std::string(state->token.reveal()));
        auto answer = co_await send(lab.transport(), request);
        if (answer && answer->status() == 401 && !refreshed && co_await refresh(lab, state)) {
            refreshed = true;
        } else if (answer && attempt < 5 && Gmail::passing(*answer)) {
            const Duration bound = 250ms * (1 << attempt);
            co_await lab.sleep(bound + Duration(lab.rng().between(0, bound.count())));
        } else {
            co_return answer;
        }
    }
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

// The place in history is taken first: better to be told twice what comes in meanwhile than never.
Task<void> full_sync(Lab& lab, State state) {
    const auto place = Gmail::read(co_await ask(lab, state, state->gmail.profile_request()));
    std::string page;
    bool more = state->history_id.empty() || !lab.broken("ignore-404");
    while (more) {
        const auto list = co_await ask(lab, state, state->gmail.list_request("", page));
        co_await fetch(lab, state, Gmail::read(list).ids);
        page = Gmail::read(list).next_page;
        more = !page.empty();
    }
    state->history_id = place.history_id;
}

Task<void> sync(Lab& lab, State state) {
    std::string page;
    do {
        const auto since = state->gmail.history_request(state->history_id, page);
        const auto news =
            state->history_id.empty() ? Answer(Response(404)) : co_await ask(lab, state, since);
        if (news && news->status() == 404) {  // nobody knows any more what lies between
            co_return co_await full_sync(lab, state);
        }
        const auto told = Gmail::read(news);
        co_await fetch(lab, state, told.ids);
        page = told.next_page;
        state->history_id =
            page.empty() && !told.history_id.empty() ? told.history_id : state->history_id;
    } while (!page.empty());
}

// The Message-ID is ours, so that after a lost reply the mail can be looked for.
Task<Answer> send_once(Lab& lab, State state, std::string id, Request mail) {
    auto sent = co_await ask(lab, state, mail);
    for (int i = 0; i < 3 && !sent; ++i) {
        const auto look = state->gmail.list_request("rfc822msgid:" + id);
        const auto seen =
            lab.broken("send-again") ? Answer(Response()) : co_await ask(lab, state, look);
        const bool known = seen && seen->ok() && Gmail::read(seen).ids.empty();
        sent = known ? co_await ask(lab, state, mail) : seen;
    }
    co_return sent;
}

// What one writes in a hurry: whatever fails gets a new token and another try.
Task<Answer> ask_in_a_hurry(Lab& lab, State state, Request request) {
    Answer answer = Response(401);
    for (int i = 0; i < 5 && (!answer || !answer->ok()); ++i) {
        request.header("authorization", "Bearer " + std::string(state->token.reveal()));
        answer = co_await send(lab.transport(), request);
        if (!answer || !answer->ok()) {
            co_await refresh(lab, state);
        }
    }
    co_return answer;
}
Task<void> sync_in_a_hurry(Lab& lab, State state) {
    const bool first = state->history_id.empty();
    const auto news = co_await ask_in_a_hurry(
        lab, state,
        first ? state->gmail.list_request() : state->gmail.history_request(state->history_id));
    for (const auto& id : Gmail::read(news).ids) {
        co_await ask_in_a_hurry(lab, state, state->gmail.get_request(id));
    }
    state->history_id =
        Gmail::read(co_await ask_in_a_hurry(lab, state, state->gmail.profile_request())).history_id;
}
Task<Answer> send_in_a_hurry(Lab& lab, State state, std::string /*id*/, Request mail) {
    return ask_in_a_hurry(lab, state, mail);
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
    return exercise::run(
        {.name = "day12_gmail",
         .story = "a mailbox in 12 rounds, and one mail",
         .scenario = "day12-mail",
         .deadline = 60s,
         .sins = {{"ignore-404", "goes on from today when history has forgotten", "SYN-03"},
                  {"send-again", "sends again what may have been sent", "IDM-01"},
                  {"retry-invalid-grant", "asks for a token that a person has to give", "AUT-06"}},
         .production = [](Lab& lab) { return keep_in_step(lab, sync, send_once); },
         .naive = [](Lab& lab) { return keep_in_step(lab, sync_in_a_hurry, send_in_a_hurry); },
         .numbers = {"mails missed", "mails doubled", "token requests"},
         .next = "day13_deploy"},
        argc, argv);
}
