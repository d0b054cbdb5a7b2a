#include "checklist/episodes.hpp"

namespace apilab::cli::checklist {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Kind = Step::Kind;

// --- steps, so that a plan reads as what happens

Step of(Kind kind) {
    return {.kind = kind};
}
Step trigger(int number) {
    return {.kind = Kind::trigger, .number = number};
}
// Goes on while it still works.
Step trigger_and_go_on(int number, Duration duration) {
    return {.kind = Kind::trigger, .number = number, .duration = duration};
}
Step quiet(Duration duration) {
    return {.kind = Kind::quiet, .duration = duration};
}
Step wait(Duration duration) {
    return {.kind = Kind::wait, .duration = duration};
}
Step get(std::string_view what) {
    return {.kind = Kind::get, .text = what};
}
Step act(std::string_view what) {
    return {.kind = Kind::act, .text = what};
}
Step without_secret(int number) {
    return {.kind = Kind::without_secret, .number = number};
}
Step rotate(std::string_view what) {
    return {.kind = Kind::rotate, .text = what};
}
Step start() {
    return of(Kind::start);
}
Step stop() {
    return of(Kind::stop);
}
Step kill() {
    return of(Kind::kill);
}
Step effects(int number) {
    return {.kind = Kind::effects, .number = number};
}
Step scrape() {
    return of(Kind::scrape);
}
Step webhooks() {
    return of(Kind::webhooks);
}

// --- plans; each ends with a last scrape and SIGTERM, which the engine adds

EpisodePlan calm() {
    return {.id = "calm",
            .story = "all is well, and the same work comes twice",
            .steps = {start(), get("{health}"), get("{ready}"), trigger(1), quiet(seconds(1)),
                      trigger(1), quiet(seconds(1)), trigger(3), quiet(seconds(1)),
                      get("/no-such-path"), get("{dead_letters}"), scrape()}};
}

// The stretches of its scenario; what is asked in one is not asked again by the next's work, for 5
// s at least.
EpisodePlan flaky() {
    return {
        .id = "flaky",
        .story = "providers that fail now and then, each in its own way",
        .steps = {start(), trigger(1), wait(seconds(7)), trigger(1), wait(seconds(6)), trigger(1),
                  wait(seconds(5)), get("{health}"), get("{dead_letters}"), scrape()}};
}

EpisodePlan hiccups() {
    return {.id = "hiccups",
            .story = "every third read fails once",
            .steps = {start(), trigger(1), quiet(seconds(1)), trigger(1), quiet(seconds(1)),
                      trigger(1), quiet(seconds(1)), get("{health}")}};
}

EpisodePlan silent() {
    return {.id = "silent",
            .story = "providers that take the request and say nothing",
            .steps = {start(), trigger_and_go_on(1, seconds(1)), get("{health}"), get("{ready}"),
                      trigger_and_go_on(1, seconds(1)), wait(seconds(14)), get("{dead_letters}"),
                      scrape()}};
}

EpisodePlan answers() {
    return {.id = "answers",
            .story = "answers that are huge, broken or new",
            .steps = {start(), trigger(2), quiet(seconds(1)), trigger(2), quiet(seconds(1)),
                      get("{health}"), get("{dead_letters}"), scrape()}};
}

EpisodePlan redirects() {
    return {.id = "redirects",
            .story = "redirects to the same origin and to a foreign one",
            .steps = {start(), trigger(2), quiet(seconds(1)), trigger(2), quiet(seconds(1))}};
}

EpisodePlan certificates() {
    return {.id = "certificates",
            .story = "providers whose certificates are no good",
            .steps = {start(), trigger(1), wait(seconds(4))},
            .hosts = {{"github", "APILAB_TLS_EXPIRED_URL"},
                      {"npm", "APILAB_TLS_SELF_SIGNED_URL"},
                      {"osv", "APILAB_TLS_WRONG_HOST_URL"},
                      {"slack", "APILAB_TLS_EXPIRED_URL"},
                      {"notion", "APILAB_TLS_WRONG_HOST_URL"},
                      {"google", "APILAB_TLS_SELF_SIGNED_URL"}}};
}

EpisodePlan lost() {
    return {.id = "lost",
            .story = "writes that are applied and whose answer is lost, and a kill between",
            .steps = {start(), trigger_and_go_on(1, milliseconds(100)), effects(3), kill(), start(),
                      quiet(seconds(7)), trigger(1), quiet(seconds(2)), get("{dead_letters}"),
                      scrape()}};
}

EpisodePlan limits() {
    return {.id = "limits",
            .story = "small windows and refusals, in each provider's dialect",
            .steps = {start(), trigger(4), quiet(seconds(3)), trigger(2), quiet(seconds(3)),
                      get("{dead_letters}"), scrape()}};
}

EpisodePlan tokens() {
    return {.id = "tokens",
            .story = "tokens that expire, are replaced and taken back",
            .steps = {start(), trigger(1), wait(milliseconds(4500)), rotate("access_token"),
                      trigger(3), wait(seconds(5)), rotate("consent"), trigger(1), wait(seconds(5)),
                      quiet(seconds(3)), get("{ready}"), get("/status"), get("{dead_letters}"),
                      scrape()}};
}

EpisodePlan hostile_webhooks() {
    return {
        .id = "webhooks",
        .story = "webhooks that are forged, late, doubled and strange",
        .steps = {start(), webhooks(), quiet(seconds(2)), get("{health}"), get("{dead_letters}"),
                  act("redeliver"), quiet(seconds(2)), get("{dead_letters}"), scrape()}};
}

// The last kill falls into quiet: what a start asks that has nothing to make up for.
EpisodePlan gap() {
    return {.id = "gap",
            .story = "a sender that nobody answered, and a kill after the answer",
            .steps = {start(),
                      trigger(1),
                      quiet(seconds(1)),
                      kill(),
                      trigger_and_go_on(2, milliseconds(300)),
                      start(),
                      wait(seconds(2)),
                      quiet(seconds(1)),
                      scrape(),
                      trigger_and_go_on(1, milliseconds(200)),
                      kill(),
                      start(),
                      wait(seconds(1)),
                      quiet(seconds(1)),
                      scrape(),
                      kill(),
                      start(),
                      wait(seconds(1)),
                      quiet(seconds(1)),
                      scrape()}};
}

EpisodePlan down() {
    EpisodePlan plan{.id = "down",
                     .story = "a provider that is down, another that is slow",
                     .steps = {start(), get("{health}"), get("{ready}")}};
    // Four while one is slow, twelve while the other is down.
    constexpr int webhooks_told = 16;
    for (int i = 0; i < webhooks_told; ++i) {
        plan.steps.push_back(trigger_and_go_on(1, milliseconds(300)));
        plan.steps.push_back(wait(milliseconds(i == 3 ? 1500 : 500)));
        if (i % 4 == 3) {
            plan.steps.push_back(get("{health}"));
            plan.steps.push_back(get("{ready}"));
        }
    }
    // So long a breaker stays open at first where nobody has said otherwise; then one call goes.
    constexpr Duration open = milliseconds(5600);
    for (const auto& step :
         {get("/status"), scrape(), wait(open), trigger_and_go_on(3, milliseconds(300)),
          quiet(seconds(1)), get("{dead_letters}"), act("reset_breaker"),
          trigger_and_go_on(1, milliseconds(300)), quiet(seconds(1)), scrape()}) {
        plan.steps.push_back(step);
    }
    return plan;
}

EpisodePlan platform() {
    return {.id = "platform",
            .story = "a platform that starts, stops and replaces it",
            .steps = {without_secret(0), start(), without_secret(1), start(), without_secret(2),
                      start(), start(), get("{ready}"), trigger_and_go_on(2, milliseconds(100)),
                      stop(), start(), quiet(seconds(1)), trigger(1), quiet(seconds(1)), stop()}};
}

EpisodePlan rotation() {
    return {.id = "rotation",
            .story = "secrets that are replaced under use",
            .steps = {start(), webhooks(), trigger(1), quiet(seconds(1)), rotate("webhook_secret"),
                      trigger(2), quiet(seconds(1)), rotate("former_secret"), trigger(1),
                      quiet(seconds(1)), scrape()}};
}

EpisodePlan switched() {
    EpisodePlan plan{.id = "switched",
                     .story = "each integration switched off in turn",
                     .steps = {start(), trigger(1), quiet(seconds(1))}};
    constexpr int integrations = 8;
    for (int number = 1; number <= integrations; ++number) {
        plan.steps.push_back({.kind = Kind::switch_off, .number = number});
        plan.steps.push_back(start());
        plan.steps.push_back(trigger(1));
        plan.steps.push_back(quiet(milliseconds(700)));
    }
    return plan;
}

}  // namespace

std::span<const EpisodePlan> episode_plans() {
    static const std::vector<EpisodePlan> plans{
        calm(),         flaky(),    hiccups(),  silent(),  answers(),          redirects(),
        certificates(), lost(),     limits(),   tokens(),  hostile_webhooks(), gap(),
        down(),         platform(), rotation(), switched()};
    return plans;
}

}  // namespace apilab::cli::checklist
