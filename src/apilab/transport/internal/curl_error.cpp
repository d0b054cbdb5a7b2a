#include "apilab/transport/internal/curl_error.hpp"

#include <curl/curl.h>
#include <fmt/format.h>
#include <openssl/x509_vfy.h>

#include <cerrno>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include "apilab/transport/internal/attempt.hpp"
#include "apilab/transport/internal/certificate_reason.hpp"

namespace apilab::transport::internal {
namespace {

// OpenSSL's words for alerts and states that have no code of libcurl's own.
constexpr std::string_view ended_words[] = {"SSL_ERROR_SYSCALL", "unexpected eof", "reset by peer"};
constexpr std::string_view too_old_words[] = {"unsupported protocol", "alert protocol version"};
constexpr std::string_view malformed_words[] = {"hexadecimal", "Malformed encoding"};
constexpr std::string_view our_certificate_words[] = {
    "alert certificate required", "alert bad certificate",     "alert unsupported certificate",
    "alert certificate revoked",  "alert certificate expired", "alert certificate unknown",
    "alert unknown ca",           "alert access denied"};

bool says(const CurlFailure& failure, std::span<const std::string_view> words) {
    for (const auto word : words) {
        if (failure.text.contains(word)) {
            return true;
        }
    }
    return false;
}

Error of(const CurlFailure& failure, ErrorKind kind, std::string_view detail, std::string message) {
    return Error(kind, std::move(message))
        .with_outcome(failure.outcome)
        .with_detail(std::string(detail));
}

Error client_certificate(const CurlFailure& failure) {
    return of(failure, ErrorKind::tls, "client_certificate",
              failure.host + " asks for a client certificate, or does not accept ours");
}

Error proxy_error(const CurlFailure& failure) {
    const long status = failure.proxy_status;
    if (status == 401 || status == 403 || status == 407) {
        return of(failure, ErrorKind::auth, "proxy",
                  fmt::format("the proxy refuses the tunnel with status {}", status))
            .with_status(static_cast<int>(status));
    }
    if (status != 0) {
        return of(failure, ErrorKind::connect, "proxy",
                  fmt::format("the proxy answers {} instead of opening a tunnel", status))
            .with_status(static_cast<int>(status));
    }
    if (failure.code == CURLE_WEIRD_SERVER_REPLY || failure.code == CURLE_UNSUPPORTED_PROTOCOL) {
        return of(failure, ErrorKind::protocol, "proxy",
                  "the proxy answers CONNECT with what is not HTTP");
    }
    return of(failure, ErrorKind::connect, "proxy", "the proxy closed instead of opening a tunnel");
}

// A connection that was made and reset at once is a failed connect to libcurl.
bool never_connected(const CurlFailure& failure) {
    return failure.code == CURLE_COULDNT_CONNECT && failure.os_error != 0 &&
           failure.os_error != ECONNRESET;
}

// The proxy was reached, and did not open the way.
bool failed_in_tunnel(const CurlFailure& failure) {
    if (!failure.tunnel || failure.connected || never_connected(failure)) {
        return false;
    }
    const bool open = failure.proxy_status >= 200 && failure.proxy_status < 300;
    switch (failure.code) {
        case CURLE_RECV_ERROR:
        case CURLE_SEND_ERROR:
        case CURLE_GOT_NOTHING:
        case CURLE_COULDNT_CONNECT:
        case CURLE_WEIRD_SERVER_REPLY:
        case CURLE_UNSUPPORTED_PROTOCOL:
            return !open;
        default:
            return false;
    }
}

Error broken_handshake(const CurlFailure& failure) {
    return of(failure, ErrorKind::connect, "handshake",
              failure.host + " closed the connection during the TLS handshake");
}

std::optional<Error> tls_error(const CurlFailure& failure) {
    switch (failure.code) {
        case CURLE_PEER_FAILED_VERIFICATION: {
            // libcurl compares names itself, before it takes over a good verdict of OpenSSL's.
            const bool judged = failure.verified > X509_V_ERR_UNSPECIFIED;
            return of(failure, ErrorKind::tls,
                      judged ? certificate_reason(failure.verified) : "wrong_host",
                      fmt::format("the certificate of {} is not accepted: {}", failure.host,
                                  failure.text));
        }
        case CURLE_SSL_CACERT_BADFILE:
            return of(failure, ErrorKind::invalid_argument, "ca_pem",
                      "ca_pem holds no PEM certificate");
        case CURLE_SSL_CERTPROBLEM:
            return of(failure, ErrorKind::invalid_argument, "client_certificate",
                      "client_certificate or client_key cannot be used: " + failure.text);
        case CURLE_SSL_CLIENTCERT:
            return client_certificate(failure);
        case CURLE_SSL_CONNECT_ERROR:
            if (says(failure, our_certificate_words)) {
                return client_certificate(failure);
            }
            if (says(failure, too_old_words)) {
                return of(failure, ErrorKind::tls, "too_old",
                          failure.host + " speaks no version of TLS from 1.2 on");
            }
            if (failure.reset || says(failure, ended_words)) {
                return broken_handshake(failure);
            }
            return of(
                failure, ErrorKind::tls, "handshake",
                fmt::format("the TLS handshake with {} failed: {}", failure.host, failure.text));
        default:
            return std::nullopt;
    }
}

Error malformed(const CurlFailure& failure) {
    return of(failure, ErrorKind::protocol, "malformed", "malformed answer: " + failure.text);
}

Error lost(const CurlFailure& failure) {
    if (says(failure, malformed_words)) {
        return malformed(failure);
    }
    if (failure.secure && says(failure, our_certificate_words)) {
        return client_certificate(failure);
    }
    if (failure.reset) {
        return connection_lost("reset", failure.outcome);
    }
    return failure.answer_begun ? truncated_answer("body")
                                : connection_lost("closed", failure.outcome);
}

Error cannot_connect(const CurlFailure& failure) {
    if (failure.secure && failure.os_error == ECONNRESET) {
        return broken_handshake(failure);
    }
    if (failure.os_error == EMFILE || failure.os_error == ENFILE) {
        return of(failure, ErrorKind::io, "descriptors",
                  "no socket can be opened: too many are open");
    }
    return of(failure, ErrorKind::connect,
              failure.os_error == ECONNREFUSED ? "refused" : "unreachable",
              fmt::format("cannot connect to {}: {}", failure.host, failure.text));
}

}  // namespace

Error explain(const CurlFailure& failure) {
    if (failed_in_tunnel(failure)) {
        return proxy_error(failure);
    }
    if (auto error = tls_error(failure)) {
        return *std::move(error);
    }
    if (failure.in_head && (failure.code == CURLE_OUT_OF_MEMORY ||
                            failure.text.starts_with("Too large response headers"))) {
        return of(failure, ErrorKind::too_large, "header",
                  "a line of the answer's header section exceeds what libcurl takes (100 KiB)");
    }
    switch (failure.code) {
        case CURLE_COULDNT_RESOLVE_HOST:
        case CURLE_COULDNT_RESOLVE_PROXY:
            return of(failure, ErrorKind::resolve, "no_such_host", "no such host: " + failure.host);
        case CURLE_COULDNT_CONNECT:
            return cannot_connect(failure);
        case CURLE_OPERATION_TIMEDOUT:
            return of(failure, ErrorKind::timeout, "connect", "no connection: " + failure.text);
        case CURLE_RECV_ERROR:
        case CURLE_GOT_NOTHING:
            return lost(failure);
        case CURLE_SEND_ERROR:
        case CURLE_SEND_FAIL_REWIND:
            return connection_lost(failure.reset ? "reset" : "closed", failure.outcome);
        case CURLE_PARTIAL_FILE:
            return truncated_answer("body");
        case CURLE_HTTP2_STREAM:
            // The peer ended this one stream (RFC 9113 section 5.4.2), as a reset ends a
            // connection.
            return connection_lost("reset", failure.outcome);
        case CURLE_WEIRD_SERVER_REPLY:
        case CURLE_UNSUPPORTED_PROTOCOL:
        case CURLE_BAD_FUNCTION_ARGUMENT:
        case CURLE_HTTP2:
            return malformed(failure);
        case CURLE_URL_MALFORMAT:
            return of(failure, ErrorKind::invalid_argument, "url",
                      "libcurl cannot read this URL: " + failure.text);
        default:
            return of(failure, ErrorKind::internal, "libcurl",
                      fmt::format("libcurl failed with code {}: {}", failure.code, failure.text));
    }
}

}  // namespace apilab::transport::internal
