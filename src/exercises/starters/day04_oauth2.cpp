// Day 4: tokens that expire, and one refresh for many callers
//
// Situation  Thirty callers read all morning: for a service, for Mara, for Ilse. Tokens last an
//            hour or less. A refresh token used twice logs its user out. Ilse has withdrawn hers.
// Yours      When to fetch a token, and for whom: one for all who wait. When to stop asking.
// Check      ./lab learn check day04_oauth2
// Stuck      ./lab learn hint day04_oauth2

#include "apilab/auth/oauth2.hpp"
#include "apilab/base/try.hpp"
#include "apilab/runtime/semaphore.hpp"
#include "exercise.hpp"

namespace {
using namespace apilab;
using namespace exercise;
using namespace std::chrono_literals;

struct Session {  // one credential, shared by everybody who works with it
    Lab& lab;
    std::string consent;  // where the refresh token of a user is; the service has none
    auth::OAuth2Options how = oauth2_client(lab, "oauth", consent);
    runtime::Semaphore door{lab.scheduler(), 1};
    Secret token = {};
    SteadyTime renew_at = {};
    bool dead = false;  // only a person can mend that
};

// Asks once and keeps what came.
// TODO: keep the new refresh token, too (an answer without one means that the old one stays): with
// rotation the old one is spent. Note when this token should be replaced (`lifetime`, measured from
// when it was asked for; `fresh` is an auth::TokenSet, or an error). See what a server means that
// says `invalid_grant` (`fresh.error().provider_code()`): behind APILAB_CO_CHECK, which hands an
// error to the caller, it is too late for that.
Task<Result<Secret>> renew(Session& session) {
    const auto request = token_request(session.how, session.how.refresh_token);
    const auto fresh = auth::read_token_answer(co_await send(session.lab.transport(), request));
    APILAB_CO_CHECK(fresh);
    session.token = fresh->access_token;
    co_return session.token;
}

// TODO: many callers come here at once. Let one of them fetch the token and the others wait for it:
// `session.door.acquire()` lets one in until its permit goes. Whoever gets in should look first
// whether the token is a new one by now (`refused` is what a server has just refused; empty:
// nothing was). Where nothing can be had any more, say so without asking:
// `co_return fail(ErrorKind::auth, "...")`.
Task<Result<Secret>> one_for_all(Session& session, Secret refused) {
    co_return refused.empty() && !session.token.empty() ? session.token : co_await renew(session);
}

// A 401 says that nothing was done, so it is safe to send again: once, with another token.
Task<Result<Response>> read(Session& session, Request request) {
    APILAB_CO_TRY(const auto token, co_await one_for_all(session, {}));
    auto answer = co_await send(session.lab.transport(), bearing(token, request));
    if (answer && answer->status() == 401) {
        APILAB_CO_TRY(const auto another, co_await one_for_all(session, token));
        answer = co_await send(session.lab.transport(), bearing(another, request));
    }
    co_return answer ? answer->error_for_status() : answer;
}

Task<void> morning(Lab& lab) {
    std::array<Session, 3> all = {{{lab, ""}, {lab, "REFRESH_TOKEN"}, {lab, "WITHDRAWN_TOKEN"}}};
    co_await in_rounds(lab, {.rounds = 7, .callers = 30, .apart = 13min}, [&](auto& id, auto i) {
        return read(all[i / 14], lab.get("/oauth/documents/" + id));
    });
}
}  // namespace

int main(int argc, char** argv) {
    return exercise::run(
        {.name = "day04_oauth2",
         .story = "30 callers, 3 credentials, 7 rounds of 13 minutes; tokens live an hour at most",
         .scenario = "day04-oauth2",
         .deadline = 20s,
         .production = morning,
         .numbers = {"token requests", "answered", "lost"},
         .next = "day04_refresh_stampede"},
        argc, argv);
}
