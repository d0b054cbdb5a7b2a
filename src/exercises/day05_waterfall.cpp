// Day 5: where did the time go?
//
// Situation  One order took seven seconds. Four attempts stand in the log, and everybody blames
//            somebody else.
// Shows      One call taken apart: attempts as rows, waits by cause, what the other side did.
// Run        ./lab learn day05_waterfall --compare      (the picture: above the verdict)
// Break      --break=last-row-only | told-is-own | wait-is-server | lost-is-failed

#include <fmt/format.h>

#include <algorithm>

#include "apilab/observe/story_observer.hpp"
#include "apilab/observe/waterfall.hpp"
#include "apilab/observe/waterfall_text.hpp"
#include "apilab/observe/why.hpp"
#include "exercise.hpp"

namespace {

using namespace exercise;
using namespace std::chrono_literals;
using apilab::http::WaitCause;
using apilab::observe::Story;

// An order that may be sent again: it bears a key.
Request order(Lab& lab) {
    return lab.request("POST", "/effects", R"({"event":"order-1"})")
        .header("idempotency-key", "order-1");
}

apilab::client::CallOptions may_be_repeated() {
    return {.operation = {.name = "create_order",
                          .url_template = "/effects",
                          .effect = apilab::http::Effect::idempotent}};
}

// The client writes the story; this only keeps it.
Task<Story> a_slow_order(Lab& lab) {
    Story story;
    apilab::observe::StoryObserver keeps(lab.scheduler(),
                                         [&](Story one) { story = std::move(one); });
    apilab::client::ClientOptions options;
    options.request_id_header = "x-request-id";
    options.retry.max_attempts = 5;
    const auto client = or_refuse(apilab::client::Client::create(
        lab.scheduler(), lab.transport(), lab.rng(), std::move(options), {&keeps}));
    lab.ended("the order", co_await client->send(order(lab), may_be_repeated()));
    co_await client->close();
    co_return story;
}

// What is said of a call, in milliseconds, for whoever holds it against the other side's journal.
struct Account {
    std::string id;
    std::size_t attempts = 0;
    /// Attempts of which nobody knows whether they did something.
    std::size_t unknown = 0;
    Duration told{};
    Duration own{};
    Duration server{};
};

Account account_of(Lab& lab, const Story& story) {
    Account account{.id = story.record.id, .attempts = story.record.attempts.size()};
    for (const auto& attempt : story.record.attempts) {
        // Sent, and no whole answer: "failed" would be a guess.
        account.unknown += attempt.outcome == apilab::Outcome::unknown ? 1 : 0;
        account.server += attempt.status != 0 ? attempt.elapsed : Duration::zero();
    }
    for (const auto& wait : story.record.waits) {
        // What an answer asked for is theirs, whatever we would have waited ourselves.
        const bool told = wait.cause == WaitCause::retry_after && !lab.broken("told-is-own");
        (told ? account.told : account.own) += wait.elapsed;
    }
    if (lab.broken("last-row-only")) {
        account.attempts = 1;
    }
    if (lab.broken("wait-is-server")) {
        account.server += account.own + account.told;
    }
    if (lab.broken("lost-is-failed")) {
        account.unknown = 0;
    }
    return account;
}

void hand_in(Lab& lab, const Account& account) {
    lab.hand_in("waterfall",
                fmt::format(R"({{"operation":"{}","attempts":{},"unknown":{},"told_ms":{},)"
                            R"("own_ms":{},"server_ms":{}}})",
                            account.id, account.attempts, account.unknown, account.told / 1ms,
                            account.own / 1ms, account.server / 1ms));
    lab.number("attempts told of", static_cast<std::int64_t>(account.attempts));
}

Task<void> production(Lab& lab) {
    const Story story = co_await a_slow_order(lab);
    constexpr std::size_t width = 92;
    lab.show(
        apilab::observe::waterfall_text(apilab::observe::waterfall_of(story), {.width = width}) +
        apilab::observe::why_text(story));
    hand_in(lab, account_of(lab, story));
}

// In a hurry: a stopwatch around a loop. Whatever it shows is the other side's fault.
Task<void> stopwatch(Lab& lab) {
    const auto begun = lab.now();
    auto request = order(lab).header("x-request-id", "op-1.1");
    auto answer = co_await send(lab.transport(), request);
    for (int again = 2; again < 6 && (!answer || !answer->ok()); ++again) {
        co_await lab.sleep(1s);
        request.header("x-request-id", fmt::format("op-1.{}", again));
        answer = co_await send(lab.transport(), request);
    }
    lab.ended("the order", answer);
    hand_in(lab, {.id = "op-1", .attempts = 1, .server = lab.now() - begun});
}

}  // namespace

int main(int argc, char** argv) {
    return exercise::run(
        {.name = "day05_waterfall",
         .story = "an order that took seconds, taken apart: whose time was it?",
         .scenario = "day05-waterfall",
         .deadline = 1min,
         .sins = {{"last-row-only", "hides the attempts before the last", "OBS-24"},
                  {"told-is-own", "takes on itself what it was told", "OBS-24"},
                  {"wait-is-server", "calls its own waiting slow", "OBS-24"},
                  {"lost-is-failed", "calls a lost reply a failure", "OBS-24"}},
         .production = production,
         .naive = stopwatch,
         .numbers = {"attempts told of"},
         .next = "day05_repro"},
        argc, argv);
}
