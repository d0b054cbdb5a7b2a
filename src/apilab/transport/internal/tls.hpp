#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "apilab/base/result.hpp"
#include "apilab/transport/internal/channel.hpp"

namespace apilab::transport::internal {

struct TlsOptions {
    /// Trust what the system trusts.
    bool system_roots = true;
    /// PEM texts and files trusted as well.
    std::string ca_pem;
    std::filesystem::path ca_file;
};

/// A TLS client on a connected socket. `handshake()` until `done`, then read and write.
class TlsChannel : public Channel {
public:
    [[nodiscard]] virtual IoResult handshake() = 0;
    /// Why the handshake failed: `tls` (detail `expired`, `not_yet_valid`, `wrong_host`,
    /// `self_signed`, `unknown_ca`, `revoked`, `certificate`, `handshake`), or `connect` (detail
    /// `handshake`) where the peer just closed. `not_sent` in any case.
    [[nodiscard]] virtual Error handshake_error() const = 0;
};

/// What all TLS connections of a transport share: TLS 1.2 and 1.3, the trusted roots, `http/1.1` by
/// ALPN. Certificates are always verified, and always against the name that was asked for.
class TlsContext {
public:
    /// Errors: `invalid_argument` naming the option whose text or file holds no certificate.
    [[nodiscard]] static Result<std::shared_ptr<TlsContext>> create(const TlsOptions& options);
    TlsContext() = default;
    TlsContext(const TlsContext&) = delete;
    TlsContext& operator=(const TlsContext&) = delete;
    virtual ~TlsContext() = default;

    /// `host`: a name (sent as SNI) or an IP address. Null where OpenSSL is out of memory.
    [[nodiscard]] virtual std::unique_ptr<TlsChannel> channel(int socket,
                                                              const std::string& host) = 0;
};

}  // namespace apilab::transport::internal
