// Day 2: one key per order, whoever dies in between
//
// Situation  Thirty orders at a shop that loses most of its answers, and somebody kills the program
//            five times while it waits to ask again. It comes back and knows nothing but its files.
// Shows      The key and the whole request are on the disk before the first try, so that every try
//            of every life is the same one; 409 (not over yet) waits, 422 (another's key) stops.
// Run        ./lab learn day02_idempotent_post --compare
// Break      --break=key-in-memory | body-anew | stop-at-409 | retry-422

#include <fmt/format.h>

#include <algorithm>
#include <fstream>

#include "apilab/base/file.hpp"
#include "apilab/base/uuid.hpp"
#include "apilab/client/cookie_session.hpp"
#include "apilab/http/retry_after.hpp"
#include "exercise.hpp"

namespace {

using namespace exercise;
using namespace std::chrono_literals;
namespace client = apilab::client;
using Answer = Result<Response>;

constexpr int orders = 30;
constexpr int max_attempts = 6;  // of one life

// Everything that makes two attempts the same one.
struct Intent {
    std::string key;
    std::string body;
    bool of_earlier_life = false;
};

// Bodies are seldom the same twice: a time, a shuffled map, a new default.
std::string body_of(Lab& lab, int number) {
    return fmt::format(R"({{"sku":"ms","reference":"{}","asked_at":{}}})", number,
                       lab.system_now().time_since_epoch() / 1ms);
}

std::filesystem::path file_of(Lab& lab, int number, std::string_view what) {
    return lab.folder() / fmt::format("order-{}.{}", number, what);
}
// Synced and renamed: after this line a power cut finds all of it, or nothing.
void keep_intent(Lab& lab, int number, const Intent& intent) {
    or_refuse(apilab::write_file_atomically(file_of(lab, number, "intent"),
                                            intent.key + '\n' + intent.body));
}
// This one may get lost: then the order is asked for again under its key, and answered as before.
void note_done(Lab& lab, int number) {
    std::ofstream(file_of(lab, number, "done")) << "done\n";
}
bool is_done(Lab& lab, int number) {
    return std::filesystem::exists(file_of(lab, number, "done"));
}

// What an earlier life meant to send; else something new, on the disk before anybody sends it. To
// write it down after the answer would be too late: it is the answer that gets lost.
Intent intent_of(Lab& lab, int number) {
    constexpr std::size_t size_max = 4096;
    const auto file = file_of(lab, number, "intent");
    if (!std::filesystem::exists(file)) {
        const Intent fresh{apilab::uuid_v4(lab.rng()), body_of(lab, number)};
        keep_intent(lab, number, fresh);
        return fresh;
    }
    // A file that is there and cannot be read is no reason for a new key.
    const auto kept = or_refuse(apilab::read_file(file, size_max));
    const auto line = kept.find('\n');
    return {lab.broken("key-in-memory") ? apilab::uuid_v4(lab.rng()) : kept.substr(0, line),
            kept.substr(line + 1), true};
}

// One attempt within the session: day02_sessions.
Task<Answer> send(Lab& lab, client::CookieJar& jar, Request request, std::string key = {}) {
    request.header("cookie", jar.header_for(request.url(), lab.system_now()));
    auto answer = co_await apilab::transport::send(lab.transport(), request,
                                                   {.idempotency_key = std::move(key)});
    if (answer) {
        jar.store(answer->headers(), request.url(), lab.system_now());
    }
    co_return answer;
}
Request log_in(Lab& lab) {
    const std::string password(secret_of(lab, "APILAB_API_PASSWORD").reveal());
    return lab.request("POST", "/api/session", R"({"user":"ada","password":")" + password + "\"}");
}

enum class Next : std::uint8_t { done, again, stop };

Next next_after(Lab& lab, const Answer& answer) {
    if (!answer) {
        return Next::again;  // the key makes it safe
    }
    switch (answer->status()) {
        case 409:  // the first try is under way still: its answer will be ours, too
            return lab.broken("stop-at-409") ? Next::stop : Next::again;
        case 422:  // the shop remembers this key for something else: no try will change that
            return lab.broken("retry-422") ? Next::again : Next::stop;
        default:
            return answer->status() >= 500 || answer->status() == 429 ? Next::again
                   : answer->ok()                                     ? Next::done
                                                                      : Next::stop;
    }
}

Task<void> place(Lab& lab, client::CookieJar& jar, int number) {
    const Intent intent = intent_of(lab, number);
    for (int attempt = 1; attempt <= max_attempts; ++attempt) {
        const auto body = lab.broken("body-anew") ? body_of(lab, number) : intent.body;
        const auto answer =
            co_await send(lab, jar, lab.request("POST", "/api/orders", body), intent.key);
        const Next next = next_after(lab, answer);
        if (next == Next::stop || (attempt == 1 && intent.of_earlier_life)) {
            lab.show(fmt::format("  order {:>2}  {}...  {}{}{}\n", number, intent.key.substr(0, 8),
                                 intent.of_earlier_life ? "from an earlier life: " : "",
                                 answer ? std::to_string(answer->status()) : "no answer",
                                 next == Next::stop ? ": stopped, to be looked at" : ""));
        }
        if (next != Next::again) {
            note_done(lab, number);
            lab.ended("order", answer);
            co_return;
        }
        Duration wait(lab.rng().between(Duration(50ms).count(), Duration(90ms).count()));
        if (answer) {  // a 409 says how long the first try may take
            const auto said = apilab::http::parse_retry_after(answer->headers(), lab.system_now());
            wait = std::max(wait, said.wait.value_or(0ns));
        }
        co_await lab.sleep(wait);
    }
}

// From the first line to the last, as often as it takes.
Task<void> life(Lab& lab) {
    client::CookieJar jar;
    (void)co_await send(lab, jar, log_in(lab));
    for (int number = 1; number <= orders; ++number) {
        if (!is_done(lab, number)) {
            co_await place(lab, jar, number);
        }
    }
}

// What one writes in a hurry: no answer, so it was not placed; what is done is noted afterwards.
Task<void> life_in_a_hurry(Lab& lab) {
    client::CookieJar jar;
    (void)co_await send(lab, jar, log_in(lab));
    for (int number = 1; number <= orders; ++number) {
        const auto order = lab.request("POST", "/api/orders", body_of(lab, number));
        for (int i = 0; i < max_attempts && !is_done(lab, number); ++i) {
            const auto answer = co_await send(lab, jar, order);
            if (answer && answer->ok()) {
                note_done(lab, number);
            } else {
                co_await lab.sleep(1s);
            }
        }
    }
}

// The same with the library, which keeps a key over all attempts of a call. That a call has a
// second life is beyond it: the intent is ours to write.
Task<void> life_by_library(Lab& lab) {
    client::CookieSession session(lab.scheduler(), lab.transport());
    const auto api = client::Client::create(lab.scheduler(), session, lab.rng()).value();
    (void)co_await api->send(log_in(lab));
    for (int number = 1; number <= orders; ++number) {
        if (is_done(lab, number)) {
            continue;
        }
        const Intent intent = intent_of(lab, number);
        lab.ended("order", co_await api->send(lab.request("POST", "/api/orders", intent.body),
                                              {.idempotency_key = intent.key}));
        note_done(lab, number);
    }
}

}  // namespace

int main(int argc, char** argv) {
    return exercise::run({.name = "day02_idempotent_post",
                          .story = "30 orders, most answers lost, and five kills",
                          .scenario = "day02-orders",
                          .deadline = 60s,
                          .sins = {{"key-in-memory", "makes a new key in every life", "IDM-02"},
                                   {"body-anew", "sends another body under the key", "IDM-04"},
                                   {"stop-at-409", "takes a 409 for a refusal", "IDM-05"},
                                   {"retry-422", "asks again under another's key", "RTY-03"}},
                          .production = [](Lab& lab) { return lab.live(life); },
                          .naive = [](Lab& lab) { return lab.live(life_in_a_hurry); },
                          .library = [](Lab& lab) { return lab.live(life_by_library); },
                          .numbers = {"orders", "orders doubled"},
                          .next = "day02_deadline_budget"},
                         argc, argv);
}
