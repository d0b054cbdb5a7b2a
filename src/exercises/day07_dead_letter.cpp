// Day 7: what could not be done, and is not forgotten
//
// Situation  Slack delivers 60 events. What has to be done for them is refused for forty seconds,
//            once for good; a reply is lost, a limit is met, and the program is killed once.
// Shows      Few attempts, further and further apart; then a dead letter with its reason. When the
//            way is clear one letter is tried, then the others, at a pace, under their first keys.
//            A limit is everybody's: the whole queue waits.
// Run        ./lab learn day07_dead_letter --compare
// Break      --break=no-limit | no-redrive | new-key | own-wait

#include <fmt/format.h>

#include "apilab/http/retry_after.hpp"
#include "apilab/runtime/task_group.hpp"
#include "apilab/work/job_runner.hpp"
#include "apilab/work/sqlite_store.hpp"
#include "events.hpp"

namespace {
using namespace exercise;
using namespace std::chrono_literals;
namespace runtime = apilab::runtime;
namespace work = apilab::work;
constexpr work::JobRetryOptions retries{.base = 1s, .cap = 8s};
struct Desk final : runtime::Service {
    explicit Desk(Lab& its_lab) : lab(its_lab) {}
    Task<Result<Response>> call(Request request, runtime::CallContext) override {
        if (!is_from_slack(lab, request)) {
            co_return Response(401);
        }
        const auto put = store->put(
            {.source = "slack", .sender_id = event_id(request.body()), .body = request.body()},
            {.kind = "effect", .attempts_max = lab.broken("no-limit") ? 100 : 4}, lab.system_now());
        co_return Response(put ? 200 : 503);
    }
    [[nodiscard]] auto open_jobs() const {
        return store->counts("")->available + store->counts("")->running;
    }
    void resume_in_time() const {
        (void)(lab.system_now() >= resume_at && store->resume("default"));
    }
    Lab& lab;
    std::unique_ptr<work::SqliteStore> store =
        or_refuse(work::SqliteStore::open(lab.folder() / "work.db"));
    apilab::SystemTime resume_at;
    bool world_over = false;
    bool closed = false;
};

// One attempt, as a value: done, again, or never again; and why.
Task<work::JobOutcome> try_once(Desk& desk, work::Job job) {
    const auto body = fmt::format(R"({{"event":"{}"}})", event_id(job.payload));
    // The same in all attempts and lives, dead or not.
    const auto key =
        desk.lab.broken("new-key") ? fmt::to_string(desk.lab.rng().next()) : job.idempotency_key;
    const auto answer = co_await apilab::transport::send(
        desk.lab.transport(), desk.lab.request("POST", "/effects", body), {.idempotency_key = key});
    if (!answer) {
        co_return work::JobOutcome::retry("no answer");
    }
    const auto wait =
        apilab::http::parse_retry_after(answer->headers(), desk.lab.system_now()).wait;
    if (answer->status() == 429 && wait && !desk.lab.broken("own-wait")) {
        desk.resume_at = std::max(desk.resume_at, desk.lab.system_now() + *wait);
        (void)desk.store->pause("default", "a limit", desk.lab.system_now());
    }
    const auto reason = fmt::format("HTTP {}", answer->status());
    const bool passes = answer->status() == 429 || answer->status() >= 500;
    co_return answer->ok() ? work::JobOutcome::done()
    : passes               ? work::JobOutcome::retry(reason, wait)
                           : work::JobOutcome::dead(reason);
}

Task<void> work_on(Desk& desk, work::Job job) {
    const auto outcome = co_await try_once(desk, job);
    const auto now = desk.lab.system_now();
    using Verdict = work::JobDecision::Verdict;
    const auto next =
        work::decide(desk.lab.broken("no-limit") ? work::JobRetryOptions{1s, 1s} : retries, outcome,
                     {job.attempt, job.attempts_max, job.last_delay}, now, desk.lab.rng());
    if (next.verdict == Verdict::done) {
        (void)desk.store->complete(job.ref, {}, false, now);
    } else if (next.verdict == Verdict::retry) {
        (void)desk.store->retry(job.ref, next.at, next.delay, next.reason, now);
    } else {
        (void)desk.store->bury(job.ref, next.reason, now);
    }
}

template <Task<void> (*one)(Desk&, work::Job)>
Task<void> work_off(Desk& desk) {
    while (!desk.closed) {
        desk.resume_in_time();
        const auto jobs =
            desk.store->claim({.limit = 4, .lease = 10s}, desk.lab.system_now()).value();
        runtime::TaskGroup side_by_side(desk.lab.scheduler());
        for (const work::Job& job : jobs) {
            side_by_side.spawn(one(desk, job));
        }
        co_await side_by_side.join();
        co_await desk.lab.sleep(jobs.empty() ? 200ms : 0ms);
    }
}

// The same by the library.
Task<void> run_jobs(Desk& desk) {
    const auto store = or_refuse(work::SqliteStore::open(desk.lab.folder() / "work.db"));
    work::StoreWriter writer(desk.lab.scheduler(), *store, {.own_thread = false});
    work::JobRunner runner(desk.lab.scheduler(), writer, desk.lab.rng(),
                           {.concurrency = 4, .lease = 10s, .poll = 200ms, .retry = retries});
    runner.handle("effect", [&desk](work::Job job) { return try_once(desk, std::move(job)); });
    runtime::TaskGroup running(desk.lab.scheduler());
    running.spawn(runner.run());
    for (; !desk.closed; co_await desk.lab.sleep(200ms)) {
        desk.resume_in_time();
    }
    runner.stop();
    co_await running.join();
}

Task<void> until_nothing_moves(Desk& desk) {
    while (!desk.world_over || desk.open_jobs() > 0) {
        co_await desk.lab.sleep(1s);
    }
}

// A person: reads the letters, tries one, and where that went well puts back the others, two a
// second, so that what comes in meanwhile has its place.
Task<void> read_letters(Desk& desk) {
    co_await until_nothing_moves(desk);
    auto letters = desk.store->jobs({.state = work::JobState::dead}, 100).value();
    desk.lab.number("dead letters", static_cast<std::int64_t>(letters.size()));
    for (const char* reason : {"HTTP 503", "HTTP 422"}) {
        const auto some =
            desk.store->jobs({.state = work::JobState::dead, .reason_has = reason}, 100);
        desk.lab.show(fmt::format("  {:>2} dead letters with {}\n", some->size(), reason));
    }
    while (!letters.empty() && !desk.lab.broken("no-redrive")) {
        const auto first = letters.front().job.ref.id;
        (void)desk.store->redrive({.id = first}, 0s, 1, desk.lab.system_now());
        co_await until_nothing_moves(desk);
        if (desk.store->jobs({.id = first}, 1)->front().state == work::JobState::done) {
            (void)desk.store->redrive({.reason_has = "HTTP"}, 500ms, 100, desk.lab.system_now());
        }
        co_await until_nothing_moves(desk);
        letters = desk.store->jobs({.state = work::JobState::dead}, 100).value();
    }
    desk.closed = true;
}

// What one writes in a hurry: three tries, and the next one.
Task<void> try_and_drop(Desk& desk, work::Job job) {
    for (int tries = 0; tries < 3; ++tries) {
        const auto outcome = co_await try_once(desk, job);
        tries = outcome.kind() == work::JobOutcome::Kind::done ? 3 : tries;
    }
    (void)desk.store->complete(job.ref, {}, false, desk.lab.system_now());
}
Task<void> nobody_reads(Desk& desk) {
    co_await until_nothing_moves(desk);
    desk.closed = true;
}

template <Task<void> (*worker)(Desk&), Task<void> (*person)(Desk&)>
Task<void> life(Lab& lab) {
    Desk desk(lab);
    runtime::TaskGroup tasks(lab.scheduler());
    tasks.spawn(worker(desk));
    tasks.spawn(person(desk));
    co_await lab.meet_the_world(desk);
    desk.world_over = true;
    co_await tasks.join();
}

}  // namespace

int main(int argc, char** argv) {
    return exercise::run(
        {.name = "day07_dead_letter",
         .story = "60 events, forty seconds in which nothing can be done for them",
         .scenario = "day07-dead-letter",
         .deadline = 30s,
         .sins = {{"no-limit", "goes on trying, once a second", "RTY-04"},
                  {"no-redrive", "leaves the dead letters where they are", "DUR-01"},
                  {"new-key", "takes another idempotency key each time", "DUR-02"},
                  {"own-wait", "makes one job wait for a limit that is everybody's", "RL-06"}},
         .production = [](Lab& lab) { return lab.live(life<work_off<work_on>, read_letters>); },
         .naive = [](Lab& lab) { return lab.live(life<work_off<try_and_drop>, nobody_reads>); },
         .library = [](Lab& lab) { return lab.live(life<run_jobs, read_letters>); },
         .numbers = {"events", "effects", "lost", "doubled", "dead letters"},
         .next = "day07_reconcile"},
        argc, argv);
}
