#include "fault_world.hpp"

#include <fmt/format.h>

#include <boost/asio/ip/address_v4.hpp>
#include <stdexcept>
#include <utility>

#include "apilab/transport/asio_transport.hpp"
#include "apilab/transport/curl_transport.hpp"
#include "subject.hpp"

namespace apilab::contract {

using boost::asio::ip::tcp;
using transport::internal::RawPeer;

BlackHole::BlackHole(runtime::RealScheduler& scheduler)
    : acceptor_(scheduler.io_context()), first_(scheduler.io_context()) {
    acceptor_.open(tcp::v4());
    acceptor_.bind({boost::asio::ip::address_v4::loopback(), 0});
    acceptor_.listen(0);
    first_.connect(acceptor_.local_endpoint());
}

World::World(runtime::RealScheduler& on)
    : scheduler(on),
      service({Behaviour{http::Response(200, "ok")}}),
      timeouts{.connect = {}, .first_byte = {}, .idle = {}, .attempt = {}} {
    setup.hosts = {{"api.test", {"127.0.0.1"}}};
}

void World::raw(RawPeer::Reply reply, std::string_view scheme) {
    peer.emplace(scheduler, std::vector{std::move(reply)});
    url = fmt::format("{}://api.test:{}/", scheme, peer->port());
}

void World::proxy(RawPeer::Reply reply) {
    raw(std::move(reply));
    setup.proxy.https = *transport::Proxy::parse(fmt::format("127.0.0.1:{}", peer->port()));
    url = "https://api.test/";
}

void World::serve(server::CertificateAndKey certificate) {
    server.emplace(
        scheduler, service,
        server::ServerOptions{
            .tls = server::TlsServerOptions{.certificate_chain = std::move(certificate.certificate),
                                            .private_key = std::move(certificate.key)}});
    if (auto listening = server->listen(); !listening) {
        throw std::runtime_error(listening.error().to_string());
    }
    url = fmt::format("https://api.test:{}/", server->port());
}

void World::tls(const server::CertificateOptions& certificate) {
    const auto now = scheduler.system_now();
    const auto authority = server::CertificateAuthority::create(now).value();
    setup.ca_pem = authority.certificate();
    serve(authority.issue(now, certificate).value());
}

void World::self_signed() {
    const auto now = scheduler.system_now();
    setup.ca_pem = server::CertificateAuthority::create(now)->certificate();
    serve(server::self_signed_certificate(now, {.dns_names = {"api.test"}}).value());
}

namespace {

class PlanningService final : public runtime::Service {
public:
    PlanningService(http::WirePlan plan, std::string body)
        : plan_(std::make_shared<const http::WirePlan>(std::move(plan))), body_(std::move(body)) {}
    runtime::Task<Result<http::Response>> call(http::Request /*request*/,
                                               runtime::CallContext /*context*/) override {
        http::Response response(200, body_);
        response.wire(plan_);
        co_return response;
    }

private:
    std::shared_ptr<const http::WirePlan> plan_;
    std::string body_;
};

}  // namespace

void World::planned(http::WirePlan plan, std::string answer) {
    planning = std::make_unique<PlanningService>(std::move(plan), std::move(answer));
    server.emplace(scheduler, *planning);
    if (auto listening = server->listen(); !listening) {
        throw std::runtime_error(listening.error().to_string());
    }
    url = fmt::format("http://api.test:{}/", server->port());
}

void World::names_say(bool nothing) {
    names.emplace(scheduler, transport::internal::FakeNameServer::Names{}, nothing);
    setup.hosts.clear();
    setup.name_servers = names->address();
    url = "http://api.test/";
}

namespace {

template <class Transport, class Options>
class TestedTransport final : public Tested {
public:
    TestedTransport(runtime::RealScheduler& scheduler, TransportSetup setup)
        : transport_(scheduler, options(std::move(setup))) {}
    transport::Transport& transport() override { return transport_; }
    std::size_t in_use() override { return used(transport_.stats()); }
    std::size_t connections() override { return transport_.stats().connections; }

private:
    static Options options(TransportSetup setup) {
        Options options;
        // One place: a call that kept it would leave none for the next.
        options.connections_per_origin = 1;
        options.body_bytes_max = setup.body_bytes_max;
        options.hosts = std::move(setup.hosts);
        options.name_servers = std::move(setup.name_servers);
        options.proxy = std::move(setup.proxy);
        options.system_roots = false;
        options.ca_pem = std::move(setup.ca_pem);
        return options;
    }
    Transport transport_;
};

template <class Transport, class Options>
std::unique_ptr<Tested> make_tested(runtime::RealScheduler& scheduler, TransportSetup setup) {
    return std::make_unique<TestedTransport<Transport, Options>>(scheduler, std::move(setup));
}

}  // namespace

const std::vector<TestedKind>& all_transports() {
    using namespace transport;
    static const std::vector<TestedKind> kinds = {
        {.name = "Asio", .make = &make_tested<AsioTransport, AsioTransportOptions>},
        {.name = "Curl",
         .make = &make_tested<CurlTransport, CurlTransportOptions>,
         .instead = {{"close_in_status_line",
                      {ErrorKind::connection_lost, "closed", Outcome::unknown,
                       "libcurl shows a line when it is complete; what there was of one is "
                       "lost with the connection"}}}},
        {.name = "Loopback",
         .lacks = "it hands values over and has no bytes, TLS, proxies or names; resets, stalls "
                  "and truncation are played from a WirePlan and tested by WireContract"},
        {.name = "Scripted",
         .lacks = "it has no other side: a fault there is the error that the script says"},
    };
    return kinds;
}

}  // namespace apilab::contract
