// browser URL: what a browser does with a login page of the sandbox, which asks no questions: goes
// where it is led.
#include <cstdio>

#include "apilab/base/rng.hpp"
#include "apilab/client/client.hpp"
#include "apilab/runtime/real_scheduler.hpp"
#include "apilab/transport/asio_transport.hpp"

int main(int argc, char** argv) {
    if (argc != 2) {
        std::fputs("usage: browser URL\n", stderr);
        return 2;
    }
    apilab::runtime::RealScheduler scheduler;
    apilab::transport::AsioTransport transport(scheduler);
    apilab::SeededRng rng(1);
    const auto client = apilab::client::Client::create(scheduler, transport, rng);
    const auto page = apilab::runtime::run(scheduler, (*client)->get(argv[1]));
    return page && page->ok() ? 0 : 1;
}
