#pragma once

#include <string>

#include "apilab/base/error.hpp"

namespace apilab::transport::internal {

/// What is known about a transfer that libcurl gave up. A value.
struct CurlFailure {
    /// A CURLcode.
    int code = 0;
    /// libcurl's own words; they name hosts, never a header or a query.
    std::string text;
    /// errno of the failed connect, or 0.
    long os_error = 0;
    /// OpenSSL's verdict about the certificate; 0: a good one; 1: none was given.
    long verified = 0;
    /// The proxy's answer to CONNECT, or 0.
    long proxy_status = 0;
    /// A proxy was asked, or would have been, to lead on to the host.
    bool tunnel = false;
    bool secure = false;
    /// The connection stood, and sending could begin.
    bool connected = false;
    bool answer_begun = false;
    /// Connected, and the header section of the answer is not complete.
    bool in_head = false;
    /// The system said that the peer reset the connection.
    bool reset = false;
    Outcome outcome = Outcome::not_sent;
    /// Of the request's URL.
    std::string host;
};

/// The same kinds and details as `AsioTransport` gives. Some details (`too_old`,
/// `client_certificate`, a handshake that was broken off) can only be told from libcurl's text.
[[nodiscard]] Error explain(const CurlFailure& failure);

}  // namespace apilab::transport::internal
