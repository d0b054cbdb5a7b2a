// Day 1: sixteen ways to fail, and which of them are worth another attempt
//
// Situation  Thirteen refusals and three connections that break, met by a GET, a DELETE and a POST.
//            The code alone does not decide: the same 503 is sent again for one and not for
//            another.
// Shows      Two questions for each: may it be better next time, and is it safe to ask twice? Only
//            two yeses are an attempt.
// Run        ./lab learn day01_retry_classify       (one line for each decision: above the verdict)
// Break      --break=retry-all | only-5xx | resend-post

#include <fmt/format.h>

#include <algorithm>

#include "apilab/http/retry_after.hpp"
#include "exercise.hpp"

namespace {

using namespace exercise;
using namespace std::chrono_literals;
namespace transport = apilab::transport;
using Answer = Result<Response>;

constexpr int max_attempts = 3;
constexpr Duration deadline = 20s;

struct Call {
    std::string method;
    std::string path;
    std::string body = {};
    // Of the operation: the other side acts once under it, however often it is asked.
    std::string key = {};
};
std::vector<Call> calls() {
    std::vector<Call> all;
    for (int number = 1; number <= 15; ++number) {
        all.push_back({"GET", fmt::format("/api/items/itm_{:04}", number)});
    }
    all.push_back({"DELETE", "/api/items/itm_0016"});
    all.push_back({"DELETE", "/api/items/itm_0017"});
    for (const char* title : {"a limit", "a 503", "a reset", "a lost reply"}) {
        all.push_back({"POST", "/api/items", fmt::format(R"({{"title":"{}"}})", title)});
    }
    all.push_back({"POST", "/effects", R"({"event":"e-1"})", "one-key-for-e-1"});
    return all;
}

struct Decision {
    bool again = false;
    std::string_view why;
};

// Is it the same whether it is asked for once or twice? By RFC 9110 section 9.2.2, or by a key.
bool safe_twice(Lab& lab, const Call& call) {
    return call.method != "POST" || !call.key.empty() || lab.broken("resend-post");
}

Decision about_no_answer(Lab& lab, const Call& call, const apilab::Error& error) {
    if (!error.retryable()) {
        return {false, "our own mistake"};
    }
    if (error.outcome() == apilab::Outcome::not_sent) {
        return {true, "nothing was sent"};
    }
    // Before the work or after it: from here the two look the same.
    return safe_twice(lab, call) ? Decision{true, "outcome unknown, safe to repeat"}
                                 : Decision{false, "outcome unknown, no key"};
}

Decision about_status(Lab& lab, const Call& call, int status) {
    switch (status) {
        case 429:  // a limit stands in front of the work: whatever it was, it was not done
            return lab.broken("only-5xx") ? Decision{false, "a 4xx is a 4xx"}
                                          : Decision{true, "refused, not applied"};
        case 408:
        case 425:
            if (lab.broken("only-5xx")) {
                return {false, "a 4xx is a 4xx"};
            }
            [[fallthrough]];
        case 500:
        case 502:
        case 503:
        case 504:  // a gateway may say this of work that is under way behind it
            return safe_twice(lab, call) ? Decision{true, "transient"}
                                         : Decision{false, "perhaps applied, no key"};
        case 401:
            return {lab.broken("retry-all"), "first other credentials: day 4"};
        case 409:
            return {lab.broken("retry-all"), "first look what is there: day 2"};
        case 501:
            return {lab.broken("retry-all"), "the only 5xx that is for good"};
        default:
            return {lab.broken("retry-all"), "refused for good"};
    }
}

Decision decide(Lab& lab, const Call& call, const Answer& answer) {
    return answer ? about_status(lab, call, answer->status())
                  : about_no_answer(lab, call, answer.error());
}

void tell(Lab& lab, const Call& call, const Answer& answer, const Decision& decision) {
    lab.show(fmt::format("  {:<9} {:<8} -> {:<9} ({})\n",
                         answer ? fmt::format("{}", answer->status()) : answer.error().detail(),
                         call.method + (call.key.empty() ? "" : "+key"),
                         decision.again ? "again" : "not again", decision.why));
}

Task<Answer> send_once(Lab& lab, const Call& call) {
    auto request =
        bearing(secret_of(lab, "APILAB_API_TOKEN"), lab.request(call.method, call.path, call.body));
    return transport::send(lab.transport(), std::move(request), {.idempotency_key = call.key});
}

Task<Answer> send(Lab& lab, Call call) {
    for (int attempt = 1;; ++attempt) {
        auto answer = co_await send_once(lab, call);
        if (answer && answer->status() < 400) {
            co_return answer;
        }
        const Decision decision = decide(lab, call, answer);
        tell(lab, call, answer, decision);
        if (!decision.again || attempt == max_attempts) {
            co_return answer;
        }
        // When: day01_retries.
        Duration wait(lab.rng().between(0, Duration(100ms * (1 << attempt)).count()));
        if (answer) {
            const auto said = apilab::http::parse_retry_after(answer->headers(), lab.system_now());
            wait = std::max(wait, said.wait.value_or(0ns));
        }
        co_await lab.sleep(wait);
    }
}

// What one writes in a hurry: what is not good is done again.
Task<Answer> send_until_good(Lab& lab, Call call) {
    auto answer = co_await send_once(lab, call);
    for (int i = 1; i < max_attempts && !(answer && answer->ok()); ++i) {
        co_await lab.sleep(1s);
        answer = co_await send_once(lab, call);
    }
    co_return answer;
}

// The same as `send` in one line of the library: it asks the same two questions.
Task<Answer> send_by_library(Lab& lab, Call call) {
    auto request =
        bearing(secret_of(lab, "APILAB_API_TOKEN"), lab.request(call.method, call.path, call.body));
    co_return co_await lab.client().send(std::move(request), {.idempotency_key = call.key});
}

Task<void> each_call(Lab& lab, Task<Answer> (*send_one)(Lab&, Call)) {
    for (const auto& call : calls()) {
        lab.ended(call.path, co_await send_one(lab, call));
    }
}

}  // namespace

int main(int argc, char** argv) {
    return exercise::run(
        {.name = "day01_retry_classify",
         .story = "22 calls, each of which fails in a way of its own",
         .scenario = "day01-classify",
         .deadline = deadline,
         .sins = {{"retry-all", "asks again for what was refused for good", "RTY-03"},
                  {"only-5xx", "takes every 4xx for final", "RTY-01"},
                  {"resend-post", "sends a write again whose outcome is unknown", "IDM-01"}},
         .production = [](Lab& lab) { return each_call(lab, send); },
         .naive = [](Lab& lab) { return each_call(lab, send_until_good); },
         .library = [](Lab& lab) { return each_call(lab, send_by_library); },
         .next = "day02_sessions"},
        argc, argv);
}
