// Day 4: tokens that expire, and one refresh for many callers
//
// Situation  Thirty callers read all morning: for a service, for Mara, for Ilse. Tokens last an
//            hour or less. A refresh token used twice logs its user out. Ilse has withdrawn hers.
// Shows      Refresh before the end, once for all who wait; after a 401 one replay; when to stop.
// Run        ./lab learn day04_oauth2 --compare
// Break      --break=no-single-flight | keep-old-refresh-token | no-replay | retry-invalid-grant

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
    runtime::Semaphore door{lab.scheduler(), lab.broken("no-single-flight") ? 30U : 1U};
    auth::OAuth2TokenSource library{lab.scheduler(), lab.client(), lab.rng(), how};
    Secret token = {};
    SteadyTime renew_at = {};
    bool dead = false;  // only a person can mend that
};

// Asks once. What comes replaces both tokens: with rotation the old refresh token is spent.
Task<Result<Secret>> renew(Session& session) {
    const SteadyTime asked = session.lab.now();
    const auto request = token_request(session.how, session.how.refresh_token);
    const auto fresh = auth::read_token_answer(co_await send(session.lab.transport(), request));
    session.dead = !fresh && fresh.error().provider_code() == "invalid_grant";
    APILAB_CO_CHECK(fresh);
    session.token = fresh->access_token;
    session.renew_at = asked + fresh->lifetime.value_or(1h) - 1min;
    if (!fresh->refresh_token.empty() && !session.lab.broken("keep-old-refresh-token")) {
        session.how.refresh_token = fresh->refresh_token;
    }
    co_return session.token;
}

// Through a door for one: whoever comes in looks first whether somebody has been here meanwhile.
Task<Result<Secret>> one_for_all(Session& session, Secret refused) {
    const auto inside = co_await session.door.acquire();
    if (session.dead && !session.lab.broken("retry-invalid-grant")) {
        co_return fail(ErrorKind::auth, "ask the user for consent");
    }
    const bool good = session.lab.now() < session.renew_at && !(session.token == refused);
    co_return good ? session.token : co_await renew(session);
}

// What one writes in a hurry: there is none, or it was refused, so get another one.
Task<Result<Secret>> each_for_itself(Session& session, Secret refused) {
    co_return refused.empty() && !session.token.empty() ? session.token : co_await renew(session);
}

// The same as one_for_all in one line of the library (its BearerAuth does what `read` does).
Task<Result<Secret>> by_library(Session& session, Secret refused) {
    return refused.empty() ? session.library.token() : session.library.replace(std::move(refused));
}

// A 401 says that nothing was done, so it is safe to send again: once, with another token.
Task<Result<Response>> read(Session& session, Request request, auto tokens) {
    APILAB_CO_TRY(const auto token, co_await tokens(session, {}));
    auto answer = co_await send(session.lab.transport(), bearing(token, request));
    if (answer && answer->status() == 401 && !session.lab.broken("no-replay")) {
        APILAB_CO_TRY(const auto another, co_await tokens(session, token));
        answer = co_await send(session.lab.transport(), bearing(another, request));
    }
    co_return answer ? answer->error_for_status() : answer;
}

Task<void> morning(Lab& lab, auto tokens) {
    std::array<Session, 3> all = {{{lab, ""}, {lab, "REFRESH_TOKEN"}, {lab, "WITHDRAWN_TOKEN"}}};
    co_await in_rounds(lab, {.rounds = 7, .callers = 30, .apart = 13min}, [&](auto& id, auto i) {
        return read(all[i / 14], lab.get("/oauth/documents/" + id), tokens);
    });
    co_await close_all(all);
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
         .next = "day04_refresh_stampede"},
        argc, argv);
}
