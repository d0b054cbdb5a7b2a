// Our server with a service that always answers the same 1,024 bytes: what the server alone costs.
// Prints its port, then serves until SIGTERM.

#include <cstdio>
#include <memory>
#include <string>

#include "apilab/runtime/real_scheduler.hpp"
#include "apilab/server/server.hpp"

namespace {

using namespace apilab;

class Static final : public runtime::Service {
public:
    runtime::Task<Result<http::Response>> call(http::Request /*request*/,
                                               runtime::CallContext /*context*/) override {
        co_return response_;
    }

private:
    http::Response response_{
        200, std::string(1024, 'x'), {{"content-type", "application/octet-stream"}}};
};

}  // namespace

int main(int argc, char** argv) {
    runtime::RealScheduler scheduler;
    Static service;
    server::ServerOptions options;
    options.port = static_cast<std::uint16_t>(argc > 1 ? std::stoi(argv[1]) : 0);
    server::Server server(scheduler, service, options);
    if (const auto listening = server.listen(); !listening) {
        std::fprintf(stderr, "%s\n", listening.error().to_string().c_str());
        return 1;
    }
    scheduler.run();
    return 0;
}
