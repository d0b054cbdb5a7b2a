// Day 10: five tokens that do not do
//
// Situation  One session reads five documents. At the first its token has expired; at the second
//            it is refused without a word; the third is behind another audience; the fourth wants
//            a scope that it does not have; at the fifth the user has withdrawn consent.
// Shows      Which refusal a fresh token cures, which it does not, and how little of that the
//            status alone tells. The timeline says what was decided when, and why.
// Run        ./lab learn day10_stale_tokens --compare
// Break      --break=no-replay | needs-challenge | renew-for-ever | refresh-on-403 |
//            retry-invalid-grant

#include <fmt/format.h>

#include <array>

#include "apilab/auth/bearer_auth.hpp"
#include "apilab/auth/oauth2.hpp"
#include "apilab/base/duration.hpp"
#include "apilab/base/try.hpp"
#include "exercise.hpp"

namespace {
using namespace apilab;
using namespace exercise;
using namespace std::chrono_literals;

constexpr std::array documents = {"expired", "bare", "audience", "scope", "revoked", "plain"};
constexpr int stubborn = 6;  // even what never stops stops here

struct Session {
    Lab& lab;
    auth::OAuth2Options how = oauth2_client(lab, "oauth", "REFRESH_TOKEN");
    Secret token = {};
    /// Of the token in use, from 1: what the timeline calls it.
    int number = 0;
    bool dead = false;  // only a person can mend that
    SteadyTime begun = lab.now();
    std::string timeline = {};

    void note(const std::string& what) {
        timeline += fmt::format("  {:>7}  {}\n", format_duration(lab.now() - begun), what);
    }
};

/// What may help after a refusal.
enum class Cure : std::uint8_t { nothing, fresh_token, wider_scope };

// RFC 6750 section 3.1: invalid_token is a matter of this token, insufficient_scope of what the
// user agreed to. A 401 that gives no reason is taken for the former: one fresh token is a cheap
// try.
Cure cure_for(Session& session, const Response& answer) {
    const auto challenge = answer.headers().value("www-authenticate");
    if (answer.status() == 401) {
        const bool explained = challenge.contains("invalid_token");
        return explained || !session.lab.broken("needs-challenge") ? Cure::fresh_token
                                                                   : Cure::nothing;
    }
    if (answer.status() == 403 && challenge.contains("insufficient_scope")) {
        return session.lab.broken("refresh-on-403") ? Cure::fresh_token : Cure::wider_scope;
    }
    return Cure::nothing;
}

// False where there is none to be had.
Task<bool> renew(Session& session) {
    const int tries = session.lab.broken("retry-invalid-grant") ? 4 : 1;
    for (int i = 0; i < tries; ++i) {
        const auto fresh = auth::read_token_answer(co_await send(
            session.lab.transport(), token_request(session.how, session.how.refresh_token)));
        if (fresh) {
            session.token = fresh->access_token;
            if (!fresh->refresh_token.empty()) {
                session.how.refresh_token = fresh->refresh_token;
            }
            session.note(fmt::format("token {} came", ++session.number));
            co_return true;
        }
        session.dead = fresh.error().provider_code() == "invalid_grant";
        session.note(session.dead ? "invalid_grant: the user has to consent anew"
                                  : "no token: " + fresh.error().to_string());
        co_await session.lab.sleep(1s);
    }
    co_return false;
}

std::string shown(const Response& answer) {
    const auto challenge = answer.headers().value("www-authenticate");
    const auto error = challenge.find("error=\"");
    return fmt::format("{}{}", answer.status(),
                       answer.ok()         ? ""
                       : challenge.empty() ? " without a reason"
                       : error == std::string_view::npos
                           ? " with a bare challenge"
                           : fmt::format(" {}", challenge.substr(error)));
}

// One document: after a refusal that a fresh token may cure one more try, and no second one.
Task<Result<Response>> read_document(Session& session, std::string id) {
    if (session.dead || (session.token.empty() && !co_await renew(session))) {
        co_return fail(ErrorKind::auth, "ask the user for consent");
    }
    const auto request = session.lab.get("/oauth/documents/" + id);
    for (int round = 0;; ++round) {
        auto answer = co_await send(session.lab.transport(), bearing(session.token, request));
        APILAB_CO_CHECK(answer);
        session.note(fmt::format("{} with token {}: {}", id, session.number, shown(*answer)));
        const Cure cure = answer->ok() ? Cure::nothing : cure_for(session, *answer);
        const int rounds_max = session.lab.broken("renew-for-ever") ? stubborn : 1;
        if (cure != Cure::fresh_token || round >= rounds_max) {
            co_return answer->error_for_status();
        }
        if (!co_await renew(session)) {
            co_return fail(ErrorKind::auth, "ask the user for consent");
        }
        if (session.lab.broken("no-replay")) {
            co_return answer->error_for_status();
        }
    }
}

// What one writes in a hurry: whatever is refused gets a fresh token, until it helps.
Task<Result<Response>> read_in_a_hurry(Session& session, std::string id) {
    auto request = session.lab.get("/oauth/documents/" + id);
    for (int round = 0; round < stubborn; ++round) {
        if (!session.token.empty()) {
            auto answer = co_await send(session.lab.transport(), bearing(session.token, request));
            if (answer && answer->ok()) {
                co_return answer;
            }
        }
        (void)co_await renew(session);
    }
    co_return fail(ErrorKind::auth, "no luck");
}

Task<void> all_documents(Lab& lab, auto how) {
    Session session{lab};
    for (const std::string id : documents) {
        lab.ended(id, co_await how(session, id));
        co_await lab.sleep(10s);
    }
    lab.show("  what was decided when\n" + session.timeline);
}

// The same by the library.
Task<void> by_library(Lab& lab) {
    auth::OAuth2TokenSource source(lab.scheduler(), lab.client(), lab.rng(),
                                   oauth2_client(lab, "oauth", "REFRESH_TOKEN"));
    auth::BearerAuth service(lab.client(), source, lab.get("/oauth").url().origin());
    for (const std::string id : documents) {
        const auto answer = co_await service.call(lab.get("/oauth/documents/" + id), {});
        lab.ended(id, answer ? answer->error_for_status() : answer);
        co_await lab.sleep(10s);
    }
    co_await source.close();
}
}  // namespace

int main(int argc, char** argv) {
    return exercise::run(
        {.name = "day10_stale_tokens",
         .story = "one session, five documents, and five tokens that do not do",
         .scenario = "day10-stale-tokens",
         .deadline = 20s,
         .sins = {{"no-replay", "fetches a fresh token and forgets the request", "AUT-02"},
                  {"needs-challenge", "gives up at a 401 that gives no reason", "AUT-02"},
                  {"renew-for-ever", "fetches another token while fresh ones are refused",
                   "AUT-04"},
                  {"refresh-on-403", "takes a scope for a matter of freshness", "AUT-05"},
                  {"retry-invalid-grant", "goes on asking when consent is gone", "AUT-06"}},
         .production = [](Lab& lab) { return all_documents(lab, read_document); },
         .naive = [](Lab& lab) { return all_documents(lab, read_in_a_hurry); },
         .library = by_library,
         .numbers = {"token requests", "answered", "lost"},
         .next = "day10_ugly_wire"},
        argc, argv);
}
