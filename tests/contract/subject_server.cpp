#include <fmt/format.h>

#include <optional>
#include <stdexcept>

#include "apilab/runtime/real_scheduler.hpp"
#include "apilab/server/certificates.hpp"
#include "apilab/server/server.hpp"
#include "apilab/transport/asio_transport.hpp"
#include "apilab/transport/curl_transport.hpp"
#include "behaving_service.hpp"
#include "subject.hpp"

namespace apilab::contract {
namespace {

template <class Options>
struct Setup {
    server::ServerOptions server;
    Options transport;
    std::string scheme = "http";
};

template <class Options>
Setup<Options> with_tls() {
    const auto now = runtime::RealScheduler().system_now();
    const auto authority = server::CertificateAuthority::create(now).value();
    auto issued = authority.issue(now).value();
    Setup<Options> setup;
    setup.server.tls = {.certificate_chain = std::move(issued.certificate),
                        .private_key = std::move(issued.key)};
    setup.transport.system_roots = false;
    setup.transport.ca_pem = authority.certificate();
    setup.scheme = "https";
    return setup;
}

template <class Tested, class Options>
class AgainstServer final : public Subject {
public:
    AgainstServer(std::vector<Behaviour> behaviours, Setup<Options> setup)
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
    std::size_t in_use() override { return used(transport_->stats()); }
    void destroy_transport() override { transport_.reset(); }

private:
    std::string scheme_;
    runtime::RealScheduler scheduler_;
    BehavingService service_;
    server::Server server_;
    std::optional<Tested> transport_;
};

using transport::AsioTransport;
using transport::AsioTransportOptions;
using transport::CurlTransport;
using transport::CurlTransportOptions;

template <class Tested, class Options>
Implementation against_server(const std::string& name) {
    return {.name = name, .make = [](std::vector<Behaviour> behaviours) {
                return std::make_unique<AgainstServer<Tested, Options>>(std::move(behaviours),
                                                                        Setup<Options>());
            }};
}

template <class Tested, class Options>
Implementation against_server_with_tls(const std::string& name) {
    return {.name = name, .make = [](std::vector<Behaviour> behaviours) {
                return std::make_unique<AgainstServer<Tested, Options>>(std::move(behaviours),
                                                                        with_tls<Options>());
            }};
}

Implementation of_libcurl(Implementation implementation) {
    implementation.steps_after_the_answer = 3;
    return implementation;
}

}  // namespace

Implementation asio_against_our_server() {
    return against_server<AsioTransport, AsioTransportOptions>("AsioAgainstOurServer");
}
Implementation asio_against_our_server_with_tls() {
    return against_server_with_tls<AsioTransport, AsioTransportOptions>(
        "AsioAgainstOurServerWithTls");
}
Implementation curl_against_our_server() {
    return of_libcurl(against_server<CurlTransport, CurlTransportOptions>("CurlAgainstOurServer"));
}
Implementation curl_against_our_server_with_tls() {
    return of_libcurl(against_server_with_tls<CurlTransport, CurlTransportOptions>(
        "CurlAgainstOurServerWithTls"));
}

}  // namespace apilab::contract
