// Calls against a quota (quota_server).
//
//     quota_client workers URL CALLS WORKERS [HEADROOM]
//         Our client, which learns from answers; with HEADROOM (0 to 0.9) it leaves so much of the
//         quota to others, and spreads its calls over the window.
//     quota_client steady URL PER_SECOND
//         Another process: bare requests at an even pace, none again, until it is killed.
//
// `workers` prints how many calls succeeded.

#include <chrono>
#include <cstdio>
#include <string>
#include <string_view>

#include "apilab/base/rng.hpp"
#include "apilab/client/client.hpp"
#include "apilab/runtime/real_scheduler.hpp"
#include "apilab/runtime/task_group.hpp"
#include "apilab/transport/asio_transport.hpp"
#include "apilab/transport/send.hpp"

namespace {

using namespace apilab;

http::Request request_to(const http::Url& url, const char* client) {
    auto request = http::Request::get(url);
    request.header("x-client", client);
    return request;
}

struct Work {
    client::Client& client;
    http::Url url;
    long left;
    long good = 0;
};

runtime::Task<void> worker(Work& work) {
    while (work.left > 0) {
        --work.left;
        const auto reply = co_await work.client.send(request_to(work.url, "ours"));
        work.good += reply && reply->status() == 200 ? 1 : 0;
    }
}

runtime::Task<void> run_workers(runtime::Scheduler& scheduler, Work& work, int workers) {
    runtime::TaskGroup group(scheduler);
    for (int i = 0; i < workers; ++i) {
        group.spawn(worker(work));
    }
    co_await group.join();
}

runtime::Task<void> send_one(transport::AsioTransport& transport, http::Url url) {
    (void)co_await transport::send(transport, request_to(url, "other"));
}

runtime::Task<void> run_steady(runtime::Scheduler& scheduler, transport::AsioTransport& transport,
                               http::Url url, int per_second) {
    const Duration gap = Duration(std::chrono::seconds(1)) / per_second;
    runtime::TaskGroup group(scheduler);
    for (auto next = scheduler.now();; next += gap) {
        if (!co_await scheduler.sleep_until(next)) {
            break;
        }
        group.spawn(send_one(transport, url));
    }
    co_await group.join();
}

}  // namespace

int main(int argc, char** argv) {
    const std::string_view mode = argc > 1 ? argv[1] : "";
    if (!(mode == "workers" && (argc == 5 || argc == 6)) && !(mode == "steady" && argc == 4)) {
        std::fprintf(stderr,
                     "quota_client workers URL CALLS WORKERS [HEADROOM] | steady URL PER_SECOND\n");
        return 2;
    }
    const auto url = http::Url::parse(argv[2]);
    runtime::RealScheduler scheduler;
    transport::AsioTransport transport(scheduler, {});
    SeededRng rng(1);
    client::ClientOptions options;
    if (argc > 5) {
        options.limiter->pace = true;
        options.limiter->headroom = std::stod(argv[5]);
    }
    const auto client = client::Client::create(scheduler, transport, rng, options);
    if (!url || !client) {
        return 2;
    }
    if (mode == "steady") {
        runtime::run(scheduler, run_steady(scheduler, transport, *url, std::stoi(argv[3])));
        return 0;
    }
    Work work{**client, *url, std::stol(argv[3])};
    runtime::run(scheduler, run_workers(scheduler, work, std::stoi(argv[4])));
    std::printf("%ld\n", work.good);
    return 0;
}
