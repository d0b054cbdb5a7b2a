// Day 7: work that was accepted is done, whoever dies in between
//
// Situation  Slack delivers ten events a second, we manage three, and somebody kills the program
//            five times. It cannot know when, and it gets no chance to say goodbye.
// Yours      Where an event is kept, when it is answered, who works it, and when it is done.
// Check      ./lab learn check day07_async_triggers
// Stuck      ./lab learn hint day07_async_triggers

#include <deque>

#include "apilab/runtime/task_group.hpp"
#include "apilab/work/sqlite_store.hpp"
#include "events.hpp"

namespace {

using namespace exercise;
using namespace std::chrono_literals;
namespace work = apilab::work;  // for the store

struct Endpoint final : apilab::runtime::Service {
    explicit Endpoint(Lab& its_lab) : lab(its_lab) {}

    Task<Result<Response>> call(Request request, apilab::runtime::CallContext) override {
        if (!is_from_slack(lab, request)) {
            co_return Response(401);  // day 6
        }
        const auto id = event_id(request.body());
        // TODO: put it where it survives us, and answer when it is there: work::Store::put takes an
        // event (`source`, `sender_id`, `body`) and the job that it means (a `kind`). What is the
        // answer where it could not be kept? `error().to_string()` says why, lab.show() shows it.
        queue.push_back(id);
        co_return Response(200);
    }

    Lab& lab;
    std::deque<std::string> queue;
    bool world_over = false;
};

// TODO: claim jobs, have their effects, and say that they are done, in the order that loses
// nothing (what a store can do, and what it takes: apilab/work/store.hpp, job.hpp). A job's
// payload is its event's body; have_effect wants the event's id, as above. What if we die between
// the effect and `complete`? Another life has the effect again, unless it comes under the same
// idempotency key: have_effect(lab, event, key). What failed is given back with a later time
// (Store::retry). How long is a job ours before another life may have it (Claim::lease)? It is
// over when the world is, and nothing is open in the queue "default" (Store::next_due).
Task<void> work_off(Lab& lab, Endpoint& endpoint) {
    while (!endpoint.world_over || !endpoint.queue.empty()) {
        if (!endpoint.queue.empty() && co_await have_effect(lab, endpoint.queue.front())) {
            endpoint.queue.pop_front();
        }
        co_await lab.sleep(endpoint.queue.empty() ? 200ms : 0ms);
    }
}

// TODO: open a store (work::SqliteStore::open, and or_refuse for what it gives) in lab.folder(),
// which the next life finds as this one leaves it.
Task<void> life(Lab& lab) {
    Endpoint endpoint(lab);
    apilab::runtime::TaskGroup worker(lab.scheduler());
    worker.spawn(work_off(lab, endpoint));
    co_await lab.meet_the_world(endpoint);
    endpoint.world_over = true;
    co_await worker.join();
}

}  // namespace

int main(int argc, char** argv) {
    return exercise::run({.name = "day07_async_triggers",
                          .story = "60 events, three a second can be worked, and five kills",
                          .scenario = "day07-async-triggers",
                          .deadline = 30s,
                          .production = [](Lab& lab) { return lab.live(life); },
                          .numbers = {"events", "effects", "lost", "doubled"},
                          .next = "day07_dead_letter"},
                         argc, argv);
}
