// A process that asks itself, over real sockets, for what is there, for what is not, and for what
// fails; sends the traces of that to the collector whose URL it is given; and says what arrived.
//
//     traced_calls http://127.0.0.1:4318/v1/traces

#include <fmt/format.h>

#include <cstdio>
#include <string>

#include "apilab/base/rng.hpp"
#include "apilab/client/client.hpp"
#include "apilab/http/json.hpp"
#include "apilab/observe/trace_exporter.hpp"
#include "apilab/runtime/real_scheduler.hpp"
#include "apilab/server/server.hpp"
#include "apilab/transport/asio_transport.hpp"

namespace {

using namespace apilab;

class Site final : public runtime::Service {
public:
    runtime::Task<Result<http::Response>> call(http::Request request,
                                               runtime::CallContext /*context*/) override {
        const std::string& path = request.url().path();
        const int status = path == "/good" ? 200 : path == "/bad" ? 503 : 404;
        arrived_ += fmt::format(R"({}{{"path":{},"status":{},"traceparent":{}}})",
                                arrived_.empty() ? "" : ",", http::json_quote(path), status,
                                http::json_quote(request.headers().value("traceparent")));
        co_return http::Response(status);
    }
    [[nodiscard]] const std::string& arrived() const { return arrived_; }

private:
    std::string arrived_;
};

runtime::Task<void> ask(client::Client& client, observe::TraceExporter& exporter,
                        std::string base) {
    for (const std::string path : {"/good", "/bad", "/none"}) {
        client::CallOptions options;
        options.operation.url_template = path;
        (void)co_await client.get(base + path, options);
    }
    co_await exporter.close(std::chrono::seconds(10));
}

int run(const http::Url& collector) {
    runtime::RealScheduler scheduler;
    Site site;
    server::Server server(scheduler, site);
    if (const auto ready = server.listen(); !ready) {
        std::fprintf(stderr, "%s\n", ready.error().to_string().c_str());
        return 1;
    }
    transport::AsioTransport transport(scheduler);
    SeededRng rng(fresh_seed());
    const auto exporter = observe::TraceExporter::create(scheduler, transport, rng, collector,
                                                         {.resource = {.service = "traced_calls"}});
    client::ClientOptions options;
    options.retry.max_attempts = 2;
    options.tracing.emplace();
    const auto client =
        client::Client::create(scheduler, transport, rng, options, {exporter->get()});
    runtime::run(scheduler,
                 ask(**client, **exporter, "http://127.0.0.1:" + std::to_string(server.port())));
    const auto counts = (*exporter)->counts();
    std::puts(fmt::format(R"({{"port":{},"arrived":[{}],"counts":{{"exported":{},"dropped":{},)"
                          R"("rejected_spans":{},"retries":{}}}}})",
                          server.port(), site.arrived(), counts.exported, counts.dropped(),
                          counts.rejected_spans, counts.retries)
                  .c_str());
    runtime::run(scheduler, server.stop(std::chrono::seconds(1)));
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    const auto url = http::Url::parse(argc == 2 ? argv[1] : "");
    if (!url) {
        std::fputs("traced_calls URL\n", stderr);
        return 2;
    }
    return run(*url);
}
