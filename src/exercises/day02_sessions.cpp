// Day 2: two hundred orders, each placed exactly once
//
// Situation  A shop takes orders from who is logged in, by a cookie that changes now and then.
//            Every twelfth order is placed while its answer is lost on the way back.
// Shows      A session: one connection, cookies where they belong; and one key per operation.
// Run        ./lab learn day02_sessions --compare
// Break      --break=new-connection-each | cookies-everywhere | no-key | key-per-attempt

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

// One attempt. The jar knows which cookies are for this request and keeps what the answer sets.
Task<Result<Response>> send(Lab& lab, client::CookieJar& jar, Request request, std::string key) {
    if (lab.broken("cookies-everywhere")) {
        request.header("cookie", jar.header_for(lab.get("/api/ui/").url(), lab.system_now()));
    } else {
        jar.put_on(request, lab.system_now());
    }
    request.header("connection", lab.broken("new-connection-each") ? "close" : "keep-alive");
    auto answer = co_await transport::send(lab.transport(), request, {.idempotency_key = key});
    if (answer) {
        jar.store(answer->headers(), request.url(), lab.system_now());
    }
    co_return answer;
}

// The shop acts once on a key: so it is the operation's, not the attempt's. 409: ask again.
Task<Result<Response>> place(Lab& lab, client::CookieJar& jar, int number) {
    std::string key = lab.broken("no-key") ? "" : uuid_v4(lab.rng());
    auto answer = co_await send(lab, jar, call(lab, number), key);
    for (int i = 1; i < 3 && (!answer || answer->status() == 409 || answer->status() >= 500); ++i) {
        co_await lab.sleep(answer ? 1s : Duration(lab.rng().between(0, Duration(200ms).count())));
        key = lab.broken("key-per-attempt") ? uuid_v4(lab.rng()) : key;
        answer = co_await send(lab, jar, call(lab, number), key);
    }
    co_return answer;
}
Task<void> place_all(Lab& lab) {
    client::CookieJar jar;
    for (int number = 0; number <= orders; ++number) {
        lab.ended("order", co_await place(lab, jar, number));
    }
}

// What one writes in a hurry: a request is a request, and if it fails it is sent again.
Task<void> place_in_a_hurry(Lab& lab) {
    std::string cookie;
    for (int number = 1, tries = 0; number <= orders && tries < 1000; ++tries) {
        Request request = call(lab, cookie.empty() ? 0 : number);
        request.header("cookie", cookie).header("connection", "close");
        const auto answer = co_await transport::send(lab.transport(), request);
        number += answer && answer->ok() && !cookie.empty() ? 1 : 0;
        if (answer && (cookie.empty() || !answer->ok())) {
            cookie = answer->headers().value("set-cookie");  // none with a 401: log in again
        }
    }
}

// The same as place_all with the library: the session stands between client and transport.
Task<void> place_by_library(Lab& lab) {
    client::CookieSession session(lab.scheduler(), lab.transport());
    const auto api = client::Client::create(lab.scheduler(), session, lab.rng()).value();
    for (int n = 0; n <= orders; ++n) {
        lab.ended("call",
                  co_await api->send(call(lab, n), {.idempotency_key = uuid_v4(lab.rng())}));
    }
}
}  // namespace
int main(int argc, char** argv) {
    return exercise::run(
        {.name = "day02_sessions",
         .story = "200 orders at a shop that loses every twelfth answer",
         .scenario = "day02-sessions",
         .deadline = 20s,
         .sins = {{"new-connection-each", "opens a connection for each request", "CON-01"},
                  {"cookies-everywhere", "sends every cookie to every path", "CKY-01"},
                  {"no-key", "sends a write again without a key", "IDM-02"},
                  {"key-per-attempt", "makes the key inside the loop", "IDM-02"}},
         .production = place_all,
         .naive = place_in_a_hurry,
         .library = place_by_library,
         .numbers = {"connections", "orders", "orders doubled"},
         .next = "day02_idempotent_post"},
        argc, argv);
}
