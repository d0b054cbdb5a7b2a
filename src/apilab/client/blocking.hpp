#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "apilab/client/options.hpp"
#include "apilab/http/message.hpp"
#include "apilab/transport/proxy.hpp"

namespace apilab::client::blocking {

/// The client for scripts: the same methods, and each returns when it is done. No coroutine and no
/// Asio in sight: it owns a transport, a scheduler and the thread that runs them.
///
///     auto client = blocking::Client::create();
///     if (!client) { ... }
///     auto reply = client->get("https://api.example.com/things");
///
/// Thread-safe: calls from several threads run side by side. Destroy it when no call is under way.
class Client {
public:
    struct Options {
        ClientOptions client;
        /// PEM file of further certificate authorities to trust (tests, company roots).
        std::string ca_file;
        /// Straight to every host unless said otherwise.
        transport::ProxyOptions proxy;
        /// Of the jitter; default: drawn from the operating system.
        std::optional<std::uint64_t> seed;
    };
    /// Error: `invalid_argument` naming the option.
    [[nodiscard]] static Result<Client> create(Options options);
    [[nodiscard]] static Result<Client> create() { return create(Options()); }
    /// The same, and where `options` names no proxy, those of the process's environment as
    /// `transport::ProxyOptions` reads them. Nothing else in the library looks at the environment.
    /// Errors: also those of `ProxyOptions::from_environment`, naming the variable.
    [[nodiscard]] static Result<Client> from_environment(Options options);
    [[nodiscard]] static Result<Client> from_environment() { return from_environment(Options()); }
    Client(Client&&) noexcept;
    Client& operator=(Client&&) noexcept;
    ~Client();

    [[nodiscard]] Result<http::Response> get(const std::string& url, CallOptions options = {});
    /// Sends `body` as JSON.
    [[nodiscard]] Result<http::Response> post(const std::string& url, std::string body,
                                              CallOptions options = {});
    [[nodiscard]] Result<http::Response> send(http::Request request, CallOptions options = {});

    [[nodiscard]] std::string describe() const;

private:
    struct Impl;
    explicit Client(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace apilab::client::blocking
