// Day 7: work that was accepted is done, whoever dies in between
//
// Situation  Slack delivers ten events a second, we manage three, and somebody kills the program
//            five times. It cannot know when, and it gets no chance to say goodbye.
// Shows      Commit, then answer; a lease, not an owner; an effect under a key, then done.
// Run        ./lab learn day07_async_triggers --compare
// Break      --break=answer-first | done-first | no-key

#include "apilab/runtime/task_group.hpp"
#include "apilab/work/job_runner.hpp"
#include "apilab/work/receiver.hpp"
#include "apilab/work/sqlite_store.hpp"
#include "events.hpp"

namespace {
using namespace exercise;
using namespace std::chrono_literals;
using apilab::runtime::TaskGroup;
namespace work = apilab::work;

bool keep(Lab& lab, work::Store& store, const Request& told) {
    const work::Event event{
        .source = "slack", .sender_id = event_id(told.body()), .body = told.body()};
    return store.put(event, {.kind = "slack"}, lab.system_now()).has_value();
}
Task<void> keep_later(Lab& lab, work::Store& store, Request told) {
    co_await lab.sleep(1s);
    (void)keep(lab, store, told);
}
Task<Result<Response>> receive(Lab& lab, work::Store& store, TaskGroup& later, Request told) {
    if (!is_from_slack(lab, told)) {
        co_return Response(401);  // day 6
    }
    if (lab.broken("answer-first")) {  // one commit a second would be so much cheaper
        later.spawn(keep_later(lab, store, told));
        co_return Response(200);
    }
    // It is on the disk, or Slack has to send it again.
    co_return Response(keep(lab, store, told) ? 200 : 503);
}

// A job is ours for ten seconds. If we die, nobody has to know: then it is somebody else's.
Task<void> work_off(Lab& lab, work::Store& store, const bool& world_over) {
    while (!world_over || store.next_due("default").value()) {
        const auto now = lab.system_now();
        const auto jobs = store.claim({.limit = 10, .lease = 10s}, now).value();
        for (const work::Job& job : jobs) {
            (void)(lab.broken("done-first") && store.complete(job.ref, {}, false, now).value());
        }
        for (const work::Job& job : jobs) {
            // The event's own key: over all attempts, in all lives.
            const std::string key = lab.broken("no-key") ? "" : job.idempotency_key;
            const bool good = co_await have_effect(lab, event_id(job.payload), key);
            (void)(good ? store.complete(job.ref, {}, false, now)
                        : store.retry(job.ref, now + 5s, 5s, "no effect", now));
        }
        co_await lab.sleep(jobs.empty() ? 200ms : 0ms);
    }
}

// What one writes in a hurry keeps its queue in memory: a variable, and it dies with the process.
template <bool in_memory>
Task<void> life(Lab& lab) {
    const auto file = in_memory ? ":memory:" : lab.folder() / "work.db";
    const auto store = work::SqliteStore::open(file).value();
    bool world_over = false;
    TaskGroup tasks(lab.scheduler());
    tasks.spawn(work_off(lab, *store, world_over));
    co_await lab.serve([&](Request told) { return receive(lab, *store, tasks, std::move(told)); });
    world_over = true;
    co_await tasks.join();
}

// The same by the library: a receiver that keeps, then answers, and a runner with leases.
Task<void> life_by_library(Lab& lab) {
    const auto store = work::SqliteStore::open(lab.folder() / "work.db").value();
    work::StoreWriter writer(lab.scheduler(), *store, {.own_thread = false});
    const auto receiver =
        work::WebhookReceiver::create(lab.scheduler(), writer, {slack_sender(lab)}).value();
    work::JobRunner runner(lab.scheduler(), writer, lab.rng(), {.lease = 10s});
    runner.handle("slack", [&lab](work::Job job) { return effect_of(lab, std::move(job)); });
    co_await receive_and_work(lab, *receiver, runner, *store);
}
}  // namespace
int main(int argc, char** argv) {
    return exercise::run(
        {.name = "day07_async_triggers",
         .story = "60 events, three a second can be worked, and five kills",
         .scenario = "day07-async-triggers",
         .deadline = 30s,
         .sins = {{"answer-first", "answers before the event is on the disk", "DUR-01"},
                  {"done-first", "takes a job off the queue before its effect", "DUR-01"},
                  {"no-key", "sends the effect without an idempotency key", "DUR-02"}},
         .production = [](Lab& lab) { return lab.live(life<false>); },
         .naive = [](Lab& lab) { return lab.live(life<true>); },
         .library = [](Lab& lab) { return lab.live(life_by_library); },
         .numbers = {"events", "effects", "lost", "doubled"},
         .next = "day07_dead_letter"},
        argc, argv);
}
