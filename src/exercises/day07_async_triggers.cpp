// Day 7: work that was accepted is done, whoever dies in between
//
// Situation  Slack delivers ten events a second, we manage three, and somebody kills the program
//            five times. It cannot know when, and it gets no chance to say goodbye.
// Shows      Commit, then answer; a lease, not an owner; an effect under a key, then done.
// Run        ./lab learn day07_async_triggers --compare
// Break      --break=answer-first | done-first | no-key

#include "apilab/http/json.hpp"
#include "apilab/runtime/task_group.hpp"
#include "apilab/work/inbox.hpp"
#include "apilab/work/signature.hpp"
#include "exercise.hpp"

namespace {

using namespace exercise;
using namespace std::chrono_literals;
namespace runtime = apilab::runtime;
namespace work = apilab::work;

struct Endpoint final : runtime::Service {
    Endpoint(Lab& its_lab, work::Inbox& its_inbox) : lab(its_lab), inbox(its_inbox) {}
    Task<Result<Response>> call(Request request, runtime::CallContext) override {
        const auto slack = work::SignatureVerifier::create(
            work::SignatureScheme::slack, {{secret_of(lab, "APILAB_SLACK_SIGNING_SECRET")}});
        if (!slack->verify(request.headers(), request.body(), lab.system_now())) {
            co_return Response(401);  // day 6
        }
        const auto event = apilab::http::JsonDocument::parse(request.body());
        const std::string id(event->root()["event_id"].string_or(""));
        if (lab.broken("answer-first")) {  // one commit a second would be so much cheaper
            later.spawn(keep(1s, id, request.body()));
            co_return Response(200);
        }
        const auto put = inbox.put("slack", id, request.body(), lab.system_now());
        co_return Response(put ? 200 : 503);  // on the disk, or Slack has to send it again
    }
    Task<void> keep(Duration wait, std::string id, std::string body) {
        co_await lab.sleep(wait);
        (void)inbox.put("slack", id, body, lab.system_now());
    }

    Lab& lab;
    work::Inbox& inbox;
    runtime::TaskGroup later{lab.scheduler()};
    bool world_over = false;
};

// A job is ours for ten seconds. If we die, nobody has to know: then it is somebody else's.
Task<void> work_off(Lab& lab, Endpoint& endpoint) {
    while (!endpoint.world_over || endpoint.inbox.next_due().value()) {
        const auto jobs = endpoint.inbox.claim(10, lab.system_now()).value();
        for (const work::InboxJob& job : jobs) {
            (void)(lab.broken("done-first") && endpoint.inbox.complete(job, lab.system_now()));
        }
        for (const work::InboxJob& job : jobs) {
            // The event's own key: over all attempts, in all lives.
            if (co_await have_effect(lab, job.key, lab.broken("no-key") ? "" : job.key)) {
                (void)endpoint.inbox.complete(job, lab.system_now());
            } else {
                (void)endpoint.inbox.retry(job, lab.system_now() + 1s * job.attempt, "no effect");
            }
        }
        co_await lab.sleep(jobs.empty() ? 200ms : 0ms);
    }
}

// What one writes in a hurry keeps its queue in memory: a variable, and it dies with the process.
template <bool in_memory>
Task<void> life(Lab& lab) {
    const auto file = in_memory ? ":memory:" : lab.folder() / "inbox.db";
    const auto inbox = work::Inbox::open(file, {.lease = 10s}).value();
    Endpoint endpoint(lab, *inbox);
    runtime::TaskGroup worker(lab.scheduler());
    worker.spawn(work_off(lab, endpoint));
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
