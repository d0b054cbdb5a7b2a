// A small service with one fault at a time, for the tests of `apilab platform run`: FAULT names it.

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "apilab/runtime/real_scheduler.hpp"
#include "apilab/runtime/signals.hpp"
#include "apilab/server/server.hpp"

namespace {

using namespace std::chrono_literals;
namespace runtime = apilab::runtime;
namespace server = apilab::server;

std::string variable(const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? "" : value;
}

struct Work final : runtime::Service {
    Work(runtime::Scheduler& loop, std::string wrong) : scheduler(loop), fault(std::move(wrong)) {}
    runtime::Task<apilab::Result<apilab::http::Response>> call(
        apilab::http::Request request, runtime::CallContext /*context*/) override {
        const bool health = request.url().path() == "/readyz";
        if (fault == "never-ready" && health) {
            co_return apilab::http::Response(503);
        }
        if (fault == "sick" && health && asked++ > 0) {
            co_return apilab::http::Response(500);
        }
        if (!health) {
            (void)co_await scheduler.sleep_for(100ms);
        }
        co_return apilab::http::Response(200, "done\n");
    }
    runtime::Scheduler& scheduler;
    std::string fault;
    int asked = 0;
};

runtime::Task<void> serve(runtime::Scheduler& scheduler, server::Server& http, runtime::Event& told,
                          std::string fault) {
    if (fault == "ends") {
        (void)co_await scheduler.sleep_for(200ms);
        std::exit(4);
    }
    (void)co_await scheduler.wait(&told, apilab::SteadyTime::max());
    if (fault != "drops") {
        (void)co_await scheduler.sleep_for(200ms);
    }
    co_await http.stop(fault == "drops" ? 0ms : 1s);
}

}  // namespace

int main() {
    const std::string fault = variable("FAULT");
    runtime::RealScheduler scheduler;
    Work work(scheduler, fault);
    server::Server http(scheduler, work,
                        {.address = fault == "loopback" ? "127.0.0.1" : "0.0.0.0",
                         .port = static_cast<std::uint16_t>(
                             fault == "own-port" ? 0 : std::atoi(variable("PORT").c_str()))});
    runtime::Event told;
    const runtime::Signals signals(scheduler, {SIGTERM, SIGINT}, [&](int) {
        if (fault != "deaf") {
            told.set();
        }
    });
    if (fault != "silent") {
        std::fprintf(stderr, "started%s\n",
                     fault == "tells" ? variable("SERVICE_TOKEN").c_str() : "");
    }
    if (fault == "keeps") {
        std::ofstream("state.txt") << "state\n";
    }
    std::vector<char> memory(fault == "eats" ? std::size_t{400} << 20U : 0, 'x');
    if (!http.listen()) {
        return 1;
    }
    runtime::run(scheduler, serve(scheduler, http, told, fault));
    return fault == "bad-code" ? 3 : static_cast<int>(memory.size() > 1 && memory[1] == 'y');
}
