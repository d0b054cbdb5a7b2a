#include <fmt/format.h>

#include <optional>
#include <stdexcept>

#include "apilab/runtime/real_scheduler.hpp"
#include "apilab/server/certificates.hpp"
#include "apilab/server/server.hpp"
#include "apilab/transport/asio_transport.hpp"
#include "behaving_service.hpp"
#include "subject.hpp"

namespace apilab::contract {
namespace {

struct Setup {
    server::ServerOptions server;
    transport::AsioTransportOptions transport;
    std::string scheme = "http";
};

Setup with_tls() {
    const auto now = runtime::RealScheduler().system_now();
    const auto authority = server::CertificateAuthority::create(now).value();
    auto issued = authority.issue(now).value();
    Setup setup;
    setup.server.tls = {.certificate_chain = std::move(issued.certificate),
                        .private_key = std::move(issued.key)};
    setup.transport.system_roots = false;
    setup.transport.ca_pem = authority.certificate();
    setup.scheme = "https";
    return setup;
}

class AsioAgainstServer final : public Subject {
public:
    AsioAgainstServer(std::vector<Behaviour> behaviours, Setup setup)
        : scheme_(std::move(setup.scheme)),
          service_(std::move(behaviours)),
          server_(scheduler_, service_, std::move(setup.server)) {
        if (auto listening = server_.listen(); !listening) {
            throw std::runtime_error(listening.error().to_string());
        }
        transport_.emplace(scheduler_, std::move(setup.transport));
    }
    runtime::Scheduler& scheduler() override { return scheduler_; }
    transport::Transport& transport() override { return *transport_; }
    http::Url url(std::string_view target) override {
        return *http::Url::parse(
            fmt::format("{}://127.0.0.1:{}{}", scheme_, server_.port(), target));
    }
    [[nodiscard]] const std::vector<http::Request>& seen() const override {
        return service_.seen();
    }
    std::size_t in_use() override {
        const auto stats = transport_->stats();
        return stats.connections - stats.idle + stats.waiting;
    }
    void destroy_transport() override { transport_.reset(); }

private:
    std::string scheme_;
    runtime::RealScheduler scheduler_;
    BehavingService service_;
    server::Server server_;
    std::optional<transport::AsioTransport> transport_;
};

}  // namespace

Implementation asio_against_our_server() {
    return {.name = "AsioAgainstOurServer", .make = [](std::vector<Behaviour> behaviours) {
                return std::make_unique<AsioAgainstServer>(std::move(behaviours), Setup());
            }};
}

Implementation asio_against_our_server_with_tls() {
    return {.name = "AsioAgainstOurServerWithTls", .make = [](std::vector<Behaviour> behaviours) {
                return std::make_unique<AsioAgainstServer>(std::move(behaviours), with_tls());
            }};
}

}  // namespace apilab::contract
