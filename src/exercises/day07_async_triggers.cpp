// Day 7: work that was accepted is done, whoever dies in between
//
// Situation  Slack delivers ten events a second, we manage three, and somebody kills the program
//            five times. It cannot know when, and it gets no chance to say goodbye.
// Shows      Commit, then answer; a lease, not an owner; an effect under a key, then done.
// Run        ./lab learn day07_async_triggers --compare
// Break      --break=answer-first | done-first | no-key

#include "apilab/http/json.hpp"
#include "apilab/runtime/task_group.hpp"
#include "apilab/work/signature.hpp"
#include "apilab/work/sqlite_store.hpp"
#include "exercise.hpp"

namespace {

using namespace exercise;
using namespace std::chrono_literals;
namespace runtime = apilab::runtime;
namespace work = apilab::work;

struct Endpoint final : runtime::Service {
    Endpoint(Lab& its_lab, work::Store& its_store) : lab(its_lab), store(its_store) {}
    Task<Result<Response>> call(Request request, runtime::CallContext) override {
        const auto slack = work::SignatureVerifier::create(
            work::SignatureScheme::slack, {{secret_of(lab, "APILAB_SLACK_SIGNING_SECRET")}});
        if (!slack->verify(request.headers(), request.body(), lab.system_now())) {
            co_return Response(401);  // day 6
        }
        const auto json = apilab::http::JsonDocument::parse(request.body());
        const std::string id(json->root()["event_id"].string_or(""));
        const work::Event event{.source = "slack", .sender_id = id, .body = request.body()};
        if (lab.broken("answer-first")) {  // one commit a second would be so much cheaper
            later.spawn(keep(1s, event));
            co_return Response(200);
        }
        const auto put = store.put(event, {.kind = "slack", .payload = id}, lab.system_now());
        co_return Response(put ? 200 : 503);  // on the disk, or Slack has to send it again
    }
    Task<void> keep(Duration wait, work::Event event) {
        co_await lab.sleep(wait);
        (void)store.put(event, {.kind = "slack", .payload = event.sender_id}, lab.system_now());
    }

    Lab& lab;
    work::Store& store;
    runtime::TaskGroup later{lab.scheduler()};
    bool world_over = false;
};

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
            const bool good = co_await have_effect(lab, job.payload, key);
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
    Endpoint endpoint(lab, *store);
    runtime::TaskGroup worker(lab.scheduler());
    worker.spawn(work_off(lab, *store, endpoint.world_over));
    co_await lab.meet_the_world(endpoint);
    co_await endpoint.later.join();
    endpoint.world_over = true;
    co_await worker.join();
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
         .numbers = {"events", "effects", "lost", "doubled"},
         .next = "day08_three_apis"},
        argc, argv);
}
