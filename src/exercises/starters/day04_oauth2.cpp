// Day 4: tokens that expire, and one refresh for many callers
//
// Situation  Thirty callers read all morning: for a service, for Mara, for Ilse. Tokens last an
//            hour or less. A refresh token used twice logs its user out. Ilse has withdrawn hers.
// Yours      When to fetch a token, and for whom: one for all who wait. When to stop asking.
// Check      ./lab learn check day04_oauth2
// Stuck      ./lab learn hint day04_oauth2

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

// Asks once and keeps what came.
// TODO: keep the new refresh token, too (an answer without one means that the old one stays): with
// rotation the old one is spent. Note when this token should be replaced (`lifetime`, measured from
// when it was asked for). See what a server means that says `invalid_grant`
// (`fresh.error().provider_code()`).
Task<Result<Secret>> renew(Lab& lab, Shared session) {
    const auto request = token_request(session->how, session->tokens.refresh_token);
    const auto answer = co_await send(lab.transport(), request);
    auto fresh = answer ? read_token_answer(*answer) : apilab::fail(answer.error());
    if (!fresh) {
        co_return apilab::fail(fresh.error());
    }
    session->tokens.access_token = fresh->access_token;
    co_return fresh->access_token;
}

// TODO: many callers come here at once. Let one of them fetch the token and the others wait for it:
// `session->door.acquire()` lets one in until its permit goes. Whoever gets in should look first
// whether the token is a new one by now (`refused` is what a server has just refused; empty:
// nothing was). Where nothing can be had any more, say so without asking.
Task<Result<Secret>> one_for_all(Lab& lab, Shared session, Secret refused) {
    const bool good = refused.empty() && !session->tokens.access_token.empty();
    co_return good ? session->tokens.access_token : co_await renew(lab, session);
}

// A 401 says that nothing was done, so it is safe to send again: once, with another token.
Task<void> read(Lab& lab, Shared session, Request request, Tokens tokens) {
    Result<Response> answer = Response(401);
    Secret refused;
    for (int i = 0; i < 2 && answer && answer->status() == 401; ++i) {
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
         .production = [](Lab& lab) { return morning(lab, one_for_all); },
         .numbers = {"token requests", "answered", "lost"},
         .next = "day10_failure_tests"},
        argc, argv);
}
