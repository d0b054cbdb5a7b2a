// Day 13: the order in which a service ends
//
// Situation  The platform of day 13 replaces a service that also works: it takes jobs from a queue
//            that its successors share, short ones and an export of ten seconds that no patience
//            waits for.
// Shows      Not ready first, then no new job, still answering; finish what is short, give back
//            what is not, close the door, leave. And the timeline of it.
// Run        ./lab learn day13_graceful_stop --compare
// Break      --break=exit-now | wait-for-all | door-first

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <memory>

#include "apilab/runtime/real_scheduler.hpp"
#include "apilab/runtime/signals.hpp"
#include "apilab/runtime/task_group.hpp"
#include "apilab/server/server.hpp"
#include "exercise.hpp"
#include "folder_queue.hpp"

namespace {
using namespace exercise;
using namespace std::chrono_literals;
namespace fs = std::filesystem;
namespace runtime = apilab::runtime;
namespace server = apilab::server;

constexpr Duration short_job = 40ms;
constexpr Duration long_job = 10s;
constexpr Duration routers_learn = 300ms;
constexpr Duration finish_within = 1s;  // together less than the platform's second and a half
constexpr int jobs = 400;

struct Work final : runtime::Service {
    explicit Work(runtime::Scheduler& loop) : scheduler(loop) {}
    Task<Result<Response>> call(Request request, runtime::CallContext /*context*/) override {
        if (request.url().path() == "/work") {
            (void)co_await scheduler.sleep_for(60ms);
            co_return Response(200, "done\n");
        }
        // Told to end, it says so where it is asked, and serves on: the router decides.
        co_return Response(ready ? 200 : 503, ready ? "ready\n" : "ending\n");
    }
    runtime::Scheduler& scheduler;
    bool ready = true;
};

// One job after another, until it is told; each is finished, since it is short.
Task<void> do_jobs(runtime::Scheduler& scheduler, FolderQueue queue, runtime::Event& told) {
    while (!told.is_set()) {
        const auto job = queue.lease("job-");
        (void)co_await scheduler.wait(nullptr, scheduler.now() + short_job);
        if (!job.empty()) {
            queue.finish(job);
        }
    }
}

// What takes long is given back where it is cancelled: the next instance begins it anew.
Task<void> do_export(runtime::Scheduler& scheduler, FolderQueue queue) {
    const auto job = queue.lease("export");
    if (job.empty()) {
        co_return;
    }
    if (co_await scheduler.sleep_for(long_job)) {
        queue.finish(job);
    } else {
        queue.give_back(job);
    }
}

struct Instance {
    runtime::RealScheduler scheduler;
    Work work{scheduler};
    runtime::Event told;
    runtime::Event no_more_jobs;
};

Task<void> live(Instance& self, server::Server& http, FolderQueue queue, Timeline& timeline,
                std::string sin) {
    runtime::TaskGroup short_ones(self.scheduler);
    runtime::TaskGroup long_ones(self.scheduler);
    short_ones.spawn(do_jobs(self.scheduler, queue, self.no_more_jobs));
    long_ones.spawn(do_export(self.scheduler, queue));
    (void)co_await self.scheduler.wait(&self.told, SteadyTime::max());
    if (sin == "exit-now") {
        std::_Exit(0);
    }
    self.work.ready = false;
    timeline.note("told to end: not ready, still answering");
    if (sin == "door-first") {
        co_await http.stop(finish_within);
    }
    self.no_more_jobs.set();
    if (sin != "wait-for-all") {
        long_ones.cancel();
    }
    co_await long_ones.join();
    timeline.note("the export is given back");
    co_await short_ones.join();
    timeline.note("the short job is finished, none is taken any more");
    (void)co_await self.scheduler.sleep_for(routers_learn);
    timeline.note("routers know by now");
    co_await http.stop(finish_within);
    timeline.note("the last answer is out, the door is closed");
    timeline.flush();
}

int serve(std::uint16_t port, std::string sin, const fs::path& folder) {
    Instance self;
    server::Server http(self.scheduler, self.work, {.address = "0.0.0.0", .port = port});
    Timeline timeline(self.scheduler, folder / "timeline");
    if (!http.listen()) {
        return 1;
    }
    const bool naive = sin == "everything";  // whatever the system does about signals
    const auto signals = naive ? nullptr
                               : std::make_unique<runtime::Signals>(
                                     self.scheduler, std::initializer_list<int>{SIGTERM, SIGINT},
                                     [&](int) { self.told.set(); });
    run(self.scheduler, live(self, http, FolderQueue(folder), timeline, std::move(sin)));
    return 0;
}

Task<void> deploy(Lab& lab, std::string sin) {
    const auto folder = lab.folder() / "queue";
    const auto queue = FolderQueue::fill(folder, jobs);
    auto variables = in_role(std::move(sin));
    variables.emplace_back("DAY13_QUEUE", folder);
    co_await lab.deploy("fly", 2, variables);
    std::ifstream timeline(folder / "timeline");
    lab.show("how the instances ended:\n" +
             std::string(std::istreambuf_iterator<char>(timeline), {}));
    lab.number("jobs done", queue.count("done"));
    lab.number("left leased", queue.count("leased"));
}
Task<void> production(Lab& lab) {
    return deploy(lab, lab.sin());
}
Task<void> naive(Lab& lab) {
    return deploy(lab, "everything");
}

}  // namespace

int main(int argc, char** argv) {
    if (const auto here = deployed_instance()) {
        const char* folder = std::getenv("DAY13_QUEUE");
        return serve(here->port, here->role, folder != nullptr ? folder : ".");
    }
    return exercise::run({.name = "day13_graceful_stop",
                          .story = "a service with jobs is replaced twice while it is used",
                          .scenario = "day13-rolls",
                          .deadline = 10s,
                          .sins = {{"exit-now", "cuts off who is served", "PLT-02"},
                                   {"wait-for-all", "waits for the export, is killed", "PLT-03"},
                                   {"door-first", "turns late requests away", "PLT-02"}},
                          .production = production,
                          .naive = naive,
                          .numbers = {"visits", "visits lost", "jobs done", "left leased"},
                          .real_time = true,
                          .next = "day13_cold_start"},
                         argc, argv);
}
