#include "echo_server.hpp"

#include <gtest/gtest.h>

#include <stdexcept>
#include <thread>

#include "apilab/runtime/real_scheduler.hpp"
#include "apilab/server/certificates.hpp"
#include "apilab/server/server.hpp"

namespace apilab::cli_test {
namespace {

class Echo final : public runtime::Service {
public:
    explicit Echo(EchoServer::Answer answer) : answer_(std::move(answer)) {}

    runtime::Task<Result<http::Response>> call(http::Request request,
                                               runtime::CallContext /*context*/) override {
        const std::scoped_lock lock(mutex_);
        seen_.push_back(request);
        if (answer_) {
            co_return answer_(request);
        }
        co_return http::Response(200, request.body());
    }
    std::vector<http::Request> seen() {
        const std::scoped_lock lock(mutex_);
        return seen_;
    }

private:
    EchoServer::Answer answer_;
    std::mutex mutex_;
    std::vector<http::Request> seen_;
};

}  // namespace

struct EchoServer::Impl {
    explicit Impl(Answer answer) : service(std::move(answer)) {}

    runtime::RealScheduler scheduler;
    Echo service;
    std::string authority;
    std::string client_certificate;
    std::string client_key;
    std::unique_ptr<server::Server> server;
    std::thread thread;
};

EchoServer::EchoServer(Answer answer, Over over)
    : impl_(std::make_unique<Impl>(std::move(answer))) {
    server::ServerOptions options;
    if (over != Over::plain) {
        const auto now = RealClock().system_now();
        const auto authority = server::CertificateAuthority::create(now);
        auto issued = authority->issue(now);
        impl_->authority = authority->certificate();
        options.tls = server::TlsServerOptions{.certificate_chain = issued->certificate,
                                               .private_key = issued->key};
        if (over == Over::mutual_tls) {
            options.tls->client_ca = impl_->authority;
            auto client = authority->issue(now, {.for_client = true});
            impl_->client_certificate = client->certificate;
            impl_->client_key = client->key.reveal();
        }
    }
    impl_->server = std::make_unique<server::Server>(impl_->scheduler, impl_->service, options);
    if (const auto ready = impl_->server->listen(); !ready) {
        throw std::runtime_error(ready.error().to_string());
    }
    impl_->thread = std::thread([this] { impl_->scheduler.run(); });
}

EchoServer::~EchoServer() {
    impl_->scheduler.stop();
    impl_->thread.join();
    impl_->server.reset();
}

std::uint16_t EchoServer::port() const {
    return impl_->server->port();
}

std::string EchoServer::url(std::string_view path) const {
    return (impl_->authority.empty() ? "http://127.0.0.1:" : "https://127.0.0.1:") +
           std::to_string(port()) + std::string(path);
}

const std::string& EchoServer::authority() const {
    return impl_->authority;
}

const std::string& EchoServer::client_certificate() const {
    return impl_->client_certificate;
}

const std::string& EchoServer::client_key() const {
    return impl_->client_key;
}

std::vector<http::Request> EchoServer::seen() const {
    return impl_->service.seen();
}

http::Request EchoServer::last() const {
    const auto all = seen();
    EXPECT_FALSE(all.empty()) << "nothing was sent";
    return all.empty() ? http::Request::get(*http::Url::parse("http://nothing.test/")) : all.back();
}

}  // namespace apilab::cli_test
