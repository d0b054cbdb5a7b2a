#include "apilab/sandbox/internal/tls_listeners.hpp"

#include "apilab/base/try.hpp"
#include "apilab/runtime/real_scheduler.hpp"
#include "apilab/server/certificates.hpp"

namespace apilab::sandbox::internal {

using server::CertificateAndKey;
using server::TlsServerOptions;

namespace {

TlsServerOptions with(CertificateAndKey made, bool old = false) {
    return {.certificate_chain = std::move(made.certificate),
            .private_key = std::move(made.key),
            .only_tls_1_0 = old};
}

}  // namespace

TlsListeners::TlsListeners(runtime::RealScheduler& scheduler, Sandbox& sandbox, std::string address,
                           std::shared_ptr<std::uint64_t> counter)
    : scheduler_(scheduler),
      sandbox_(sandbox),
      address_(std::move(address)),
      counter_(std::move(counter)) {}

Result<void> TlsListeners::listen(std::string name, std::string variable, std::uint16_t port,
                                  TlsServerOptions tls) {
    auto server = std::make_unique<server::Server>(
        scheduler_, sandbox_,
        server::ServerOptions{.address = address_,
                              .port = port,
                              .tls = std::move(tls),
                              .server_header = "",
                              .connection_counter = counter_,
                              .watch = sandbox_.watch_listener(name)});
    if (auto listening = server->listen(); !listening) {
        return fail(std::move(listening).error().in("the sandbox's port for " + name));
    }
    sandbox_.name_listener(server->port(), std::move(name));
    listeners_.push_back({std::move(variable), std::move(server)});
    return {};
}

Result<void> TlsListeners::start(std::uint16_t port) {
    const SystemTime now = scheduler_.system_now();
    // Clients go by a clock of their own, which may be months from one that stands.
    const Duration lasting = std::chrono::hours(24 * 365 * 9);
    APILAB_TRY(const auto authority, server::CertificateAuthority::create(now));
    APILAB_TRY(auto good, authority.issue(now, {.valid_until = lasting}));
    APILAB_CHECK(listen("tls", "TLS_URL", port, with(std::move(good))));
    APILAB_TRY(auto expired, authority.issue(now, {.valid_from = -std::chrono::hours(48),
                                                   .valid_until = -std::chrono::hours(24)}));
    APILAB_CHECK(listen("tls-expired", "TLS_EXPIRED_URL", 0, with(std::move(expired))));
    APILAB_TRY(auto stranger, authority.issue(now, {.dns_names = {"wrong-host.test"},
                                                    .addresses = {},
                                                    .valid_until = lasting}));
    APILAB_CHECK(listen("tls-wrong-host", "TLS_WRONG_HOST_URL", 0, with(std::move(stranger))));
    APILAB_TRY(auto own, server::self_signed_certificate(now, {.valid_until = lasting}));
    APILAB_CHECK(listen("tls-self-signed", "TLS_SELF_SIGNED_URL", 0, with(std::move(own))));
    APILAB_TRY(auto old, authority.issue(now, {.valid_until = lasting}));
    APILAB_CHECK(listen("tls-old", "TLS_OLD_URL", 0, with(std::move(old), true)));
    sandbox_.set_ca_certificate(authority.certificate());
    return {};
}

runtime::Task<void> TlsListeners::stop(Duration grace) {
    for (Listener& listener : listeners_) {
        co_await listener.server->stop(grace);
    }
}

std::uint16_t TlsListeners::port() const {
    return listeners_.empty() ? 0 : listeners_.front().server->port();
}

std::vector<std::pair<std::string, std::uint16_t>> TlsListeners::ports() const {
    std::vector<std::pair<std::string, std::uint16_t>> all;
    for (const Listener& listener : listeners_) {
        all.emplace_back(listener.variable, listener.server->port());
    }
    return all;
}

}  // namespace apilab::sandbox::internal
