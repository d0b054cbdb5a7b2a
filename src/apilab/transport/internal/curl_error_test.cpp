#include "apilab/transport/internal/curl_error.hpp"

#include <curl/curl.h>
#include <gtest/gtest.h>
#include <openssl/x509_vfy.h>

#include <cerrno>
#include <string_view>

namespace apilab::transport::internal {
namespace {

struct Case {
    CurlFailure failure;
    ErrorKind kind;
    std::string_view detail;
};

CurlFailure tls(CURLcode code, std::string text, long verified = 0) {
    return {.code = code, .text = std::move(text), .verified = verified, .secure = true};
}
CurlFailure in_tunnel(CURLcode code, long status) {
    return {.code = code, .proxy_status = status, .tunnel = true, .secure = true};
}
CurlFailure sent(CURLcode code, bool begun = false, bool reset = false) {
    return {.code = code,
            .connected = true,
            .answer_begun = begun,
            .reset = reset,
            .outcome = Outcome::unknown};
}

TEST(CurlError, every_failure_has_the_kind_and_detail_of_the_contract) {
    const Case cases[] = {
        {{.code = CURLE_COULDNT_CONNECT, .os_error = ECONNREFUSED}, ErrorKind::connect, "refused"},
        {{.code = CURLE_COULDNT_CONNECT, .os_error = ENETUNREACH},
         ErrorKind::connect,
         "unreachable"},
        {{.code = CURLE_COULDNT_CONNECT, .os_error = EMFILE}, ErrorKind::io, "descriptors"},
        {tls(CURLE_PEER_FAILED_VERIFICATION, "", X509_V_ERR_CERT_HAS_EXPIRED), ErrorKind::tls,
         "expired"},
        {tls(CURLE_PEER_FAILED_VERIFICATION, "no alternative name", 1), ErrorKind::tls,
         "wrong_host"},
        {tls(CURLE_SSL_CONNECT_ERROR, "error:unsupported protocol"), ErrorKind::tls, "too_old"},
        {tls(CURLE_SSL_CONNECT_ERROR, "OpenSSL SSL_connect: SSL_ERROR_SYSCALL"), ErrorKind::connect,
         "handshake"},
        {tls(CURLE_SSL_CONNECT_ERROR, "wrong version number"), ErrorKind::tls, "handshake"},
        {tls(CURLE_SSL_CONNECT_ERROR, "sslv3 alert bad certificate"), ErrorKind::tls,
         "client_certificate"},
        {tls(CURLE_SSL_CLIENTCERT, ""), ErrorKind::tls, "client_certificate"},
        {tls(CURLE_SSL_CACERT_BADFILE, ""), ErrorKind::invalid_argument, "ca_pem"},
        {tls(CURLE_SSL_CERTPROBLEM, ""), ErrorKind::invalid_argument, "client_certificate"},
        {in_tunnel(CURLE_RECV_ERROR, 407), ErrorKind::auth, "proxy"},
        {in_tunnel(CURLE_RECV_ERROR, 502), ErrorKind::connect, "proxy"},
        {in_tunnel(CURLE_COULDNT_CONNECT, 0), ErrorKind::connect, "proxy"},
        {in_tunnel(CURLE_WEIRD_SERVER_REPLY, 0), ErrorKind::protocol, "proxy"},
        {{.code = CURLE_COULDNT_CONNECT, .os_error = ECONNREFUSED, .tunnel = true},
         ErrorKind::connect,
         "refused"},
        {sent(CURLE_GOT_NOTHING), ErrorKind::connection_lost, "closed"},
        {sent(CURLE_RECV_ERROR, false, true), ErrorKind::connection_lost, "reset"},
        {sent(CURLE_RECV_ERROR, true), ErrorKind::protocol, "truncated"},
        {sent(CURLE_PARTIAL_FILE, true), ErrorKind::protocol, "truncated"},
        {sent(CURLE_SEND_ERROR, false, true), ErrorKind::connection_lost, "reset"},
        {sent(CURLE_HTTP2_STREAM), ErrorKind::connection_lost, "reset"},
        {sent(CURLE_HTTP2), ErrorKind::protocol, "malformed"},
        {sent(CURLE_WEIRD_SERVER_REPLY), ErrorKind::protocol, "malformed"},
        {sent(CURLE_OUT_OF_MEMORY), ErrorKind::internal, "libcurl"},
        {{.code = CURLE_OUT_OF_MEMORY,
          .connected = true,
          .in_head = true,
          .outcome = Outcome::unknown},
         ErrorKind::too_large,
         "header"},
        {{.code = CURLE_RECV_ERROR,
          .text = "Illegal or missing hexadecimal sequence in chunked-encoding",
          .connected = true,
          .answer_begun = true,
          .outcome = Outcome::unknown},
         ErrorKind::protocol,
         "malformed"},
        {{.code = CURLE_COULDNT_CONNECT, .os_error = ECONNRESET, .secure = true},
         ErrorKind::connect,
         "handshake"},
    };
    for (const auto& [failure, kind, detail] : cases) {
        const Error error = explain(failure);
        EXPECT_EQ(error.kind(), kind) << failure.code << " " << error.to_string();
        EXPECT_EQ(error.detail(), detail) << failure.code << " " << error.to_string();
        EXPECT_EQ(error.outcome(), failure.outcome) << failure.code;
    }
}

TEST(CurlError, a_proxys_status_is_kept) {
    EXPECT_EQ(explain(in_tunnel(CURLE_RECV_ERROR, 407)).status(), 407);
}

}  // namespace
}  // namespace apilab::transport::internal
