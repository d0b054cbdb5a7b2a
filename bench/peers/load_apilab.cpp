// Sends N GETs with so many in flight over kept-alive connections, with the bare transport or with
// the whole client (deadline, retry, budget, freeze, records).
//
//     load_apilab transport|client URL REQUESTS IN_FLIGHT [CA_FILE]
//
// Exit 0: every answer was a 200 with a body.

#include <cstdio>
#include <memory>
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

struct Load {
    transport::AsioTransport& transport;
    client::Client* client;
    http::Url url;
    long left;
    long good = 0;
};

runtime::Task<void> worker(Load& load) {
    while (load.left > 0) {
        --load.left;
        auto request = http::Request::get(load.url);
        const auto reply = load.client != nullptr
                               ? co_await load.client->send(std::move(request))
                               : co_await transport::send(load.transport, std::move(request));
        load.good += reply && reply->status() == 200 && !reply->body().empty() ? 1 : 0;
    }
}

runtime::Task<void> run_all(runtime::Scheduler& scheduler, Load& load, int in_flight) {
    runtime::TaskGroup group(scheduler);
    for (int i = 0; i < in_flight; ++i) {
        group.spawn(worker(load));
    }
    co_await group.join();
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 5 && argc != 6) {
        std::fprintf(stderr, "load_apilab transport|client URL REQUESTS IN_FLIGHT [CA_FILE]\n");
        return 2;
    }
    const auto url = http::Url::parse(argv[2]);
    const long requests = std::stol(argv[3]);
    const int in_flight = std::stoi(argv[4]);
    runtime::RealScheduler scheduler;
    transport::AsioTransport transport(
        scheduler, {.connections_per_origin = static_cast<std::size_t>(in_flight),
                    .ca_file = argc > 5 ? argv[5] : ""});
    SeededRng rng(1);
    const auto client = client::Client::create(scheduler, transport, rng);
    if (!url || !client) {
        return 2;
    }
    const bool whole = std::string_view(argv[1]) == "client";
    Load load{transport, whole ? client->get() : nullptr, *url, requests};
    runtime::run(scheduler, run_all(scheduler, load, in_flight));
    return load.good == requests ? 0 : 1;
}
