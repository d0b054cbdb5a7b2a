// Day 2: two hundred orders, each placed exactly once
//
// Situation  A shop takes orders from who is logged in, by a cookie that changes now and then.
//            Every twelfth order is placed while its answer is lost on the way back.
// Yours      The session (cookies, one connection) and the idempotency key of each order.
// Check      ./lab learn check day02_sessions
// Stuck      ./lab learn hint day02_sessions

#include "apilab/base/uuid.hpp"
#include "apilab/client/cookie_session.hpp"
#include "exercise.hpp"

namespace {

using namespace apilab;
using namespace exercise;
using namespace std::chrono_literals;

constexpr int orders = 200;

Request call(Lab& lab, int number) {  // 0 logs in, the others order
    const std::string password(secret_of(lab, "APILAB_API_PASSWORD").reveal());
    const std::string login = R"({"user":"ada","password":")" + password + "\"}";
    const std::string order = R"({"sku":"ms","reference":")" + std::to_string(number) + "\"}";
    return number == 0 ? lab.request("POST", "/api/session", login)
                       : lab.request("POST", "/api/orders", order);
}

// TODO: make this an attempt within the session. Before it, have the jar put on the cookies that
// are for this request (`jar.put_on(request, lab.system_now())`); after it, give the jar what the
// answer sets, where there is one (`jar.store(answer->headers(), request.url(),
// lab.system_now())`). And let the connection live: this one asks the server to close it after
// every request.
Task<Result<Response>> send(Lab& lab, client::CookieJar& jar, Request request, std::string key) {
    (void)jar;
    request.header("connection", "close");
    co_return co_await transport::send(lab.transport(), request, {.idempotency_key = key});
}

// TODO: place this order once, whatever happens to the answers. Make a key (`uuid_v4(lab.rng())`);
// think about where, so that a second attempt has the key of the first. At most three attempts,
// with a pause between them (`lab.sleep`); a 409 says that the first one is not over, a lost answer
// (`!answer`) says nothing at all.
Task<Result<Response>> place(Lab& lab, client::CookieJar& jar, int number) {
    co_return co_await send(lab, jar, call(lab, number), "");
}

Task<void> place_all(Lab& lab) {
    client::CookieJar jar;
    for (int number = 0; number <= orders; ++number) {
        lab.ended("order", co_await place(lab, jar, number));
    }
}

}  // namespace

int main(int argc, char** argv) {
    return exercise::run({.name = "day02_sessions",
                          .story = "200 orders at a shop that loses every twelfth answer",
                          .scenario = "day02-sessions",
                          .deadline = 20s,
                          .production = place_all,
                          .numbers = {"connections", "orders", "orders doubled"},
                          .next = "day02_idempotent_post"},
                         argc, argv);
}
