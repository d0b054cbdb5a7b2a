// A process whose client is observed, and that shows its metrics: `/metrics` of a free port of the
// loopback, which the file that is named says. Before each page the client asks this same process
// for what is there, for what is not, and for what fails. Serves until SIGTERM.
//
//     metrics_page PORT-FILE

#include <csignal>
#include <cstdio>
#include <memory>
#include <string>

#include "apilab/base/file.hpp"
#include "apilab/base/rng.hpp"
#include "apilab/client/client.hpp"
#include "apilab/observe/metrics_observer.hpp"
#include "apilab/runtime/real_scheduler.hpp"
#include "apilab/runtime/signals.hpp"
#include "apilab/server/server.hpp"
#include "apilab/transport/asio_transport.hpp"

namespace {

using namespace apilab;

class Page final : public runtime::Service {
public:
    explicit Page(runtime::RealScheduler& scheduler) : transport_(scheduler) {
        client::ClientOptions options;
        options.retry.max_attempts = 2;
        client_ = *client::Client::create(scheduler, transport_, rng_, options, {&metrics_});
    }

    void at(std::uint16_t port) { base_ = "http://127.0.0.1:" + std::to_string(port); }

    runtime::Task<Result<http::Response>> call(http::Request request,
                                               runtime::CallContext /*context*/) override {
        const std::string path = request.url().path();
        if (path != "/metrics") {
            co_return http::Response(path == "/good" ? 200 : path == "/bad" ? 503 : 404);
        }
        for (const char* target : {"/good", "/bad", "/none", "/odd \"\\ name"}) {
            client::CallOptions options;
            options.operation.url_template = target;
            const std::string url = base_ + (target[1] == 'o' ? "/odd" : target);
            (void)co_await client_->get(url, options);
        }
        http::Response page(200, metrics_.text());
        page.header("content-type", std::string(observe::MetricsObserver::content_type));
        co_return page;
    }

private:
    transport::AsioTransport transport_;
    SeededRng rng_{1};
    observe::MetricsObserver metrics_;
    std::unique_ptr<client::Client> client_;
    std::string base_;
};

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) {
        std::fputs("metrics_page PORT-FILE\n", stderr);
        return 2;
    }
    runtime::RealScheduler scheduler;
    Page page(scheduler);
    server::Server server(scheduler, page);
    const runtime::Signals signals(scheduler, {SIGTERM}, [&](int) { scheduler.stop(); });
    if (const auto ready = server.listen(); !ready) {
        std::fprintf(stderr, "%s\n", ready.error().to_string().c_str());
        return 1;
    }
    page.at(server.port());
    if (!write_file_atomically(argv[1], std::to_string(server.port()))) {
        return 1;
    }
    scheduler.run();
    return 0;
}
