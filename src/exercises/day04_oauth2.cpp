// Day 4: tokens that expire, and one refresh for many callers
//
// Situation  Thirty callers read all morning: for a service, for Mara, for Ilse. Tokens last an
//            hour or less. A refresh token used twice logs its user out. Ilse has withdrawn hers.
// Shows      Refresh before the end, once for all who wait; after a 401 one replay; when to stop.
// Run        ./lab learn day04_oauth2 --compare
// Break      --break=no-single-flight | keep-old-refresh-token | no-replay | retry-invalid-grant

#include "apilab/client/oauth2.hpp"
#include "apilab/runtime/semaphore.hpp"
#include "exercise.hpp"

namespace {
using namespace exercise;
using namespace std::chrono_literals;
using namespace apilab::client;
using apilab::Secret;
using apilab::transport::send;

struct Session {  // one credential, shared by everybody who works with it
    OAuth2Options how;
    apilab::runtime::Semaphore door;
    OAuth2TokenSource library;
    TokenSet tokens = {.refresh_token = how.refresh_token};
    SteadyTime renew_at = {};
    bool dead = false;  // only a person can mend that
};
using Shared = std::shared_ptr<Session>;
using Tokens = Task<Result<Secret>> (*)(Lab&, Shared, Secret refused);

// Asks once. What comes replaces both tokens: with rotation the old refresh token is spent.
Task<Result<Secret>> renew(Lab& lab, Shared session) {
    const SteadyTime asked = lab.now();
    const auto request = token_request(session->how, session->tokens.refresh_token);
    const auto answer = co_await send(lab.transport(), request);
    auto fresh = answer ? read_token_answer(*answer) : apilab::fail(answer.error());
    if (!fresh) {
        session->dead = fresh.error().provider_code() == "invalid_grant";
        co_return apilab::fail(fresh.error());
    }
    if (fresh->refresh_token.empty() || lab.broken("keep-old-refresh-token")) {
        fresh->refresh_token = session->tokens.refresh_token;
    }
    session->tokens = *fresh;
    session->renew_at = asked + fresh->lifetime.value_or(1h) - 1min;
    co_return fresh->access_token;
}

// Through a door for one: whoever comes in looks first whether somebody has been here meanwhile.
Task<Result<Secret>> one_for_all(Lab& lab, Shared session, Secret refused) {
    Result<apilab::runtime::Semaphore::Permit> inside;
    if (!lab.broken("no-single-flight")) {
        inside = co_await session->door.acquire();
    }
    if (session->dead && !lab.broken("retry-invalid-grant")) {
        co_return apilab::fail(apilab::ErrorKind::auth, "ask the user for consent");
    }
    const bool good = lab.now() < session->renew_at && !(session->tokens.access_token == refused);
    co_return good ? session->tokens.access_token : co_await renew(lab, session);
}

// What one writes in a hurry: there is none, or it was refused, so get another one.
Task<Result<Secret>> each_for_itself(Lab& lab, Shared session, Secret refused) {
    const bool good = refused.empty() && !session->tokens.access_token.empty();
    co_return good ? session->tokens.access_token : co_await renew(lab, session);
}

// The same as one_for_all in one line of the library (its BearerAuth does what `read` does).
Task<Result<Secret>> by_library(Lab& /*lab*/, Shared session, Secret refused) {
    return refused.empty() ? session->library.token() : session->library.replace(refused);
}

// A 401 says that nothing was done, so it is safe to send again: once, with another token.
Task<void> read(Lab& lab, Shared session, Request request, Tokens tokens) {
    Result<Response> answer = Response(401);
    Secret refused;
    const int chances = lab.broken("no-replay") ? 1 : 2;
    for (int i = 0; i < chances && answer && answer->status() == 401; ++i) {
        const auto token = co_await tokens(lab, session, refused);
        if (token) {
            request.header("authorization", "Bearer " + std::string(token->reveal()));
            refused = *token;
        }
        answer = token ? co_await send(lab.transport(), request) : apilab::fail(token.error());
    }
    lab.ended(request.url().path(), answer ? answer->error_for_status() : answer);
}

Task<void> morning(Lab& lab, Tokens tokens) {
    std::vector<Shared> sessions;
    for (const auto* consent : {"", "APILAB_OAUTH_REFRESH_TOKEN", "APILAB_OAUTH_WITHDRAWN_TOKEN"}) {
        const OAuth2Options how{
            .token_url = lab.get("/oauth/token").url(),
            .client_id = std::string(secret_of(lab, "APILAB_OAUTH_CLIENT_ID").reveal()),
            .client_secret = secret_of(lab, "APILAB_OAUTH_CLIENT_SECRET"),
            .refresh_token = *consent == 0 ? Secret() : secret_of(lab, consent)};
        sessions.emplace_back(
            new Session{how, {lab.scheduler(), 1}, {lab.scheduler(), lab.client(), how}});
    }
    for (int round = 0; round < 7; ++round) {
        co_await lab.side_by_side(30, [=](Lab& at, std::size_t i) {
            const auto id = std::to_string(i) + "-" + std::to_string(round);
            return read(at, sessions[i / 14], at.get("/oauth/documents/" + id), tokens);
        });
        co_await lab.sleep(13min);
    }
}
}  // namespace

int main(int argc, char** argv) {
    return exercise::run(
        {.name = "day04_oauth2",
         .story = "30 callers, 3 credentials, 7 rounds of 13 minutes; tokens live an hour at most",
         .scenario = "day04-oauth2",
         .deadline = 20s,
         .sins = {{"no-single-flight", "everybody fetches a token of their own", "AUT-03"},
                  {"keep-old-refresh-token", "uses a refresh token twice", "AUT-08"},
                  {"no-replay", "gives up what was refused for a stale token", "AUT-02"},
                  {"retry-invalid-grant", "goes on asking when consent is gone", "AUT-06"}},
         .production = [](Lab& lab) { return morning(lab, one_for_all); },
         .naive = [](Lab& lab) { return morning(lab, each_for_itself); },
         .library = [](Lab& lab) { return morning(lab, by_library); },
         .numbers = {"token requests", "answered", "lost"},
         .next = "day10_failure_tests"},
        argc, argv);
}
