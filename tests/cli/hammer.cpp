// hammer URL: a client as it must not be. Twelve times it wants the URL, and each time it asks
// until it is served, at once and without reading what the answer says about waiting.
#include <cstdio>

#include "apilab/runtime/real_scheduler.hpp"
#include "apilab/transport/asio_transport.hpp"

namespace {

constexpr int wanted = 12;
constexpr int requests_max = 200;

int hammer(const apilab::http::Url& url) {
    apilab::runtime::RealScheduler scheduler;
    apilab::transport::AsioTransport transport(scheduler);
    int served = 0;
    for (int sent = 0; served < wanted && sent < requests_max; ++sent) {
        apilab::runtime::CallContext context;
        context.deadline = scheduler.now() + std::chrono::seconds(5);
        const auto reply = apilab::runtime::run(
            scheduler, transport.call(apilab::http::Request::get(url), context));
        served += reply && reply->ok() ? 1 : 0;
    }
    return served == wanted ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
    const auto url = apilab::http::Url::parse(argc == 2 ? argv[1] : "");
    if (!url) {
        std::fputs("usage: hammer URL\n", stderr);
        return 2;
    }
    return hammer(*url);
}
