#pragma once

#include <openssl/ssl.h>

#include <cstddef>
#include <list>
#include <memory>
#include <string>

namespace apilab::transport::internal {

/// TLS sessions to go on from, by host and port, newest first. Whoever was verified under that name
/// once need not show its certificates again for as long as the session lives.
class TlsSessions {
public:
    explicit TlsSessions(std::size_t max) : max_(max) {}
    TlsSessions(const TlsSessions&) = delete;
    TlsSessions& operator=(const TlsSessions&) = delete;

    /// Takes one reference. The oldest goes where there are too many.
    void keep(const std::string& peer, SSL_SESSION* session);
    /// Hands the newest session for `peer` to `ssl`, if there is a usable one. One of TLS 1.3 is
    /// used once only, so that nobody can tell that two connections are the same client's
    /// (RFC 8446 appendix C.4).
    void offer(const std::string& peer, SSL* ssl);
    [[nodiscard]] std::size_t size() const { return sessions_.size(); }

private:
    struct Free {
        void operator()(SSL_SESSION* session) const { SSL_SESSION_free(session); }
    };
    struct Entry {
        std::string peer;
        std::unique_ptr<SSL_SESSION, Free> session;
    };
    std::size_t max_;
    std::list<Entry> sessions_;
};

}  // namespace apilab::transport::internal
