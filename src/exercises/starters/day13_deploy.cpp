// Day 13: a service that can be replaced while it is used
//
// Situation  A platform (Fly.io, Railway) gives a program a port, sends traffic once it is healthy,
//            and replaces it when it likes: a new instance up, a signal to the old one, and soon a
//            kill. Routers learn of it late.
// Yours      Where to listen, and how to stop: go on answering for a moment, take nothing new,
//            finish what has begun, be gone in time.
// Check      ./lab learn check day13_deploy
// Stuck      ./lab learn hint day13_deploy

#include <csignal>
#include <cstdlib>

#include "apilab/runtime/real_scheduler.hpp"
#include "apilab/runtime/signals.hpp"
#include "apilab/server/server.hpp"
#include "exercise.hpp"

namespace {

using namespace exercise;
using namespace std::chrono_literals;
namespace runtime = apilab::runtime;
namespace server = apilab::server;

// /work takes a while, as work does. Health means that this process can serve: it asks nobody else,
// or a provider's bad day would have the platform restart us in a circle.
struct Work final : runtime::Service {
    explicit Work(runtime::Scheduler& loop) : scheduler(loop) {}
    Task<Result<Response>> call(Request request, runtime::CallContext /*context*/) override {
        if (request.url().path() == "/work") {
            (void)co_await scheduler.sleep_for(60ms);
        }
        co_return Response(200, "done\n");
    }
    runtime::Scheduler& scheduler;
};

// TODO: the platform's router is not this machine. Which address does it reach (`.address` beside
// `.port`)? When told to stop (SIGTERM or SIGINT: runtime::Signals, which shows how to wait for a
// runtime::Event), requests still come for a moment, and some are under way (http.stop(grace) takes
// nothing new and lets those end). Mind the platform's patience: a second and a half.
// `scheduler.run()` never ends by itself; `run(scheduler, task)` does, with a Task<void> of yours.
int serve(std::uint16_t port) {
    runtime::RealScheduler scheduler;
    Work work(scheduler);
    server::Server http(scheduler, work, {.port = port});
    return http.listen() ? (scheduler.run(), 0) : 1;
}

}  // namespace

int main(int argc, char** argv) {
    if (const auto here = deployed_instance()) {
        return serve(here->port);
    }
    return exercise::run({.name = "day13_deploy",
                          .story = "a platform replaces a service twice while it is used",
                          .scenario = "day13-rolls",
                          .deadline = 10s,
                          .production = [](Lab& lab) { return lab.deploy("fly", 2, {}); },
                          .numbers = {"visits", "visits lost"},
                          .real_time = true,
                          .next = "day13_graceful_stop"},
                         argc, argv);
}
