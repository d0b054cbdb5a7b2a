// Day 13: a service that can be replaced while it is used
//
// Situation  A platform (Fly.io, Railway) gives a program a port, sends traffic once it is healthy,
//            and replaces it when it likes: a new instance up, a signal to the old one, and soon a
//            kill. Routers learn of it late.
// Shows      Where to listen, and how to stop: go on answering for a moment, take nothing new,
//            finish what has begun, be gone in time.
// Run        ./lab learn day13_deploy --compare
// Break      --break=bind-localhost | stop-accepting-first | ignore-signals

#include <csignal>
#include "apilab/runtime/real_scheduler.hpp"
#include "apilab/runtime/signals.hpp"
#include "apilab/server/serve.hpp"
#include "exercise.hpp"

namespace {
using namespace exercise;
using namespace std::chrono_literals;
namespace runtime = apilab::runtime;
namespace server = apilab::server;

constexpr Duration routers_learn = 300ms;  // requests still come after the signal
constexpr Duration finish_within = 1s;     // with the above: less than the platform's patience

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

// After the signal: answer whoever is still sent here, then take nothing new and finish.
Task<void> until_told(runtime::Scheduler& scheduler, server::Server& http, runtime::Event& told,
                      bool lingers) {
    (void)co_await scheduler.wait(&told, apilab::SteadyTime::max());
    if (lingers) {
        (void)co_await scheduler.sleep_for(routers_learn);
    }
    co_await http.stop(finish_within);
}

int serve(std::uint16_t port, std::string_view sin) {
    runtime::RealScheduler scheduler;
    Work work(scheduler);
    const char* address = sin == "bind-localhost" ? "127.0.0.1" : "0.0.0.0";  // routers are outside
    server::Server http(scheduler, work, {.address = address, .port = port});
    runtime::Event told;  // SIGTERM and SIGINT mean the same: platforms differ
    const runtime::Signals signals(scheduler, {SIGTERM, SIGINT}, [&](int) {
        if (sin != "ignore-signals") {
            told.set();
        }
    });
    const bool lingers = sin != "stop-accepting-first";
    return http.listen() ? (run(scheduler, until_told(scheduler, http, told, lingers)), 0) : 1;
}

// What works on one's own machine: that address, and whatever the system does about signals.
int serve_as_at_home(std::uint16_t port) {
    runtime::RealScheduler scheduler;
    Work work(scheduler);
    server::Server http(scheduler, work, {.port = port});
    return http.listen() ? (scheduler.run(), 0) : 1;
}

// The same by the library.
int serve_by_library(std::uint16_t port) {
    runtime::RealScheduler scheduler;
    Work work(scheduler);
    return server::serve_until_told(scheduler, work, {.address = "0.0.0.0", .port = port}) ? 0 : 1;
}
}  // namespace
int main(int argc, char** argv) {
    if (const auto here = deployed_instance()) {
        return here->role == "naive"     ? serve_as_at_home(here->port)
               : here->role == "library" ? serve_by_library(here->port)
                                         : serve(here->port, here->role);
    }
    return exercise::run(
        {.name = "day13_deploy",
         .story = "a platform replaces a service twice while it is used",
         .scenario = "day13-rolls",
         .deadline = 10s,
         .sins = {{"bind-localhost", "the router cannot reach it", "PLT-01"},
                  {"stop-accepting-first", "turns late requests away", "PLT-02"},
                  {"ignore-signals", "has to be killed", "PLT-03"}},
         .production = [](Lab& lab) { return lab.deploy("fly", 2, in_role(lab.sin())); },
         .naive = [](Lab& lab) { return lab.deploy("fly", 2, in_role("naive")); },
         .library = [](Lab& lab) { return lab.deploy("fly", 2, in_role("library")); },
         .numbers = {"visits", "visits lost"},
         .real_time = true,
         .next = "day13_graceful_stop"},
        argc, argv);
}
