#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "apilab/http/message.hpp"

namespace apilab::cli_test {

/// A server in this process that keeps what it was asked and answers as it is told.
class EchoServer {
public:
    /// On the server's thread.
    using Answer = std::function<http::Response(const http::Request&)>;
    /// Without an answer: 200 with the request's body.
    /// How it is reached.
    enum class Over : std::uint8_t {
        plain,
        tls,
        /// And it asks for a certificate.
        mutual_tls,
    };
    explicit EchoServer(Answer answer = {}, Over over = Over::plain);
    EchoServer(const EchoServer&) = delete;
    EchoServer& operator=(const EchoServer&) = delete;
    ~EchoServer();

    /// `http://127.0.0.1:port`, or https.
    [[nodiscard]] std::string url(std::string_view path = "/") const;
    [[nodiscard]] std::uint16_t port() const;
    /// PEM of the authority that vouches for it.
    [[nodiscard]] const std::string& authority() const;
    /// PEM of a client's certificate and key that it takes.
    [[nodiscard]] const std::string& client_certificate() const;
    [[nodiscard]] const std::string& client_key() const;
    [[nodiscard]] std::vector<http::Request> seen() const;
    /// The only one; a failure of the test where there is none.
    [[nodiscard]] http::Request last() const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace apilab::cli_test
